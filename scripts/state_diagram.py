"""Prints the state diagram of the docs, as Mermaid, drawn from the lifecycle's own table.

Run it with `uv run scripts/state_diagram.py`, and put what it prints into `docs/reference/lifecycle.md`: a test holds
the two together. Self-loops are commands that begin a charge, or a charge that changes nothing; commands that never
move an order (notes, refunds, resolving) are left out.
"""

from __future__ import annotations

from typing import Any, Final

from transitions.extensions import GraphMachine

from orderflow import OrderStatus
from orderflow.lifecycle import STEPS, UNVERIFIED, Fact, Step
from orderflow.status import TERMINAL

_STYLING: Final = ("classDef ", "Class ")


def main() -> None:
    """Print the diagram."""
    print(diagram())


def diagram() -> str:
    """The diagram: statuses, and the commands and facts that lead from one to another."""
    machine = GraphMachine(
        states=[UNVERIFIED, *(status.value for status in OrderStatus)],
        initial=UNVERIFIED,
        transitions=[row for step in STEPS if _is_drawn(step) for row in _rows(step)],
        auto_transitions=False,
        graph_engine="mermaid",
    )
    graph: Any = machine.get_combined_graph()  # its stubs know the drawing of files only
    ends = [f"  {status.value} --> [*]" for status in OrderStatus if status in TERMINAL]
    return "\n".join([*_plain(graph.source), *ends])


def _is_drawn(step: Step) -> bool:
    return step.to is not None or step.waits or isinstance(step.trigger, Fact)


def _rows(step: Step) -> list[dict[str, str]]:
    """One row per source. A terminal status has none: what the table lists there is only ever refused."""
    return [
        {"trigger": step.trigger.value, "source": str(source), "dest": step.to.value if step.to else "="}
        for source in step.sources
        if source not in TERMINAL
    ]


def _plain(source: str) -> list[str]:
    """The lines without title and colours; an order whose card is not verified yet is where the diagram begins."""
    _, _, _, *lines = source.splitlines()
    return [
        line.rstrip().replace(f"  {UNVERIFIED} -->", "  [*] -->")
        for line in lines
        if line.strip() and not line.strip().startswith(_STYLING) and not line.endswith(f" {UNVERIFIED}")
    ]


if __name__ == "__main__":
    main()

"""What can go wrong in a run of the model, and what an order stands in meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs


class Stopped(Exception):
    """The run ends here: with an error, or because its process does."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


@attrs.frozen(kw_only=True)
class Trouble:
    """What goes wrong in a run, at one call of a port, nobody says which; or, with `act`, who comes between."""

    port: str = ""
    method: str = ""
    kind: str = ""
    ever: bool = False
    act: Callable[[Any], str] | None = None

    @property
    def told(self) -> str:
        """What the caller is told, if the port's failure is not made good for."""
        if self.kind.startswith("crash"):
            return "Crash"
        return {"storage": "StorageError", "clock": "OrderflowError"}.get(self.port, "ok")


@attrs.frozen(kw_only=True)
class Around:
    """What the order stands in."""

    now: datetime
    up: bool = True
    conclusive: bool = True
    trouble: Trouble | None = None

"""To import the library costs a host little: what only some hosts need comes later, or never."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

#: -S leaves out what an environment loads of its own before any program begins.
_PROGRAM = """
import sys
sys.path[:] = {path!r}
assert {module!r} not in sys.modules, "the interpreter had it already, so that this proves nothing"
import {imported}
print({module!r} in sys.modules)
"""


def _loads(imported: str, module: str) -> bool:
    program = _PROGRAM.format(path=sys.path, module=module, imported=imported)
    done = subprocess.run(
        [sys.executable, "-S", "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout == "True\n"


@pytest.mark.parametrize(
    "module",
    ["asyncio", "sqlite3", "sqlalchemy", "importlib.metadata", "stripe", "starlette", "smtplib", "orderflow.adapters"],
)
def test_to_import_orderflow_loads_no(module: str) -> None:
    assert not _loads("orderflow", module)


def test_the_in_memory_parts_need_no_extra() -> None:
    assert not _loads("orderflow.adapters.memory", "sqlalchemy")


def test_what_is_loaded_would_be_seen() -> None:
    assert _loads("orderflow", "transitions")
    assert _loads("sqlite3", "sqlite3")


@pytest.mark.parametrize(
    ("package", "library", "extra"),
    [("adapters.stripe", "stripe", "stripe"), ("web", "starlette", "web"), ("web", "jinja2", "web")],
)
def test_a_part_without_its_library_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, package: str, library: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"orderflow.{package}", raising=False)
    with pytest.raises(ImportError, match=rf"pip install 'orderflow\[{extra}\]'"):
        importlib.import_module(f"orderflow.{package}")

"""The contract of `orderflow.ports.Storage`, in parts."""

from __future__ import annotations

from .agreement import Agreement
from .apart import Apart
from .claims import Claims
from .commits import Commits
from .constraints import Constraints
from .deliveries import Deliveries
from .due import DueWork
from .finding import Finding
from .handlers import Handlers
from .hostile import Hostile
from .inbox import Inbox
from .together import Together

__all__ = ["StorageContract"]


class StorageContract(
    Commits, Constraints, Claims, Handlers, Deliveries, DueWork, Finding, Inbox, Hostile, Agreement, Together, Apart
):
    """Holds a storage, sync or async, to every promise of `orderflow.ports.Storage`.

    Subclass it, and override the fixture `storage`; a fixture that opens an async storage may use `run_async`. If other
    processes can open the same storage, override `open_elsewhere` too: then the promises are held for many processes.
    """

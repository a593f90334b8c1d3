"""What the processes of a soak share: where they keep things, how fast time runs, and how they get at the shop."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import attrs

from orderflow import Channel, OrderService, Policy
from orderflow.ports import Storage
from soak.notifying import FileHandler, FileNotifier
from soak.remote import RemoteGateway

__all__ = ["HANDLER", "KINDS", "MOST_LANDINGS", "POLICY", "STORES", "WINDOW", "Settings"]

#: The storages that a soak runs on.
KINDS: Final = ("sqlite", "postgres")
STORES: Final = ("studio-1", "studio-2", "studio-3")
HANDLER: Final = "grant-access"
#: How long the gateway honours a key.
WINDOW: Final = timedelta(seconds=6)
#: A week of a shop's life in seconds, so that all of it happens while the soak runs.
POLICY: Final = Policy(
    payment_window=timedelta(seconds=3),
    reminders=(timedelta(seconds=1),),
    channels=frozenset(Channel),
    handlers=(HANDLER,),
    lease=timedelta(seconds=1.5),
    delivery_pauses=(timedelta(seconds=0.2), timedelta(seconds=0.5), *[timedelta(seconds=1)] * 18),
    grace=timedelta(seconds=3),
)
#: How long after its send a payment may still land: what `Policy.grace` allows.
MOST_LANDINGS: Final = POLICY.grace


@attrs.frozen(kw_only=True)
class Settings:
    """One soak.

    Attributes:
        folder: Where all its files are.
        seed: What random choices are made from. Processes run as they please, so that no two runs are alike.
        kind: The storage: "sqlite" or "postgres".
        url: PostgreSQL's.
        workers: How many work at once.
        conclusive: Whether the gateway's look-ups prove that nothing moved; if not, people look into what is unclear.
        is_calm: Whether the gateway and the notifier answer at once and never fail.
    """

    folder: Path = attrs.field(converter=Path)
    seed: int
    kind: str
    url: str = ""
    workers: int = 4
    conclusive: bool = True
    is_calm: bool = False

    @property
    def socket(self) -> Path:
        """Where the gateway listens."""
        return self.folder / "gateway.sock"

    @property
    def ledger(self) -> Path:
        """What the gateway has answered, and moved."""
        return self.folder / "ledger.jsonl"

    @property
    def sent(self) -> Path:
        """What the notifier and the handler were given."""
        return self.folder / "sent.jsonl"

    def journals(self) -> list[Path]:
        """What each life of each worker was told."""
        return sorted(self.folder.glob("journal-*.jsonl"))

    def save(self) -> None:
        """Keep it in its folder."""
        told = {**attrs.asdict(self), "folder": str(self.folder)}
        (self.folder / "settings.json").write_text(json.dumps(told))

    @classmethod
    def of(cls, folder: Path | str) -> Settings:
        """The settings that a folder keeps."""
        return cls(**json.loads((Path(folder) / "settings.json").read_text()))

    @contextmanager
    def storage(self) -> Iterator[Storage]:
        """The storage, opened anew, and closed at the end."""
        if self.kind == "sqlite":
            from orderflow.adapters.sqlite import SQLiteStorage  # noqa: PLC0415

            kept = SQLiteStorage(self.folder / "shop.db")
            try:
                yield kept
            finally:
                kept.close()
            return
        from sqlalchemy import create_engine  # noqa: PLC0415

        from orderflow.adapters.sqlalchemy import SQLAlchemyStorage  # noqa: PLC0415

        engine = create_engine(self.url)
        try:
            yield SQLAlchemyStorage(engine)
        finally:
            engine.dispose()

    def service(self, storage: Storage, chance: Any, *, is_calm: bool = False) -> OrderService:
        """A service over the storage, as each process has one.

        Args:
            storage: The storage.
            chance: A `random.Random`, for what fails.
            is_calm: Whether the notifier never fails.
        """
        return OrderService(
            storage=storage,
            payments=RemoteGateway(self.socket, window=WINDOW, conclusive=self.conclusive),
            notifier=FileNotifier(self.sent, chance, is_calm=is_calm or self.is_calm),
            policy=POLICY,
            handlers={HANDLER: FileHandler(self.sent, chance, is_calm=is_calm or self.is_calm)},
        )

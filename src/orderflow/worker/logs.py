"""What a worker logs: one line an event, of ids, codes, figures and the names of exception types."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from typing import Final

import attrs

from ..report import SweepReport

__all__ = ["JsonFormatter", "KeyValueFormatter", "LOG", "figures", "say", "tell_of"]

LOG: Final = logging.getLogger("orderflow.worker")
_FIELDS: Final = "orderflow_fields"


def say(level: int, event: str, **fields: object) -> None:
    """Log an event; the fields stand in its text too, for hosts with formatters of their own."""
    if LOG.isEnabledFor(level):
        LOG.log(level, "%s", _pairs({"event": event, **fields}), extra={_FIELDS: {"event": event, **fields}})


def figures(report: SweepReport) -> dict[str, object]:
    """A report as plain JSON."""
    told: dict[str, object] = attrs.asdict(report)
    told["next_due_at"] = report.next_due_at.isoformat() if report.next_due_at is not None else None
    return told


def tell_of(report: SweepReport) -> None:
    """Log a sweep: a warning if a person should look, and hardly anything if there was nothing to do."""
    told = figures(report)
    counts = {name: value for name, value in told.items() if type(value) is int and value}
    level = logging.WARNING if report.needs_review or report.failed else logging.INFO if counts else logging.DEBUG
    say(level, "swept", **counts, remaining=report.remaining, next_due_at=told["next_due_at"])


class KeyValueFormatter(logging.Formatter):
    """`at=... level=info logger=... event=...`, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record; a traceback would hold foreign words, and is left out."""
        return _pairs(_told(record))


class JsonFormatter(logging.Formatter):
    """The same, as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record; a traceback would hold foreign words, and is left out."""
        return json.dumps(_told(record), default=str)


def _told(record: logging.LogRecord) -> dict[str, object]:
    at = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
    fields = getattr(record, _FIELDS, None) or {"message": record.getMessage()}
    return {"at": at, "level": record.levelname.lower(), "logger": record.name, **fields}


def _pairs(fields: dict[str, object]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in fields.items())


def _value(value: object) -> str:
    text = str(value) if isinstance(value, str) else json.dumps(value, default=str)
    plain = text.isprintable() and text and not any(mark in text for mark in ' "=')
    return text if plain else json.dumps(text)

"""What the worker logs, in both forms, and what it never does."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from orderflow import StorageError, SweepReport
from orderflow.worker import JsonFormatter, KeyValueFormatter, run
from shops import MERCHANT, Shop
from worker.turns import Scripted, Stops

CANARY = "canary-7f3a"


def record_of(caplog: pytest.LogCaptureFixture, *answers: SweepReport | Exception) -> logging.LogRecord:
    caplog.set_level(logging.DEBUG, "orderflow")
    run(Scripted(*answers), stop=Stops())
    return caplog.records[-1]


def test_a_line_holds_names_and_values(caplog: pytest.LogCaptureFixture) -> None:
    line = KeyValueFormatter().format(record_of(caplog, SweepReport(concluded=2)))
    assert "level=info logger=orderflow.worker event=swept concluded=2 remaining=false next_due_at=null" in line
    assert line.startswith("at=20")


def test_a_json_line_holds_the_same(caplog: pytest.LogCaptureFixture) -> None:
    told = json.loads(JsonFormatter().format(record_of(caplog, SweepReport(concluded=2))))
    assert {name: value for name, value in told.items() if name != "at"} == {
        "level": "info",
        "logger": "orderflow.worker",
        "event": "swept",
        "concluded": 2,
        "remaining": False,
        "next_due_at": None,
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [("two words", '"two words"'), ("a\nb", '"a\\nb"'), ('a"b', '"a\\"b"'), ("", '""'), ("word", "word")],
    ids=["space", "line break", "quote", "empty", "plain"],
)
def test_other_records_stay_on_one_line(text: str, shown: str) -> None:
    record = logging.LogRecord("orderflow", logging.WARNING, __file__, 1, "%s", (text,), None)
    assert KeyValueFormatter().format(record).endswith(f"message={shown}")
    assert json.loads(JsonFormatter().format(record))["message"] == text
    assert "\n" not in JsonFormatter().format(record)


@pytest.mark.parametrize("formatter", [KeyValueFormatter(), JsonFormatter()], ids=["plain", "json"])
def test_no_traceback_is_shown(formatter: logging.Formatter) -> None:
    try:
        raise RuntimeError(CANARY)
    except RuntimeError:
        record = logging.LogRecord("orderflow", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())
    assert CANARY not in formatter.format(record)


@pytest.mark.parametrize("formatter", [KeyValueFormatter(), JsonFormatter()], ids=["plain", "json"])
def test_an_error_is_told_by_its_type_alone(formatter: logging.Formatter, caplog: pytest.LogCaptureFixture) -> None:
    record = record_of(caplog, RuntimeError(CANARY))
    assert "RuntimeError" in formatter.format(record)
    assert CANARY not in formatter.format(record)
    assert CANARY not in caplog.text


def test_no_word_of_a_person_or_a_port_is_logged(sync_shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    class Broken:
        def __init__(self, part: object) -> None:
            self._part = part

        def __getattr__(self, name: str) -> object:
            if name in ("charge", "find"):
                return self._fail
            return getattr(self._part, name)

        def _fail(self, *args: object) -> object:
            raise RuntimeError(f"{CANARY}: {args}")

    orders = sync_shop.service(payments=Broken(sync_shop.gateway))
    order = sync_shop.submit(token=f"tok_{CANARY}", metadata={"a": CANARY})
    orders.accept(order.id, by=MERCHANT)
    sync_shop.clock.advance(days=1)
    run(orders, once=True)
    run(Scripted(StorageError(CANARY)), stop=Stops())
    assert "event=swept" in caplog.text
    assert "event=sweep_failed error=StorageError" in caplog.text
    assert CANARY not in caplog.text

"""`python -m orderflow.worker`: what it serves, how it ends, and what it says if it can't begin."""

from __future__ import annotations

import json
import logging
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from orderflow.worker import command
from orderflow.worker.command import main
from orderflow.worker.signals import Signals
from worker import targets

TESTS = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])}
COMMAND = [sys.executable, "-m", "orderflow.worker"]


@pytest.fixture(autouse=True)
def handlers_come_back() -> Iterator[None]:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    logger = logging.getLogger("orderflow")
    state = (logger.level, logger.propagate, list(logger.handlers))
    yield
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    assert (logger.level, logger.propagate, list(logger.handlers)) == state


@pytest.mark.parametrize("name", ["orders", "awaited", "nested.orders", "make"])
def test_it_serves_services_and_what_makes_them(name: str) -> None:
    assert main([f"worker.targets:{name}", "--once"]) == 0


@pytest.mark.parametrize("name", ["failing", "awaited_failing"])
def test_a_pass_that_fails_is_an_exit_code(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"worker.targets:{name}", "--once"]) == 1
    said = capsys.readouterr().err
    assert "error=StorageError" in said
    assert "canary" not in said


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("worker.targets", "'worker.targets' is not of the form module:attribute"),
        (":orders", "':orders' is not of the form module:attribute"),
        ("no_such.module:orders", "importing 'no_such.module': there is no module 'no_such'"),
        ("worker.broken:orders", "importing 'worker.broken' raised ZeroDivisionError"),
        ("worker.targets:nothing", "module 'worker.targets' has no attribute 'nothing'"),
        ("worker.targets:number", "worker.targets:number is no order service, and no function that makes one: int"),
        ("worker.targets:make_nothing", "worker.targets:make_nothing is no order service, and makes none: NoneType"),
        ("worker.targets:make_foreign_trouble", "worker.targets:make_foreign_trouble raised RuntimeError"),
        (
            "worker.targets:make_own_trouble",
            "worker.targets:make_own_trouble raised ValidationError: limit must be a number",
        ),
        ("worker.targets:service_class", "worker.targets:service_class raised TypeError"),
        (
            "worker.targets:make_async",
            "worker.targets:make_async is async: the function that makes the service must not be",
        ),
    ],
)
def test_what_is_no_service_is_told_on_one_line(target: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([target]) == 2
    assert capsys.readouterr().err == f"python -m orderflow.worker: {why}\n"


@pytest.mark.parametrize("options", [["--limit", "0"], ["--max-sleep", "-1"], ["--max-sleep", "nan"]], ids=" ".join)
def test_what_makes_no_sense_is_told_on_one_line(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worker.targets:orders", *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(("name", "sweeps"), [("terminated", 1), ("interrupted", 1), ("awaited_terminated", 2)])
def test_a_signal_ends_it_after_the_sweep(name: str, sweeps: int, capsys: pytest.CaptureFixture[str]) -> None:
    service = getattr(targets, name)
    assert main([f"worker.targets:{name}", "--max-sleep", "86400"]) == 0
    assert len(service.limits) == sweeps
    assert "event=swept delivered=1" in capsys.readouterr().err


def test_the_arguments_reach_the_loop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    health = tmp_path / "health.json"
    arguments = ["--once", "--limit", "7", "--log", "json", "--health-file", str(health)]
    assert main(["worker.targets:orders", *arguments]) == 0
    assert targets.orders.limits[-1] == 7
    assert json.loads(health.read_text())["ok"] is True
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["started", "stopped"]


def test_a_wait_ends_by_itself_and_at_a_signal() -> None:
    with Signals() as stop:
        assert stop.wait(0.01) is False
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(86_400) is True
        assert stop.wait(86_400) is True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_process_that_waits_ends_at_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "worker.targets:make", "--max-sleep", "86400", "--health-file", str(tmp_path / "health")],
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "event=started" in process.stderr.readline()
        process.send_signal(number)
        try:
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 0
        assert "event=stopped" in said


def test_a_second_signal_ends_it_at_once() -> None:
    with subprocess.Popen(
        [*COMMAND, "worker.targets:hanging"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "hangs\n"
        for _ in range(600):  # two that come too close together are one
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
                break
        process.kill()  # what does not end must not hold up the test either
        assert process.wait() == -signal.SIGTERM


def test_it_is_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["worker", "worker.targets:orders", "--once"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(Path(str(command.__file__)).with_name("__main__.py")), run_name="__main__")
    assert ended.value.code == 0


def test_a_second_signal_is_left_to_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    with Signals() as stop:
        signal.raise_signal(signal.SIGTERM)
        monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(number))
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert sent == [signal.SIGTERM]


def test_a_bad_target_is_an_exit_code_of_the_process() -> None:
    done = subprocess.run(
        [*COMMAND, "no_such_module:orders"], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1

"""The checks for many processes: run over processes with a storage that they share, and in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from contracts.processes import Server, elsewhere, in_threads, started
from contracts.verdicts import Verdict, checks_of, verdicts
from orderflow.adapters.memory import MemoryStorage
from orderflow.ports import Storage
from orderflow.testing import StorageContract
from orderflow.testing.contracts.storage.apart import Apart

#: By the broken storage: the check for many processes that must reject it.
REJECTED: Final[dict[str, list[str]]] = {
    "ReplacesOrders": ["test_one_of_many_processes_creates_an_order"],
    "LostUpdate": ["test_no_process_loses_a_commit_to_another"],
    "ForgetsCommits": ["test_a_commit_repeated_by_many_processes_is_written_once"],
    "NoLeases": ["test_no_work_is_handed_to_two_processes"],
    "RowsToEveryone": ["test_no_work_is_handed_to_two_processes"],
}
_IN_THREADS: Final = """
    @pytest.fixture
    def apart(self, store):
        return in_threads(store)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = started()
    yield server
    server.shutdown()


class TestStorageOfManyProcesses(Apart):
    @pytest.fixture
    def storage(self, server: Server, request: pytest.FixtureRequest) -> Storage:
        return server.storage(request.node.name)

    @pytest.fixture
    def open_elsewhere(self, server: Server, request: pytest.FixtureRequest) -> Callable[[], Storage]:
        return elsewhere(server, request.node.name)


@pytest.mark.usefixtures("threads_that_take_turns_often")
class TestThreadsInThePlaceOfProcesses(Apart):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()

    @pytest.fixture
    def apart(self, store: Storage) -> Callable[..., list[Any]]:
        return in_threads(store)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    folder = tmp_path_factory.mktemp("storages_apart")
    modules = ["broken_commits", "broken_work", "processes"]
    return verdicts(folder, StorageContract, "storage", modules, REJECTED, _IN_THREADS)


@pytest.mark.parametrize("broken", REJECTED)
def test_a_storage_that_fails_many_processes_is_rejected(found: dict[str, Verdict], broken: str) -> None:
    assert found[broken].failed == set(REJECTED[broken])


def test_every_check_for_many_processes_rejects_a_broken_storage() -> None:
    assert {check for checks in REJECTED.values() for check in checks} == checks_of(Apart)

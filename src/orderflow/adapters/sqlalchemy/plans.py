"""A plan is a method of the port, written once: it yields statements, and is sent the rows that they come to.

Two short runners carry plans out, one of them awaited. What they share is how a database's failures are told.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy import CursorResult, Engine, Executable
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from ...errors import OrderflowError, StorageError

__all__ = ["GaveWay", "Plan", "Rows", "arun", "ask", "failures_told", "run"]

P = ParamSpec("P")
T = TypeVar("T")

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Rows = Sequence[Any]
Ask = tuple[Executable, Values]
Plan = Generator[Ask, Rows, T]

#: How often a plan is begun anew because the database let another go first.
_TRIES: Final = 5
#: Serialization failure, deadlock: the database has undone all of it.
_GAVE_WAY: Final = frozenset({"40001", "40P01"})


class GaveWay(StorageError):
    """Nothing was written, because others were at it too: who asks again may succeed."""


def ask(statement: Executable, values: Values | None = None) -> Plan[Rows]:
    """What a statement comes to; many values make many of it."""
    rows: Rows = yield statement, values if values is not None else {}
    return rows


def run(engine: Engine, plan: Callable[P, Plan[T]], *args: P.args, **given: P.kwargs) -> T:
    """Carry out a plan in one transaction.

    Raises:
        StorageError: If the database fails.
    """
    for _ in range(_TRIES - 1):
        try:
            return _once(engine, plan(*args, **given))
        except GaveWay:
            continue
    return _once(engine, plan(*args, **given))


async def arun(engine: AsyncEngine, plan: Callable[P, Plan[T]], *args: P.args, **given: P.kwargs) -> T:
    """Carry out a plan in one transaction, awaited.

    Raises:
        StorageError: If the database fails.
    """
    for _ in range(_TRIES - 1):
        try:
            return await _aonce(engine, plan(*args, **given))
        except GaveWay:
            continue
    return await _aonce(engine, plan(*args, **given))


def _once(engine: Engine, plan: Plan[T]) -> T:
    with failures_told(), engine.begin() as connection:
        try:
            statement, values = next(plan)
            while True:
                statement, values = plan.send(_rows(connection.execute(statement, values)))
        except StopIteration as end:
            come_to: T = end.value
            return come_to


async def _aonce(engine: AsyncEngine, plan: Plan[T]) -> T:
    with failures_told():
        async with engine.begin() as connection:
            try:
                statement, values = next(plan)
                while True:
                    statement, values = plan.send(_rows(await connection.execute(statement, values)))
            except StopIteration as end:
                come_to: T = end.value
                return come_to


def _rows(result: CursorResult[Any]) -> Rows:
    return result.all() if result.returns_rows else ()


@contextmanager
def failures_told() -> Iterator[None]:
    """Whatever is raised becomes an error that the port allows, and tells nothing that is stored.

    Raises:
        StorageError: If the database fails, or is given what it can't hold.
    """
    try:
        yield
        return
    except OrderflowError:
        raise
    except Exception as error:
        failure = _failure(error)
    raise failure


def _failure(error: Exception) -> StorageError:
    cause: object = error.orig if isinstance(error, DBAPIError) else error
    # Each driver has its own place for the code.
    codes = (getattr(cause, name, None) for name in ("sqlstate", "pgcode", "sqlite_errorname"))
    code = next((code for code in codes if isinstance(code, str)), None)
    name = type(cause).__name__ + (f" {code}" if code else "")
    if code in _GAVE_WAY:
        return GaveWay(f"the database let others go first, too often ({name})")
    if isinstance(error, IntegrityError):
        return StorageError(f"a constraint would break, and nothing was written ({name})")
    if isinstance(error, (DataError, OverflowError, UnicodeError)):
        return StorageError(f"the database cannot hold a value ({name})")
    return StorageError(f"the database failed ({name})")

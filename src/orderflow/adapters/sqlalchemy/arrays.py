"""Many rows as the parameters of one statement, for PostgreSQL: an array for each column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, TableValuedAlias, Text, bindparam, column, func
from sqlalchemy.dialects.postgresql import ARRAY

__all__ = ["arrays", "type_of", "unnested"]

_SMALL: Final = frozenset({"seq", "number", "position", "tries"})
_LARGE: Final = frozenset({"occurred_at", "next_try", "delivered_at", "read_at"})


def type_of(name: str) -> type[Text | Integer]:
    """The type of a parameter for the column of that name."""
    return Integer if name in _SMALL else BigInteger if name in _LARGE else Text


def unnested(name: str, columns: Sequence[str]) -> TableValuedAlias:
    """A table that is made of the parameters of `arrays` under the same name."""
    given = [bindparam(f"{name}_{one}", type_=ARRAY(type_of(one))) for one in columns]
    told = [column(one, type_of(one)) for one in columns]
    return func.unnest(*given).table_valued(*told).render_derived(name=name)


def arrays(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows as the parameters of a statement with a table that `unnested` made."""
    told = list(rows)
    return {f"{name}_{one}": [row[one] for row in told] for one in columns}

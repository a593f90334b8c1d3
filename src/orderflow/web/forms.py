"""What a form holds."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from ..errors import ValidationError
from ..money import Money
from .refusal import Refusal

__all__ = ["Form", "money_of", "read_form"]

LONGEST_BODY: Final = 65_536
_MOST_FIELDS: Final = 1_000
_KIND: Final = "application/x-www-form-urlencoded"


class Form:
    """The fields of a form, as text without blanks around it.

    Args:
        fields: Names and values, in order.
    """

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self._fields = fields

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for key, value in self._fields if key == name]

    def one(self, name: str) -> str:
        """The first value of a field, its line ends as those of this machine; empty if it is missing."""
        value = next(iter(self.all(name)), "")
        return value.replace("\r\n", "\n").strip()

    def as_dict(self) -> dict[str, str]:
        """The first value of each field."""
        return {name: self.one(name) for name, _ in self._fields}


async def read_form(request: Request) -> Form:
    """Read the body of a POST.

    Raises:
        Refusal: If it is no form (415), or too large (413), or broken (400).
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise Refusal(415, "error_form")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_BODY:
            raise Refusal(413, "error_too_large")
    try:
        return Form(
            parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
        )
    except ValueError:
        raise Refusal(400, "error_form") from None


def money_of(amount: str, currency: str, field: str) -> Money | None:
    """What a field for an amount holds; None if it is empty.

    Raises:
        ValidationError: If it is no amount of the currency.
    """
    if not amount:
        return None
    try:
        return Money(amount, currency)
    except ValidationError as error:
        raise ValidationError(f"{field}: {error}") from None

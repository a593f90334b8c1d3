"""What a host has decided about its pages."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeAlias

from starlette.requests import Request

from ..aservice import AsyncOrderService
from ..card import Card
from ..clock import SystemClock
from ..errors import ValidationError
from ..money import Money
from ..people import Actor
from ..ports import Clock
from ..service import OrderService
from .guard import Guard
from .showing import environment, left_of, status_of
from .texts import texts_with

__all__ = ["Authenticate", "CardFrom", "MoneyFormat", "Site"]

Authenticate: TypeAlias = "Callable[[Request], Actor | Awaitable[Actor | None] | None]"
CardFrom: TypeAlias = "Callable[[Mapping[str, str], Request], Card | None]"
MoneyFormat: TypeAlias = "Callable[[Money, Request], str]"

STATIC: Final = {
    name: ((files("orderflow.web") / "static" / name).read_bytes(), kind)
    for name, kind in (("orders.css", "text/css; charset=utf-8"), ("orders.js", "text/javascript; charset=utf-8"))
}
_VERSION: Final = hashlib.sha256(b"".join(content for content, _ in STATIC.values())).hexdigest()[:12]


class Site:
    """The settings of `OrderPages`, checked: see there."""

    def __init__(
        self,
        orders: OrderService | AsyncOrderService,
        authenticate: Authenticate,
        *,
        login_url: str | None,
        secret: bytes | None,
        origins: Collection[str],
        templates: Path | str | None,
        stylesheet: str | None,
        texts: Mapping[str, str],
        money: MoneyFormat | None,
        card_from: CardFrom | None,
        clock: Clock | None,
    ) -> None:
        if not isinstance(orders, OrderService | AsyncOrderService):
            raise ValidationError(f"OrderPages.orders must be an order service, not {type(orders).__name__}")
        if templates is not None and not Path(templates).is_dir():
            raise ValidationError("OrderPages.templates must be a folder that is there")
        self.orders: OrderService | AsyncOrderService = orders
        self.login_url: str | None = login_url
        self.guard: Guard = Guard(secret, origins)
        self.texts: Mapping[str, str] = texts_with(texts)
        self.money: MoneyFormat = money or _plain
        self.card_from: CardFrom | None = card_from
        self.clock: Clock = clock or SystemClock()
        self._authenticate = authenticate
        self._stylesheet = stylesheet
        self._environment = environment(Path(templates) if templates is not None else None)

    async def actor(self, request: Request) -> Actor | None:
        """Who acts, as the host says.

        Raises:
            TypeError: If the host says neither an actor nor None.
        """
        said = self._authenticate(request)
        if inspect.isawaitable(said):
            said = await said
        if said is not None and not isinstance(said, Actor):
            raise TypeError(f"authenticate must give an Actor or None, not {type(said).__name__}")
        return said

    def base(self, request: Request) -> str:
        """Where the pages are mounted."""
        root: str = request.scope.get("root_path", "")
        return root.rstrip("/")

    def text(self, key: str, **filled: object) -> str:
        """Some of the words."""
        return self.texts[key].format(**filled)

    def render(self, template: str, request: Request, **context: Any) -> str:
        """A page as HTML."""
        base = self.base(request)
        stylesheet = self._stylesheet or f"{base}/static/orders.css?v={_VERSION}"
        return self._environment.get_template(template).render(
            t=self.text,
            base=base,
            stylesheet=stylesheet,
            script=f"{base}/static/orders.js?v={_VERSION}",
            status_of=status_of,
            left_of=left_of,
            now=self.clock.now(),
            **context,
        )


def _plain(amount: Money, _: Request) -> str:
    """`1,200.00 USD`: the same in every language."""
    return f"{amount.amount:,} {amount.currency}"

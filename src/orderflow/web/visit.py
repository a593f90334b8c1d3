"""One request, by someone who is known: what a page asks for, and how it answers."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ..errors import NotPermitted
from ..message import InboxPage
from ..people import Actor, Role
from .forms import Form
from .guard import COOKIE

if TYPE_CHECKING:
    from .site import Site

__all__ = ["Visit"]

_MOST_COUNTED = 100
_A_YEAR = 365 * 24 * 60 * 60


class Visit:
    """What a handler is given.

    Args:
        site: The pages' settings.
        request: The request.
        actor: Who acts, as the host says.
        form: What was posted, and has been checked; empty for a GET.
    """

    def __init__(self, site: Site, request: Request, actor: Actor, form: Form) -> None:
        self.site = site
        self.request = request
        self.actor = actor
        self.form = form
        self._nonce = site.guard.nonce(request)

    @property
    def is_staff(self) -> bool:
        """Whether the actor is on the merchants' side."""
        return self.actor.role is not Role.CUSTOMER

    async def ask(self, command: str, *args: Any, **kwargs: Any) -> Any:
        """Ask the service, sync or async, in this actor's name."""
        method: Callable[..., Any] = getattr(self.site.orders, command)
        if inspect.iscoroutinefunction(method):
            return await method(*args, by=self.actor, **kwargs)
        return await run_in_threadpool(method, *args, by=self.actor, **kwargs)

    def url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """An address of these pages, wherever they are mounted."""
        return self.site.base(self.request) + path + ("?" + urlencode(query) if query else "")

    def to_order(self, order_id: str, done: str = "") -> str:
        """The address of an order's page."""
        return self.url("/order", {"id": order_id, **({"done": done} if done else {})})

    async def html(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page."""
        known = {
            "actor": self.actor,
            "is_staff": self.is_staff,
            "url": self.url,
            "to_order": self.to_order,
            "unread": await self._unread(),
            "token": self.site.guard.token(self._nonce, self.actor),
            "new_key": lambda: secrets.token_urlsafe(16),
            "money": lambda amount: self.site.money(amount, self.request),
        }
        page = self.site.render(template, self.request, **known, **context)
        response = HTMLResponse(page, status)
        if self.request.cookies.get(COOKIE) != self._nonce:
            response.set_cookie(
                COOKIE,
                self._nonce,
                max_age=_A_YEAR,
                path=self.site.base(self.request) or "/",
                secure=self.request.url.scheme == "https",
                httponly=True,
                samesite="lax",
            )
        return response

    def redirect(self, url: str) -> Response:
        """Go and get another page, after a POST."""
        return RedirectResponse(url, 303)

    async def _unread(self) -> str | None:
        """How many messages are unread: `"7"`, `"100+"`, empty for none; None if the actor has no inbox."""
        try:
            page: InboxPage = await self.ask("inbox", unread_only=True, limit=_MOST_COUNTED)
        except NotPermitted:
            return None
        return f"{len(page.messages)}{'+' if page.next else ''}" if page.messages else ""

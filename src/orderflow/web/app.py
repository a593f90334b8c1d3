"""The app: which address does what, for whom, and what comes of what goes wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..aservice import AsyncOrderService
from ..errors import OrderflowError
from ..ports import Clock
from ..service import OrderService
from .actions import ACTIONS, act, redeliver
from .bulk import act_on_many
from .details import show_order
from .exports import export_csv, export_jsonl
from .forms import Form, read_form
from .inbox import mark_read, show_inbox
from .listing import show_orders
from .refusal import Refusal, refusal_of
from .site import STATIC, Authenticate, CardFrom, MoneyFormat, Site
from .visit import Visit

__all__ = ["OrderPages"]

Handler: TypeAlias = Callable[[Visit], Awaitable[Response]]

#: Every page and every form: a GET changes nothing, a POST comes from a form of ours.
_ADDRESSES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/", show_orders),
    ("GET", "/export.csv", export_csv),
    ("GET", "/export.jsonl", export_jsonl),
    ("POST", "/bulk", act_on_many),
    ("GET", "/order", show_order),
    *(("POST", f"/order/{command}", partial(act, command=command)) for command in ACTIONS),
    ("POST", "/order/redeliver", redeliver),
    ("GET", "/inbox", show_inbox),
    ("POST", "/inbox/read", mark_read),
)
_A_DAY: Final = "public, max-age=86400"


class OrderPages:
    """The pages of a shop's orders: an ASGI app, to mount under any path.

    A merchant sees the order page, with filters, bulk actions and exports, and each order's details; a customer sees
    their own orders; both have an inbox. Every request goes through the service's own checks of who may do what: an
    order that is not the actor's is not found. Nothing needs JavaScript.

    Args:
        orders: The service, sync or async; a sync one is called in threads.
        authenticate: From a request to who acts, sync or async: from the host's session, and never from what the
            request claims. None if nobody is signed in.
        login_url: Where somebody is sent who is not signed in; None shows a page with status 401.
        secret: What the tokens of forms are made with, at least 32 bytes. Give one if more than one process serves the
            pages, or forms that are open while a process starts anew are refused.
        origins: Origins that may post beside the one that is asked, such as `https://shop.example`: needed where a
            proxy changes the header `Host`.
        templates: A folder of templates that stand in for ours, by name.
        stylesheet: The path of a stylesheet on the same origin, in place of ours.
        texts: Words in place of ours, by the names in `orderflow.web.texts.TEXTS`.
        money: How an amount is written, from the amount and the request; None writes `1,200.00 USD`.
        card_from: From the fields of the host's own card form to a card with the gateway's token, or None if there is
            none in them; None offers no new card, only the same one again.
        clock: Tells the time left to pay; None for the system's.

    Raises:
        ValidationError: If one of these is not what it must be.
    """

    def __init__(
        self,
        orders: OrderService | AsyncOrderService,
        authenticate: Authenticate,
        *,
        login_url: str | None = None,
        secret: bytes | None = None,
        origins: Collection[str] = (),
        templates: Path | str | None = None,
        stylesheet: str | None = None,
        texts: Mapping[str, str] = {},
        money: MoneyFormat | None = None,
        card_from: CardFrom | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._site = Site(
            orders,
            authenticate,
            login_url=login_url,
            secret=secret,
            origins=origins,
            templates=templates,
            stylesheet=stylesheet,
            texts=texts,
            money=money,
            card_from=card_from,
            clock=clock,
        )
        routes = [
            Route(path, self._answering(method, handler), methods=[method]) for method, path, handler in _ADDRESSES
        ]
        routes.append(Route("/static/{name}", self._static))
        self._app = Starlette(routes=routes, exception_handlers={HTTPException: self._not_served})
        self._app.router.redirect_slashes = False

    @property
    def routes(self) -> tuple[tuple[str, str], ...]:
        """The method and path of every page and form: for tests of who may do what."""
        return (*((method, path) for method, path, _ in _ADDRESSES), ("GET", "/static/{name}"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI asks."""
        if scope["type"] == "http" and scope["path"] in ("", scope.get("root_path")):
            scope = {**scope, "path": f"{scope['path']}/"}  # some servers give the mount's own address without a slash
        await self._app(scope, receive, send)

    def _answering(self, method: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                response = await self._answered(request, handler, posted=method == "POST")
            except Refusal as refusal:
                response = self._error(request, refusal)
            except OrderflowError as error:
                response = self._error(request, refusal_of(error))
            return self._site.guard.seal(response)

        return answer

    async def _answered(self, request: Request, handler: Handler, *, posted: bool) -> Response:
        actor = await self._site.actor(request)
        if actor is None:
            if self._site.login_url is not None and not posted:
                return RedirectResponse(self._site.login_url, 303)
            raise Refusal(401, "error_signed_out")
        form = Form([])
        if posted:
            form = await read_form(request)
            self._site.guard.check(request, actor, form.one("token"))
        return await handler(Visit(self._site, request, actor, form))

    def _error(self, request: Request, refusal: Refusal) -> Response:
        page = self._site.render("error.html", request, text=refusal.text, detail=refusal.detail)
        return HTMLResponse(page, refusal.status)

    async def _static(self, request: Request) -> Response:
        """Our stylesheet and our script: nothing of the shop's, so that nobody needs to be known."""
        content, kind = STATIC.get(request.path_params["name"], (b"", ""))
        if not kind:
            raise HTTPException(404)
        response = Response(content, media_type=kind, headers={"Cache-Control": _A_DAY})
        return self._site.guard.seal(response)

    async def _not_served(self, request: Request, error: Exception) -> Response:
        """An address that is none of ours, or a method that it does not take."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        text = "error_method" if status == 405 else "error_not_found"
        return self._site.guard.seal(self._error(request, Refusal(status, text)))

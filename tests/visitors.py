"""People who visit the order page: what they are answered, read as a browser would read it."""

from __future__ import annotations

import asyncio
from typing import Any

import html5lib
import httpx

from orderflow import Actor
from orderflow.web import OrderPages
from shops import CUSTOMER, MERCHANT, OPERATOR, OTHER_CUSTOMER, OTHER_MERCHANT, Driven, Shop

__all__ = ["PEOPLE", "Page", "Visitor", "authenticate", "pages_of"]

PEOPLE: dict[str, Actor | None] = {
    "nobody": None,
    "customer": CUSTOMER,
    "other customer": OTHER_CUSTOMER,
    "merchant": MERCHANT,
    "other merchant": OTHER_MERCHANT,
    "operator": OPERATOR,
}
_WHO = "x-who"


def authenticate(request: Any) -> Actor | None:
    """The host's session, which is a header here."""
    return PEOPLE[request.headers.get(_WHO, "nobody")]


def pages_of(shop: Shop, **options: Any) -> OrderPages:
    """The pages over the shop's own service, sync or async."""
    orders = shop.orders.service if isinstance(shop.orders, Driven) else shop.orders
    return OrderPages(orders, **{"authenticate": authenticate, "clock": shop.clock, **options})


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _said(element: Any) -> str:
    """The text of an element, with blanks between its parts."""
    return " ".join(" ".join(element.itertext()).split())


class Page:
    """An answer.

    Attributes:
        status: The HTTP status.
        text: The body.
        headers: The headers.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.text = response.text
        self.headers = response.headers
        self._tree = html5lib.parse(response.text, namespaceHTMLElements=False)

    def all(self, tag: str, **attributes: str) -> list[Any]:
        """Elements with a tag and attributes, in order."""
        found = list(self._tree.iter(tag))
        return [one for one in found if all(one.get(name) == value for name, value in attributes.items())]

    def words(self, tag: str = "body", **attributes: str) -> str:
        """The text of the first such element."""
        return _said(self.all(tag, **attributes)[0])

    @property
    def rows(self) -> list[list[str]]:
        """The table's cells, as text."""
        found = [list(row) for body in self.all("tbody")[:1] for row in body.iter("tr")]
        return [[_said(cell) for cell in row] for row in found]

    def links(self) -> dict[str, str]:
        """Addresses by the words of their links."""
        return {_said(one): str(one.get("href")) for one in self.all("a")}

    def said(self, tag: str) -> list[str]:
        """The text of each such element."""
        return [_said(one) for one in self.all(tag)]

    def form(self, action: str) -> dict[str, Any]:
        """The fields of the first form with an action that ends so, as they stand; several of one name in a list."""
        form = next(one for one in self.all("form") if str(one.get("action")).endswith(action))
        fields: dict[str, Any] = {str(one.get("name")): "".join(one.itertext()) for one in form.iter("textarea")}
        for one in form.iter("input"):
            name, value = str(one.get("name")), str(one.get("value") or "")
            fields[name] = value if name not in fields else [*_listed(fields[name]), value]
        return fields

    @property
    def actions(self) -> set[str]:
        """What the page's forms do."""
        return {str(one.get("action")).rpartition("/")[2] for one in self.all("form") if one.get("method") == "post"}


class Visitor:
    """One person with a browser.

    Args:
        app: The app, as it is mounted.
        who: Who it is: one of `PEOPLE`.
        base: Where the pages are mounted.
    """

    def __init__(self, app: Any, who: str = "merchant", base: str = "") -> None:
        self.base = base
        self._transport = httpx.ASGITransport(app=app)
        self._headers = {_WHO: who}
        self.cookies = httpx.Cookies()

    def ask(self, method: str, path: str, **options: Any) -> Page:
        """One request, and its answer."""
        headers = {**self._headers, **options.pop("headers", {})}

        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url="http://shop.example", cookies=self.cookies
            ) as client:
                response = await client.request(method, self.base + path, headers=headers, **options)
                self.cookies = client.cookies
                return response

        with asyncio.Runner() as runner:
            return Page(runner.run(asked()))

    def get(self, path: str, **query: str) -> Page:
        """Get a page."""
        return self.ask("GET", path, params=query or None)

    def order(self, order_id: str) -> Page:
        """Get an order's page."""
        return self.get("/order", id=order_id)

    def post(self, path: str, fields: dict[str, Any], **options: Any) -> Page:
        """Send a form."""
        return self.ask("POST", path, data=fields, **options)

    def submit(self, page: Page, action: str, /, **fields: Any) -> Page:
        """Fill in a form of a page, and send it."""
        form = page.form(action)
        target = next(str(one.get("action")) for one in page.all("form") if str(one.get("action")).endswith(action))
        return self.post(target.removeprefix(self.base), {**form, **fields})

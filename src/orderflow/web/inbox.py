"""The in-app inbox, for customers and merchants."""

from __future__ import annotations

from starlette.responses import Response

from ..message import InboxPage
from .visit import Visit

__all__ = ["mark_read", "show_inbox"]


async def show_inbox(visit: Visit) -> Response:
    """A page of messages, newest first."""
    params = visit.request.query_params
    only_unread = params.get("only") == "unread"
    page: InboxPage = await visit.ask("inbox", unread_only=only_unread, after=params.get("after") or None)
    return await visit.html("inbox.html", page=page, only_unread=only_unread)


async def mark_read(visit: Visit) -> Response:
    """Mark the messages of a page as read; others' are left alone by the service."""
    await visit.ask("mark_read", visit.form.all("message"))
    return visit.redirect(visit.url("/inbox"))

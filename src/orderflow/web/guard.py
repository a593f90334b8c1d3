"""Nobody else's page may act in a visitor's name: tokens in forms, the origin of a request, and what pages may load.

A form holds a token that only this site can make for this visitor: an HMAC over who acts and a random cookie. It is the
signed double submit of OWASP's sheet on cross-site request forgery; the check of the origin stands before it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from ..errors import ValidationError
from ..people import Actor
from .refusal import Refusal

__all__ = ["COOKIE", "Guard"]

COOKIE: Final = "orderflow_form"
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SHORTEST_SECRET: Final = 32
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Makes and checks the tokens of forms.

    Args:
        secret: What tokens are made with, at least 32 bytes, the same in every process of the host; None makes one that
            ends with this process.
        origins: Origins that may post, beside the one that the request was sent to, such as `https://shop.example`.
    """

    def __init__(self, secret: bytes | None, origins: Collection[str]) -> None:
        if secret is not None and (not isinstance(secret, bytes) or len(secret) < _SHORTEST_SECRET):
            raise ValidationError(f"OrderPages.secret must be at least {_SHORTEST_SECRET} bytes")
        self._secret = secret or secrets.token_bytes(_SHORTEST_SECRET)
        self._origins = frozenset(origins)

    def nonce(self, request: Request) -> str:
        """The visitor's cookie, or a new one."""
        known = request.cookies.get(COOKIE, "")
        return known if _NONCE.fullmatch(known) else secrets.token_urlsafe(32)

    def token(self, nonce: str, actor: Actor) -> str:
        """What this visitor's forms hold."""
        who = "\x00".join((nonce, actor.role, actor.id or "", actor.store_id or ""))
        return hmac.new(self._secret, who.encode(), hashlib.sha256).hexdigest()

    def check(self, request: Request, actor: Actor, token: str) -> None:
        """Refuse what does not come from a form of ours.

        Raises:
            Refusal: With 403.
        """
        own = self.token(request.cookies.get(COOKIE, ""), actor)
        known = _NONCE.fullmatch(request.cookies.get(COOKIE, ""))
        if not self._is_from_here(request) or not known or not hmac.compare_digest(own.encode(), token.encode()):
            raise Refusal(403, "error_forged")

    def _is_from_here(self, request: Request) -> bool:
        """Whether the browser says so; an old browser says nothing, and the token has to do."""
        origin = request.headers.get("origin")
        if origin is not None:
            return origin in self._origins or _host_of(origin) == request.headers.get("host", "").lower()
        return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")

    def seal(self, response: Response) -> Response:
        """Say to the browser what the page may do."""
        for name, value in _HEADERS.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None

"""The order page: what merchants and customers see of their orders, as an ASGI app that any host mounts."""

from __future__ import annotations

from .app import OrderPages

__all__ = ["OrderPages"]

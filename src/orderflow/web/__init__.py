"""The order page: what merchants and customers see of their orders, as an ASGI app that any host mounts."""

from __future__ import annotations

try:
    import jinja2 as _jinja2  # noqa: F401  # pyright: ignore[reportUnusedImport]
    import starlette as _starlette  # noqa: F401  # pyright: ignore[reportUnusedImport]
except ImportError:
    raise ImportError("orderflow.web needs its libraries: pip install 'orderflow[web]'") from None

from .app import OrderPages

__all__ = ["OrderPages"]

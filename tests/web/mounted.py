"""The pages, mounted in the frameworks that hosts have: each app as the docs show it."""

from __future__ import annotations

from typing import Any

from a2wsgi import ASGIMiddleware
from starlette.applications import Starlette
from starlette.routing import Mount

from orderflow.web import OrderPages

__all__ = ["ASGI", "WSGI"]


def starlette(pages: OrderPages) -> Any:
    """As a part of a Starlette app."""
    return Starlette(routes=[Mount("/orders", app=pages)])


def fastapi(pages: OrderPages) -> Any:
    """As a part of a FastAPI app."""
    from fastapi import FastAPI  # noqa: PLC0415

    app = FastAPI()
    app.mount("/orders", pages)
    return app


def django_asgi(pages: OrderPages) -> Any:
    """Before Django, which answers all else."""
    _set_django_up()
    from django.core.asgi import get_asgi_application  # noqa: PLC0415

    return Starlette(routes=[Mount("/orders", app=pages), Mount("/", app=get_asgi_application())])


def flask(pages: OrderPages) -> Any:
    """Before Flask, under WSGI."""
    from flask import Flask  # noqa: PLC0415
    from werkzeug.middleware.dispatcher import DispatcherMiddleware  # noqa: PLC0415

    app = Flask("shop")
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/orders": ASGIMiddleware(pages)})  # type: ignore[method-assign]
    return app


def django_wsgi(pages: OrderPages) -> Any:
    """Before Django, under WSGI."""
    _set_django_up()
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415
    from werkzeug.middleware.dispatcher import DispatcherMiddleware  # noqa: PLC0415

    return DispatcherMiddleware(get_wsgi_application(), {"/orders": ASGIMiddleware(pages)})


def _set_django_up() -> None:
    from django.conf import settings  # noqa: PLC0415

    if not settings.configured:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x" * 50)


urlpatterns: list[Any] = []
ASGI = {"starlette": starlette, "fastapi": fastapi, "django": django_asgi}
WSGI = {"flask": flask, "django": django_wsgi}

"""What `module:attribute` names: a service, or a function that makes one."""

from __future__ import annotations

import importlib
import inspect
from typing import cast

from ..aservice import AsyncOrderService
from ..errors import OrderflowError
from ..service import OrderService

__all__ = ["TargetError", "find", "serves_async"]


class TargetError(Exception):
    """The target names no service; the text says why, on one line."""


def find(target: str) -> OrderService | AsyncOrderService:
    """The service that a target names.

    Raises:
        TargetError: If there is none.
    """
    module_name, _, path = target.partition(":")
    if not module_name or not path:
        raise TargetError(f"{target!r} is not of the form module:attribute")
    found = _imported(module_name)
    for name in path.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise TargetError(f"module {module_name!r} has no attribute {path!r}") from None
    if isinstance(found, type) or not _is_service(found):
        found = _made(found, target)
    if not _is_service(found):
        raise TargetError(f"{target} is no order service, and makes none: {type(found).__name__}")
    return cast("OrderService | AsyncOrderService", found)


def serves_async(orders: object) -> bool:
    """Whether a service is to be awaited."""
    return inspect.iscoroutinefunction(getattr(orders, "run_due", None))


def _imported(module_name: str) -> object:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise TargetError(f"importing {module_name!r}: there is no module {error.name!r}") from None
    except Exception as error:
        raise TargetError(f"importing {module_name!r} raised {_named(error)}") from None


def _made(maker: object, target: str) -> object:
    if not callable(maker):
        raise TargetError(f"{target} is no order service, and no function that makes one: {type(maker).__name__}")
    if inspect.iscoroutinefunction(maker):
        raise TargetError(f"{target} is async: the function that makes the service must not be")
    try:
        return maker()
    except Exception as error:
        raise TargetError(f"{target} raised {_named(error)}") from None


def _is_service(found: object) -> bool:
    return callable(getattr(found, "run_due", None))


def _named(error: Exception) -> str:
    """Our own errors hold no foreign words; of all others, the type must do."""
    text = f": {error}" if isinstance(error, OrderflowError) else ""
    return " ".join(f"{type(error).__name__}{text}".split())

"""What the contract suites share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..awaiting import Loop, RunAsync

__all__ = ["Contract"]


class Contract:
    """A suite that holds sync and async adapters to the same promises."""

    @pytest.fixture
    def run_async(self) -> Iterator[RunAsync]:
        """Runs a coroutine on the event loop that an async adapter is tested on; open and close it with this."""
        loop = Loop()
        yield loop
        loop.close()

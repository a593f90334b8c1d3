"""The loop around `run_due`: sweep until nothing is left, sleep until the next work falls due, sweep again.

`python -m orderflow.worker shop:orders` runs it as a program; `run` and `run_async` run it inside a host's own. Any
number of workers may run over one store.
"""

from __future__ import annotations

from .logs import JsonFormatter, KeyValueFormatter
from .loop import Stop, run, run_async

__all__ = ["JsonFormatter", "KeyValueFormatter", "Stop", "run", "run_async"]

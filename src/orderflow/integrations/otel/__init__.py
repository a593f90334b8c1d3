"""OpenTelemetry: a span for each command and each call of a port, and counters of what came of them.

It needs the extra `otel`, which is the API alone: what is measured goes where the host's SDK sends it. Attributes are
ids, codes and the names of exception types; no texts, no tokens, no words of a foreign exception.
"""

from __future__ import annotations

from .orders import traced
from .ports import traced_port

__all__ = ["traced", "traced_port"]

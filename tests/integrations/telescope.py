"""What OpenTelemetry was told, read back in the process."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

__all__ = ["Telescope"]


class Telescope:
    """Providers of its own, and what went to them."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        tracer = TracerProvider()
        tracer.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.providers: dict[str, Any] = {
            "tracer_provider": tracer,
            "meter_provider": MeterProvider(metric_readers=[self._reader]),
        }

    def spans(self, name: str = "") -> list[ReadableSpan]:
        """The spans that have ended, all or of a name, in order."""
        return [span for span in self._exporter.get_finished_spans() if name in ("", span.name)]

    def attributes(self, name: str) -> dict[str, Any]:
        """Those of the last span of a name."""
        return dict(self.spans(name)[-1].attributes or {})

    def counts(self, name: str) -> list[tuple[dict[str, Any], int]]:
        """The points of a counter."""
        data = self._reader.get_metrics_data()
        metrics = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
        return [(dict(p.attributes), p.value) for m in metrics if m.name == name for p in m.data.data_points]

    def text(self) -> str:
        """All that is exported, as text."""
        data = self._reader.get_metrics_data()
        return "".join(span.to_json() for span in self.spans()) + (data.to_json() if data else "")

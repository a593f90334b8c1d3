"""Ways to run and to watch orderflow with what a host already has. Each module needs the extra of its name."""

from __future__ import annotations

__all__: list[str] = []

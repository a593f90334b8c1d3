"""The contract suites: what each port promises, as pytest classes with a fixture to override."""

from __future__ import annotations

import pytest

# Before any of them is imported: so pytest explains their assertions, wherever the suites are subclassed.
pytest.register_assert_rewrite(*(f"{__name__}.{suite}" for suite in ("gateway", "notifier", "clock", "storage")))

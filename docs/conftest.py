"""Every Python example of the docs runs as a test; those on one page share a namespace."""

from __future__ import annotations

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

pytest_collect_file = Sybil(parsers=[PythonCodeBlockParser()], patterns=["*.md", "**/*.md"]).pytest()

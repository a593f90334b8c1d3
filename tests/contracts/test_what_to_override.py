"""A contract that was not told what to test says so."""

from __future__ import annotations

import pytest


def test_a_storage_contract_without_a_storage_says_what_is_missing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it="""
        from orderflow.testing import StorageContract

        class TestMine(StorageContract):
            pass
        """
    )
    result = pytester.runpytest("-q", "-k", "test_an_empty_inbox_is_one_empty_page", "-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*override the fixture `storage`*"])

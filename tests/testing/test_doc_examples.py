"""The examples of the docs that are tests themselves: each page is one module of a host's tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
TESTS = {
    "test-your-shop": [
        "test_an_order_that_is_never_paid_expires",
        "test_a_card_is_not_verified",
        "TestPost::test_a_service_delivers_by_it",
    ],
    "write-an-adapter": [
        "TestAcmeGateway::test_no_more_is_refunded_than_is_left",
        "TestAcmeGateway::test_an_order_is_sold_and_refunded_over_it_and_its_books_agree",
    ],
}


@pytest.mark.parametrize("page", TESTS)
def test_the_tests_on_a_page_pass(pytester: pytest.Pytester, page: str) -> None:
    code = re.findall(r"^```python\n(.*?)^```$", (PAGES / f"{page}.md").read_text(encoding="utf-8"), re.M | re.S)
    pytester.makepyfile(test_page="\n".join(code))
    result = pytester.runpytest_inprocess("-v", "-W", "error", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines_random([f"*::{test} PASSED*" for test in TESTS[page]])


@pytest.mark.parametrize("page", TESTS)
def test_nothing_that_looks_like_a_test_is_left_out(page: str) -> None:
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    names = re.findall(r"^(?:class|def) (Test\w+|test_\w+)", text, re.M)
    assert set(names) == {test.partition("::")[0] for test in TESTS[page]}

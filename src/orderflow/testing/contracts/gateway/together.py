"""A gateway that many threads call at once; an async one has as many tasks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from .... import Purpose
from .base import GatewayChecks
from .till import Till

__all__ = ["Together"]

_MANY: Final = 16


class Together(GatewayChecks):
    """Many callers at once."""

    @pytest.mark.parametrize("purpose", Purpose)
    def test_one_key_sent_by_many_at_once_moves_money_once(self, till: Till, purpose: Purpose) -> None:
        """A caller may be refused while another sends the key; whoever is answered is answered alike."""
        sent = till.ready(purpose)
        with ThreadPoolExecutor(_MANY) as pool:
            answers = {answer for answer in pool.map(till.sent_in_vain, [sent] * _MANY) if answer is not None}
        outcome = till.approved(sent)
        assert answers <= {outcome}, "one key has two answers"
        moved = till.moved(purpose)
        assert moved is None or len(moved) == 1, "one key moved money more than once"

    def test_many_keys_at_once_all_move_money(self, till: Till) -> None:
        sent = [till.charge() for _ in range(_MANY)]
        with ThreadPoolExecutor(_MANY) as pool:
            answers = list(pool.map(till.approved, sent))
        assert len({answer.transaction_id for answer in answers}) == _MANY, "two keys have one movement"
        moved = till.moved()
        assert moved is None or {(one.key, one.transaction_id) for one in moved} == {
            (one.key, answer.transaction_id) for one, answer in zip(sent, answers, strict=True)
        }, "an answer belongs to another key"
        assert [till.found(one) for one in sent] == answers, "what is found belongs to another key"

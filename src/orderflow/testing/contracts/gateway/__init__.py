"""The contract of payment gateways."""

from __future__ import annotations

from .answers import Answers
from .declared import Declared
from .keys import Keys
from .looking import Looking
from .reversals import Reversals
from .selling import Selling
from .together import Together
from .trouble import Trouble

__all__ = ["PaymentGatewayContract"]


class PaymentGatewayContract(Declared, Answers, Keys, Looking, Reversals, Trouble, Together, Selling):
    """What `orderflow.ports.PaymentGateway` promises, as tests. Subclass it, and override the fixture `gateway`.

    The fixture may give a sync gateway or an async one; what an async one must be opened and closed with runs by
    `run_async`. Cards of the gateway's own go into `approved_card` and `declined_card`. These fixtures let more be
    checked, and what they are needed for is skipped without them: `declined_charge_card`, `pending_card`, `ledger`,
    `broken`. `amounts` and `store_id` are for gateways that take only some.

    Every check is an order of its own, under keys that were never sent: it may run against a gateway's sandbox.
    """

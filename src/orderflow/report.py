"""What a sweep came to."""

from __future__ import annotations

from datetime import datetime

import attrs

from .fields import as_utc_or_none, boolean, moment, optional, whole

__all__ = ["SweepReport"]

_MANY = 10**9


@attrs.frozen(kw_only=True)
class SweepReport:
    """What one `run_due` did.

    Attributes:
        concluded: Verifications and charges whose outcome it found.
        expired: Orders whose time to pay was over.
        voided: Verifications that it voided.
        refunded: Refunds that went through.
        reminded: Customers that it reminded to pay.
        delivered: Messages delivered and handlers run.
        failed: Deliveries given up.
        needs_review: Payments that a person must look at from now on.
        remaining: Whether the limit was reached, so that more may be due: sweep again at once.
        next_due_at: When the next work falls due, as far as is known now, UTC.
    """

    concluded: int = attrs.field(default=0, validator=whole(0, _MANY))
    expired: int = attrs.field(default=0, validator=whole(0, _MANY))
    voided: int = attrs.field(default=0, validator=whole(0, _MANY))
    refunded: int = attrs.field(default=0, validator=whole(0, _MANY))
    reminded: int = attrs.field(default=0, validator=whole(0, _MANY))
    delivered: int = attrs.field(default=0, validator=whole(0, _MANY))
    failed: int = attrs.field(default=0, validator=whole(0, _MANY))
    needs_review: int = attrs.field(default=0, validator=whole(0, _MANY))
    remaining: bool = attrs.field(default=False, validator=boolean)
    next_due_at: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))

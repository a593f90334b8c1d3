"""What customers, merchants and operators ask for: what they may, what they may not, once and again."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from model.acting import Acting
from model.parts import PLANS
from model.reference import allowed
from model.stories import (
    ARGUMENTS,
    CUSTOMERS,
    MOST_ORDERS,
    OFTEN,
    SELDOM,
    STORES,
    TOTAL,
    actor,
    arguments_of,
    keys,
    numbers,
    orders,
    people,
    tokens,
)


class Asking(Acting):
    """Rules: every command, by everyone."""

    @precondition(lambda self: len(self.side.worlds) < MOST_ORDERS)
    @rule(
        target=orders,
        store=st.sampled_from(STORES),
        customer=st.sampled_from(sorted(CUSTOMERS)),
        total=st.sampled_from((TOTAL, TOTAL, TOTAL, 50, 0)),
        token=tokens,
        named=st.booleans(),
        purpose=st.sampled_from(("verification", "void", "charge")),
        plan=st.sampled_from((None, None, None, *PLANS)),
    )
    def submit(
        self, store: str, customer: str, total: int, token: str, named: bool, purpose: str, plan: str | None
    ) -> str:
        order_id = self.parts.named_id(len(self.side.worlds)) if named else self.parts.next_id()
        self.requests[order_id] = (store, customer, total)
        self.submit_order(order_id, token, total, named=named, plan=(purpose, plan) if plan else None)
        return order_id

    @rule(order=orders, token=tokens, total=st.sampled_from((None, None, 51)))
    def submit_again(self, order: str, token: str, total: int | None) -> None:
        """The same request once more, or another under the same id."""
        self.submit_order(order, token, self.requests[order][2] if total is None else total)

    @rule(order=orders, choice=numbers, key=keys)
    def the_merchant_goes_on(self, order: str, choice: int, key: str | None) -> None:
        """Something that the merchant may do."""
        self._go_on(order, "merchant", choice, key)

    @rule(order=orders, choice=numbers, key=keys)
    def the_customer_goes_on(self, order: str, choice: int, key: str | None) -> None:
        """Something that the customer may do."""
        self._go_on(order, "customer", choice, key)

    def _go_on(self, order: str, role: str, choice: int, key: str | None) -> None:
        world = self.side.world(order)
        if world is None:
            return
        by = actor(role, world)
        may = allowed(world, by, self.side.now)
        names = [name for name in (OFTEN if choice % 5 else SELDOM) if name in may]
        if names:
            name = names[choice % len(names)]
            self.command(order, name, by, arguments_of(name, choice % 7), key)

    @rule(order=orders, name=st.sampled_from(sorted(ARGUMENTS)), choice=numbers, by=people, key=keys)
    def someone_asks(self, order: str, name: str, choice: int, by: str, key: str | None) -> None:
        """Something that may be allowed or not, by someone who may do it or not."""
        world = self.side.world(order)
        if world is not None:
            self.command(order, name, actor(by, world, name), arguments_of(name, choice), key)

    @rule(order=orders, name=st.sampled_from(sorted(ARGUMENTS)), choice=numbers)
    def who_may_asks_at_any_time(self, order: str, name: str, choice: int) -> None:
        """Also while a payment is in progress, and when all is over."""
        world = self.side.world(order)
        if world is not None:
            self.command(order, name, actor("right", world, name), arguments_of(name, choice), None)

    @rule(order=orders, other=st.sampled_from((None, None, "colleague", "operator")))
    def someone_asks_again(self, order: str, other: str | None) -> None:
        """The last command with a key once more, by the same or by someone else."""
        world = self.side.world(order)
        if order in self.last and world is not None:
            name, by, arguments, key = self.last[order]
            self.command(order, name, actor(other, world, name) if other else by, arguments, key)

    @rule(order=orders, choice=numbers, by=people, key=keys, wrong=st.sampled_from((False, False, True)))
    def someone_finds_out(self, order: str, choice: int, by: str, key: str | None, wrong: bool) -> None:
        """A person says what became of a payment: one in review, or one that is not theirs to resolve."""
        world = self.side.world(order)
        if world is None:
            return
        every = tuple(one.key for one in world.payments)
        payments = world.in_review if world.in_review and not wrong else every
        if payments:
            payment = payments[choice % len(payments)]
            self.say(order, payment, choice, actor(by, world, "resolve_payment"), key)

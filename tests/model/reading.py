"""What is read, and what is delivered once more: nothing that changes an order."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import rule

from model.acting import Acting
from model.parts import OPERATOR, result_of
from model.reference import COMMANDS, allowed
from model.stories import CUSTOMERS, STORES, actor, numbers, orders, people
from orderflow import Actor, Command, DeliveryState, OrderQuery, OrderSummary


class Reading(Acting):
    """Rules: all that shows orders and messages."""

    @rule(
        order=orders,
        by=people,
        what=st.sampled_from(("actions", "find", "count", "inbox")),
        store=st.sampled_from(STORES),
        customer=st.sampled_from(sorted(CUSTOMERS)),
        role=numbers,
        flag=st.booleans(),
    )
    def someone_looks(self, order: str, by: str, what: str, store: str, customer: str, role: int, flag: bool) -> None:
        owners = (Actor.customer(customer), Actor.merchant(store), OPERATOR)
        match what:
            case "actions":
                self._actions(order, by)
            case "find":
                self._find(owners[role % 3], hidden=flag)
            case "count":
                self._count(store)
            case _:
                self._read_inbox(owners[role % 2], mark=flag)

    def _actions(self, order: str, by: str) -> None:
        world = self.side.world(order)
        if world is None:
            return
        person = actor(by, world)
        result, actions = result_of(lambda: self.parts.orders.available_actions(order, by=person))
        assert result == ("ok" if world.sees(person) else "OrderNotFound")
        if result == "ok":
            assert set(actions) == {Command(name) for name in COMMANDS}
            taken = {command.value for command, reason in actions.items() if reason is None}
            assert taken == allowed(world, person, self.side.now)

    def _find(self, person: Actor, *, hidden: bool) -> None:
        found: list[OrderSummary] = []
        after: str | None = None
        while after is not None or not found:
            page = self.parts.orders.find(OrderQuery(include_unverified=hidden, limit=2, after=after), by=person)
            found += page.rows
            after = page.next
            if after is None:
                break
        expected = sorted(
            (order, world.status, world.due, bool(world.in_review), world.total)
            for order, world in self.side.known().items()
            if world.sees(person) and (world.verified or hidden)
        )
        told = [
            (row.id, row.status.value, row.payment_due_at, row.needs_review, row.total.minor_units) for row in found
        ]
        assert sorted(told) == expected
        assert [row.placed_at for row in found] == sorted((row.placed_at for row in found), reverse=True)

    def _count(self, store: str) -> None:
        counts = self.parts.orders.counts(store_id=store, by=Actor.merchant(store))
        expected = Counter(one.status for one in self.side.known().values() if one.verified and one.store == store)
        assert {status.value: number for status, number in counts.items() if number} == dict(expected)
        assert len(counts) == 7

    def _read_inbox(self, person: Actor, *, mark: bool) -> None:
        mine = f"merchant:{person.store_id}" if person.store_id is not None else f"customer:{person.id}"
        owed = [
            (state.message.occurred_at, order, state.seq, state.id)
            for order in self.side.known()
            for state in self.parts.storage.messages(order)
            if state.message is not None and (state.route, state.recipient) == ("in_app", mine)
        ]
        everything = self._inbox(person, unread_only=False)
        assert everything == [one[-1] for one in sorted(owed, reverse=True)]
        assert self._inbox(person, unread_only=True) == [one for one in everything if one not in self.read]
        if mark and everything:
            self.parts.orders.mark_read([everything[0], "nobody's"], by=person)
            self.read.add(everything[0])

    def _inbox(self, person: Actor, *, unread_only: bool) -> list[str]:
        found: list[str] = []
        after: str | None = None
        while True:
            page = self.parts.orders.inbox(by=person, unread_only=unread_only, limit=3, after=after)
            found += [message.id for message in page.messages]
            after = page.next
            if after is None:
                return found

    @rule(order=orders, choice=numbers, by=st.sampled_from(("merchant", "operator", "customer", "stranger", "rival")))
    def someone_has_it_delivered_again(self, order: str, choice: int, by: str) -> None:
        world = self.side.world(order)
        states = self.parts.storage.messages(order)
        if world is None or not states:
            return
        person, state = actor(by, world), states[choice % len(states)]
        was_delivered, sent = order not in self.side.undelivered, len(self.parts.notifier.sent)
        result, answer = result_of(lambda: self.parts.orders.redeliver(state.id, by=person))
        refused = {"customer": "NotPermitted", "stranger": "OrderNotFound", "rival": "OrderNotFound"}
        assert result == refused.get(by, "ValidationError" if state.route == "in_app" else "ok")
        if result == "ok":
            self.side.look(order, self.parts.get(order), calm=False)
        if result == "ok" and was_delivered and not self.parts.notifier.down:
            assert answer.state is DeliveryState.DELIVERED
            assert len(self.parts.notifier.sent) == sent + 1

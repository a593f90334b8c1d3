"""A small Stripe on 127.0.0.1 that moves no money: keys, declines, a ledger, and trouble when it is told to.

Run it by itself, and it prints its address: `python examples/standins/stripe_server.py`.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from orderflow import Money, Purpose

Answer: TypeAlias = "tuple[int, dict[str, Any]]"

DECLINES = {
    "pm_card_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", None),
    "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_authenticationRequired": ("card_declined", "authentication_required"),
}
CHARGES_ONLY = "pm_card_chargeCustomerFail"  # it verifies, and its charge is declined
ACTION = "pm_card_threeDSecure2Required"
FOREIGN = "words of the bank's"


@dataclass(frozen=True)
class Moved:
    """One line of the ledger, as `orderflow.testing.audit` reads it."""

    purpose: Purpose
    transaction_id: str
    key: str
    order_id: str
    amount: Money
    target: str | None


@dataclass
class Trouble:
    """What goes wrong on a path: a status, "garbage", "drop", "stall" (after the effect or before it).

    A stalled request is not answered until its client hangs up.
    """

    path: str
    kind: int | str
    after: bool = False
    left: int = 1


class StripeServer:
    """The state of a stand-in, and its server."""

    def __init__(self) -> None:
        self.ledger: list[Moved] = []
        self.requests: list[tuple[str, str, str]] = []
        self.troubles: list[Trouble] = []
        self.objects: dict[str, dict[str, Any]] = {}
        self._answers: dict[str, tuple[str, Answer | None]] = {}
        self._ids = itertools.count(1)
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> StripeServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Meanwhile every connection is dropped."""
        trouble = Trouble("", "drop", left=1_000_000)
        self.troubles.append(trouble)
        yield
        self.troubles.remove(trouble)

    def trouble(self, path: str) -> Trouble | None:
        """What goes wrong with a request, counted down."""
        with self._lock:
            for one in self.troubles:
                if one.left and re.search(one.path, path):
                    one.left -= 1
                    return one
            return None

    def answer(self, method: str, path: str, body: str, key: str | None) -> Answer:
        """Answer a request, or what was answered to its key before."""
        with self._lock:
            self.requests.append((path, body, key or ""))
            if method == "GET":
                return self._get(urlsplit(path).path, dict(parse_qsl(urlsplit(path).query)))
            whole = f"{path} {body}"
            before = self._answers.get(key or "")
            if before is not None and before[0] != whole:
                return 400, _error("idempotency_error", None)
            if before is not None and before[1] is not None:
                return before[1]
            answer = self._post(path, dict(parse_qsl(body)), key or "")
            if key and not _is_validation(answer):
                self._answers[key] = (whole, json.loads(json.dumps(answer)))
            return answer

    def _get(self, path: str, query: dict[str, str]) -> Answer:
        kind, _, name = path.removeprefix("/v1/").partition("/")
        if name and name != "search":
            return (200, self.objects[name]) if name in self.objects else _missing()
        found = [one for one in self.objects.values() if one["object"] + "s" == kind]
        for wanted in ("customer", "payment_intent"):
            found = [one for one in found if wanted not in query or one.get(wanted) == query[wanted]]
        if name == "search":
            key = query["query"].split(":'", 1)[1][:-1]
            found = [one for one in found if one["metadata"].get("orderflow_key") == key]
        return 200, {"object": "list", "data": found[::-1], "has_more": False}

    def _post(self, path: str, body: dict[str, str], key: str) -> Answer:
        kind, name, action = (*path.removeprefix("/v1/").split("/"), "", "")[:3]
        if kind == "customers":
            return self._made("customer", "cus", body)
        if kind == "payment_methods":
            if name.startswith("pm_used"):
                return 400, _error("invalid_request_error", None)
            card = {"type": name, "customer": body["customer"]}
            return self._made("payment_method", "pm", body, **card)
        if kind == "refunds":
            return self._refund(body)
        if not name:
            return self._make_intent(kind, body)
        if name not in self.objects:
            return _missing()
        intent = self.objects[name]
        return self._cancel(intent, key) if action == "cancel" else self._confirm(intent)

    def _make_intent(self, kind: str, body: dict[str, str]) -> Answer:
        card = self.objects.get(body["payment_method"])
        if card is None or card["customer"] != body["customer"]:
            return 400, _error("invalid_request_error", None)
        more: dict[str, Any] = {
            name: body[name] for name in ("customer", "payment_method", "capture_method", "currency") if name in body
        }
        amount = {"amount": int(body["amount"]), "refunded": 0} if "amount" in body else {}
        more |= {"status": "requires_confirmation", "client_secret": "secret_of_intent"}
        return self._made(kind[:-1], "pi" if amount else "seti", body, **more, **amount)

    def _confirm(self, intent: dict[str, Any]) -> Answer:
        if intent["status"] != "requires_confirmation":
            return 400, _error("invalid_request_error", "payment_intent_unexpected_state")
        kind, manual = self.objects[intent["payment_method"]]["type"], intent.get("capture_method") == "manual"
        refused = DECLINES.get(kind)
        if kind == CHARGES_ONLY and not manual:
            refused = ("card_declined", "insufficient_funds")
        if refused:
            error = _error("card_error", refused[0])
            error["error"]["decline_code"] = refused[1]
            name = "last_payment_error" if "amount" in intent else "last_setup_error"
            intent.update({"status": "requires_payment_method", name: dict(error["error"])})
            return 402, error
        if kind == ACTION and not manual:
            address = {"redirect_to_url": {"url": "https://bank.example/finish"}, "type": "redirect_to_url"}
            intent.update(status="requires_action", next_action=address)
            return 200, intent
        held = intent["amount"] if manual else 0
        intent.update(
            status="requires_capture" if manual else "succeeded",
            latest_charge=f"ch_{next(self._ids)}",
            amount_capturable=held,
        )
        if "amount" in intent:
            self._move(Purpose.VERIFICATION if manual else Purpose.CHARGE, intent, intent, None)
        return 200, intent

    def _cancel(self, intent: dict[str, Any], key: str) -> Answer:
        if intent["status"] in ("canceled", "succeeded"):
            return 400, _error("invalid_request_error", "payment_intent_unexpected_state")
        intent.update(status="canceled", amount_capturable=0)
        voided = {**intent, "metadata": {**intent["metadata"], "orderflow_key": key.removesuffix(":cancel")}}
        self._move(Purpose.VOID, voided, intent, intent["id"])
        return 200, intent

    def _refund(self, body: dict[str, str]) -> Answer:
        paid = self.objects.get(body["payment_intent"])
        if paid is None or paid["status"] != "succeeded":
            return _missing()
        amount = int(body["amount"])
        if paid["refunded"] + amount > paid["amount"]:
            return 400, _error("invalid_request_error", None)
        paid["refunded"] += amount
        more = {"status": "succeeded", "amount": amount, "payment_intent": paid["id"], "currency": paid["currency"]}
        made = self._made("refund", "re", body, **more)
        self._move(Purpose.REFUND, made[1], made[1], paid["id"])
        return made

    def _made(self, kind: str, prefix: str, body: dict[str, str], **more: Any) -> Answer:
        metadata = {name[9:-1]: value for name, value in body.items() if name.startswith("metadata[")}
        one = {"id": f"{prefix}_{next(self._ids)}", "object": kind, "metadata": metadata, **more}
        self.objects[one["id"]] = one
        return 200, one

    def _move(self, purpose: Purpose, of: dict[str, Any], named: dict[str, Any], target: str | None) -> None:
        noted, amount = of["metadata"], Money.from_minor_units(of["amount"], of["currency"].upper())
        key, order = noted.get("orderflow_key", ""), noted.get("orderflow_order", "")
        self.ledger.append(Moved(purpose, named["id"], key, order, amount, target))


def _error(kind: str, code: str | None) -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": FOREIGN}}


def _missing() -> Answer:
    return 404, _error("invalid_request_error", "resource_missing")


def _is_validation(answer: Answer) -> bool:
    return answer[0] in (400, 404)


def _handler_of(state: StripeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve("GET")

        def do_POST(self) -> None:
            self._serve("POST")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def _serve(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            trouble = state.trouble(self.path)
            if trouble is None or trouble.after:
                status, answer = state.answer(method, self.path, body, self.headers.get("Idempotency-Key"))
                content = json.dumps(answer).encode()
            if trouble is not None and trouble.kind in ("drop", "stall"):
                if trouble.kind == "stall":
                    self.connection.recv(1)
                self.close_connection = True
                return
            if trouble is not None:
                kind = "authentication_error" if trouble.kind == 401 else "api_error"
                status = trouble.kind if isinstance(trouble.kind, int) else 200
                content = b"<garbage" if trouble.kind == "garbage" else json.dumps(_error(kind, None)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


if __name__ == "__main__":
    with StripeServer() as server:
        print(server.address)
        threading.Event().wait()

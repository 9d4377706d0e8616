"""The simulated bank as a process: it remembers, keeps its address and tells the story's time."""

import time
from pathlib import Path

import httpx
import msgspec
import pytest

from interfaces.outbound.bank.client import BankClient
from interfaces.outbound.bank.iso20022 import CAMT_053, parse, read_document
from interfaces.outbound.clock import set_story_time
from tests.conformance.bank import OURS, PAYMENT, SELLER
from tools.bank.control import BankControl, BankProcess
from tools.bank.model import Behaviour, OpenAccount, OutsideCredit

pytestmark = pytest.mark.slow
CREDIT = OutsideCredit(
    account=OURS,
    amount=1_000_000,
    narration="FX-INV-23A4F",
    counterparty="Northwind Retail",
    id="credit-1",
)


def open_accounts(control: BankControl) -> None:
    control.open_account(OpenAccount(account=OURS, name="Tallystick Clients", balance=1_000_000))
    control.open_account(OpenAccount(account=SELLER, name="Coppergate Joinery"))


def test_a_killed_bank_comes_back_with_its_books_at_its_address(tmp_path: Path) -> None:
    first = BankProcess(tmp_path)
    control, bank = BankControl(first.url), BankClient(first.url)
    open_accounts(control)
    control.behave(Behaviour(settle_after=3600.0))
    bank.pay(PAYMENT)
    first.kill()
    with BankProcess(tmp_path) as second:
        assert second.url == first.url
        assert control.account(OURS).available == 34_000
        assert control.account(OURS).balance == 1_000_000
        bank.pay(PAYMENT)
        control.settle()
        assert control.account(OURS).balance == 34_000
        assert len(bank.notifications(SELLER, 0)) == 1
    control.close()
    bank.close()


def test_payments_settle_after_the_delay_of_the_bank(tmp_path: Path) -> None:
    with BankProcess(tmp_path, settle_after=0.3) as process, BankClient(process.url) as bank:
        control = BankControl(process.url)
        open_accounts(control)
        bank.pay(PAYMENT)
        assert bank.notifications(OURS, 0) == []
        deadline = time.monotonic() + 10
        while not (told := bank.notifications(OURS, 0)) and time.monotonic() < deadline:
            time.sleep(0.02)
        control.close()
    assert [one.direction for one in told] == ["debit"]


def test_entries_carry_the_time_of_the_story_and_add_up_on_statements(tmp_path: Path) -> None:
    clock = tmp_path / "clock.json"
    set_story_time(clock, "2026-05-22T14:24:00Z")
    with BankProcess(tmp_path / "bank", clock=clock) as process, BankClient(process.url) as bank:
        control = BankControl(process.url)
        open_accounts(control)
        bank.pay(PAYMENT)
        assert bank.notifications(OURS, 0)[0].booked_at.startswith("2026-05-22T14:24")
        set_story_time(clock, "2026-07-21T11:14:00Z")
        control.credit_from_outside(CREDIT)
        assert control.credit_from_outside(CREDIT) == bank.notifications(OURS, 0)[1].reference
        assert balances(control.statement(OURS, "2026-05-22")) == ["0.00", "340.00"]
        assert balances(control.statement(OURS, "2026-06-01")) == ["340.00", "340.00"]
        assert balances(control.statement(OURS, "2026-07-21")) == ["340.00", "10340.00"]
        control.close()


def balances(statement: bytes) -> list[str]:
    document = read_document(parse(statement), CAMT_053)
    return [balance.text("Amt") for balance in document.all("Stmt/Bal")]


def test_bad_requests_are_told_and_change_nothing(tmp_path: Path) -> None:
    with BankProcess(tmp_path) as process, httpx.Client(base_url=process.url) as http:
        control = BankControl(process.url)
        open_accounts(control)
        wrong = [
            http.get("/nowhere"),
            http.delete("/payments"),
            http.get("/notifications", params={"account": OURS, "after": "-1"}),
            http.get("/notifications", params={"account": "unknown"}),
            http.get("/statements", params={"account": OURS, "day": "today"}),
            http.post("/payments", content=b"x" * (2**20 + 1)),
            http.post("/payments", content=b"<a/>"),
            http.post("/control/accounts", content=b'{"account": 1}'),
            http.post("/control/accounts", content=b'{"account": "a", "name": "a", "more": 1}'),
            http.post("/control/behaviours", content=b'{"refuse": "whatever"}'),
            http.post("/control/behaviours", content=b'{"times": 0}'),
            http.post(
                "/control/credits",
                content=msgspec.json.encode(msgspec.structs.replace(CREDIT, amount=0)),
            ),
        ]
        assert [one.status_code for one in wrong] == [404, 501, 400, 400, 400, 413, *[400] * 6]
        assert control.account(OURS).balance == 1_000_000
        control.close()


def test_while_it_is_down_it_says_for_how_long(tmp_path: Path) -> None:
    with BankProcess(tmp_path) as process:
        control = BankControl(process.url)
        control.go_down(3600)
        response = httpx.get(f"{process.url}/accounts", params={"account": OURS})
        assert response.status_code == 503
        assert 3590 < int(response.headers["retry-after"]) <= 3600
        assert httpx.get(f"{process.url}/health").status_code == 200
        control.close()

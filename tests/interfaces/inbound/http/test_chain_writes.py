"""Calls to the chain at the doors: their gas, and another try for one that failed (B4)."""

from collections.abc import Callable

import pytest

from domain.chainwrite.events import ChainWriteRetried
from domain.invoice import commands as invoice
from tests.interfaces.inbound.http.house import House, Visitor
from tests.projections.tale import INVOICE, TOKEN

Doors = Callable[[str | None], Visitor]

pytestmark = pytest.mark.capability("B4")


@pytest.fixture(autouse=True)
def _story(house: House) -> None:
    """A token is minted, but the chain refuses the move to its first holder."""
    tale = house.tale
    tale.now = "2026-05-22T10:42:00.000000Z"
    tale.submit(INVOICE)
    tale.verify(INVOICE)
    tale.refuse = f"unpause/{TOKEN}"
    tale.act("northwind", invoice.ConfirmInvoice(invoice=INVOICE, link=tale.link(INVOICE)))
    tale.refuse = None


def test_a_failed_write_is_tried_again_by_an_admin_and_its_process_goes_on(
    doors: Doors, house: House
) -> None:
    write = f"unpause/{TOKEN}"
    assert house.tale.states[f"chainwrite:{write}"].state == "FAILED"
    for name, status in (("olga", 403), ("coppergate", 403)):
        assert doors(name).post("/chain-writes/retry", {"write": write}).status_code == status
    told = doors("ada").post("/chain-writes/retry", {"write": write})
    assert (told.status_code, told.json()["id"], told.json()["state"]) == (200, write, "PLANNED")
    assert any(isinstance(each.fact, ChainWriteRetried) for each in house.tale.log)
    again = doors("ada").post("/chain-writes/retry", {"write": write}, key="again")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    unknown = doors("ada").post("/chain-writes/retry", {"write": "mint/NOTHING"}, key="unknown")
    assert (unknown.status_code, unknown.json()["code"]) == (409, "wrong_state")


def test_what_was_undone_is_not_tried_again(doors: Doors, house: House) -> None:
    tale, write = house.tale, f"unpause/{TOKEN}"
    retried = doors("ada").post("/chain-writes/retry", {"write": write})
    assert retried.status_code == 200
    tale.run()
    assert tale.states[f"invoice:{INVOICE}"].state == "LISTED"
    tale.refuse = "transfer/"
    tale.act("pennine", invoice.FundInvoice(invoice=INVOICE, discount_bps=240))
    move = next(each for each in tale.states if each.startswith("chainwrite:transfer/"))
    assert tale.states[move].state == "FAILED"
    body = {"write": move.removeprefix("chainwrite:")}
    told = doors("ada").post("/chain-writes/retry", body, key="undone")
    assert (told.status_code, told.json()["code"]) == (409, "chain_write_undone")


def test_every_signed_transaction_is_told_to_the_back_office(doors: Doors) -> None:
    signed = doors("ada").get(f"/api/v1/chain-transactions?token={TOKEN}").json()["items"]
    assert {each["purpose"] for each in signed} >= {"suite", "register", "mint"}
    assert {each["state"] for each in signed} == {"MINED"}
    assert all(each["fee"] is not None for each in signed)
    for path in ("chain-transactions", "gas-ledger"):
        assert doors("coppergate").get(f"/api/v1/{path}").status_code == 403


def test_work_items_are_for_those_who_operate(doors: Doors) -> None:
    assert doors("ada").get("/api/v1/operations/work-items").json()["items"] == []
    assert doors("coppergate").get("/api/v1/operations/work-items").status_code == 403

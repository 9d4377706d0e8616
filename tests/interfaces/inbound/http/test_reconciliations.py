"""Reconciliation at the doors: who may ask, what is told, and the signed text as it was signed."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.chainfact.state import ObserveChainFact
from domain.invoice import commands as invoice
from domain.reconciliation.commands import StateReconciliation
from domain.reconciliation.compare import Break
from tests.interfaces.inbound.http.house import House, Visitor
from tests.projections.tale import INVOICE, TOKEN

Doors = Callable[[str | None], Visitor]

pytestmark = pytest.mark.capability("FX10", part="reconciliation")

ASK = f"/tokens/{TOKEN}/reconciliations"
SUPPLY = Break(kind="supply", book="1000000", chain="1000005")


@pytest.fixture(autouse=True)
def _token(house: House) -> None:
    """One token stands on the chain."""
    tale = house.tale
    tale.now = "2026-05-22T10:42:00.000000Z"
    tale.submit(INVOICE)
    tale.verify(INVOICE)
    tale.act("northwind", invoice.ConfirmInvoice(invoice=INVOICE, link=tale.link(INVOICE)))


def state(house: House, *breaks: Break) -> int:
    """Let the watch state something; tells the position of it."""
    statement = house.put(f"signed {len(house.tale.log)}".encode())
    command = StateReconciliation(
        token=TOKEN,
        statement=statement,
        values="0b" * 32,
        contract="0x" + "c1" * 20,
        chain_id=31337,
        block=9,
        block_hash="0x" + "b9" * 32,
        position=len(house.tale.log),
        wallets=3,
        in_transit=0,
        break_count=len(breaks),
        breaks=breaks,
    )
    house.tale.system(command)
    return len(house.tale.log)


def items(visitor: Visitor, path: str) -> list[dict[str, Any]]:
    """Read a page."""
    answer = visitor.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.parametrize("name", ["ada", "priya", "olga"])
def test_whoever_oversees_may_ask(doors: Doors, house: House, name: str) -> None:
    answer = doors(name).post(ASK, {"reason": "audit"}, key="ask")
    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] == TOKEN
    assert house.tale.log[-1].envelope.type == "reconciliation.requested"
    again = doors(name).post(ASK, {}, key="ask again")
    assert (again.status_code, again.json()["id"]) == (200, TOKEN)
    assert house.tale.log[-1].position == answer.json()["position"]


@pytest.mark.parametrize("name", ["pennine", "coppergate", "ingrid"])
def test_nobody_else_may_ask(doors: Doors, name: str) -> None:
    answer = doors(name).post(ASK, {}, key="ask")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_forbidden")


def test_a_token_that_stands_nowhere_is_not_compared(doors: Doors) -> None:
    answer = doors("olga").post("/tokens/FXR-NONE/reconciliations", {}, key="ask")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    long = doors("olga").post(ASK, {"reason": "x" * 501}, key="long")
    assert long.status_code == 422


def test_statements_are_listed_and_handed_out_as_they_were_signed(
    doors: Doors, house: House
) -> None:
    good, bad = state(house), state(house, SUPPLY)
    newest, older = items(doors("olga"), "/reconciliations")
    assert (newest["position"], newest["agrees"], newest["break_count"]) == (bad, False, 1)
    assert newest["breaks"] == [{"kind": "supply", "book": "1000000", "chain": "1000005"}]
    assert (older["position"], older["agrees"], older["as_of"]) == (good, True, good - 1)
    assert items(doors("olga"), "/reconciliations?agrees=true") == [older]
    assert items(doors("olga"), f"/reconciliations?agrees=false&token={TOKEN}") == [newest]
    assert items(doors("olga"), "/reconciliations?token=FXR-NONE") == []
    text = doors("olga").get(f"/api/v1/reconciliations/{bad}/statement")
    assert text.headers["content-type"].startswith("text/plain")
    assert text.content == f"signed {bad - 1}".encode()
    for wrong in (good + 5, 0, "x"):
        assert doors("olga").get(f"/api/v1/reconciliations/{wrong}/statement").status_code == 404
    assert doors("pennine").get("/api/v1/reconciliations").status_code == 403
    assert doors("pennine").get(f"/api/v1/reconciliations/{bad}/statement").status_code == 403


def test_what_others_did_on_chain_is_listed(doors: Doors, house: House) -> None:
    fact = ObserveChainFact(
        chain_id=31337,
        contract="0x" + "c1" * 20,
        kind="Token",
        event="Transfer",
        arguments={"from": "0x00", "to": "0x01", "value": "5"},
        transaction="0x" + "f1" * 32,
        block=7,
        block_hash="0x" + "b7" * 32,
        log_index=0,
        token=TOKEN,
    )
    house.tale.system(fact)
    (told,) = items(doors("olga"), f"/chain-facts?token={TOKEN}&state=OBSERVED")
    assert (told["event"], told["arguments"]["value"], told["fact"]) == ("Transfer", "5", fact.fact)
    assert items(doors("olga"), "/chain-facts?event=Paused") == []
    assert doors("brunel").get("/api/v1/chain-facts").status_code == 403

"""Wallets through the doors: a message of ours, signed once, in time, by its own wallet (LB9)."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from domain.invoice.commands import FundInvoice
from domain.kernel.refusal import Refused
from domain.subject.events import WalletBound
from domain.wallet.events import WalletProven
from tests.interfaces.inbound.http.house import House, Visitor, opened

Doors = Callable[[str | None], Visitor]

FIRST, SECOND = (Account.from_key(hashlib.sha256(name).digest()) for name in (b"one", b"two"))
START = "2026-05-22T10:00:00.000000Z"
PATH = "/subjects/dora/wallets"


@pytest.fixture
def house() -> House:
    """A house with an active lender who has no wallet."""
    house = House()
    house.tale.now = START
    house._enter("dora", "lender")
    from domain.subject import commands  # noqa: PLC0415 - names that are long elsewhere

    house.tale.system(
        commands.SubmitOnboarding(subject="dora"),
        commands.PassKyc(subject="dora", evidence="1"),
        commands.PassScreening(subject="dora", evidence="2"),
        commands.PassRisk(subject="dora", evidence="3"),
        commands.ActivateSubject(subject="dora"),
    )
    return house


@pytest.fixture
def doors(house: House) -> Iterator[Doors]:
    """Let people in."""
    with opened(house) as let_in:
        yield let_in


def message(visitor: Visitor, address: str) -> str:
    """Ask for a message and read it."""
    asked = visitor.post(f"{PATH}/challenge", {"address": address})
    assert asked.status_code == 200, asked.text
    told = visitor.get(f"/api/v1{PATH}/challenge?address={address}").json()
    return str(told["message"])


def signed(account: Any, text: str) -> dict[str, str]:
    """Sign a message."""
    signature = account.sign_message(encode_defunct(text=text)).signature
    return {"message": text, "signature": "0x" + bytes(signature).hex()}


def prove(visitor: Visitor, account: Any) -> Any:
    """Prove a wallet in one go."""
    text = message(visitor, account.address)
    return visitor.post(f"{PATH}/prove", signed(account, text))


@pytest.mark.capability("LB9", part="binding")
def test_a_wallet_is_bound_by_its_signature(doors: Doors, house: House) -> None:
    dora = doors("dora")
    text = message(dora, FIRST.address)
    assert text.split("\n")[:2] == [
        "tallystick.example wants you to sign in with your Ethereum account:",
        FIRST.address,
    ]
    assert "Chain ID: 31337" in text
    answer = dora.post(f"{PATH}/prove", signed(FIRST, text))
    assert answer.status_code == 200, answer.text
    facts = [event.fact for event in house.tale.log]
    assert WalletBound(address=FIRST.address) in facts
    proven = next(fact for fact in facts if isinstance(fact, WalletProven))
    assert (proven.method, proven.primary) == ("eip191", True)
    (row,) = dora.get(f"/api/v1{PATH}").json()["items"]
    assert (row["address"], row["bound"], row["holds_tokens"]) == (FIRST.address, True, True)
    assert row["lapses_at"] == "2027-05-22T10:00:00.000000Z"


@pytest.mark.capability("LB9", part="several wallets")
def test_a_subject_has_several_wallets_and_an_address_one_subject(
    doors: Doors, house: House
) -> None:
    dora = doors("dora")
    assert prove(dora, FIRST).status_code == 200
    assert prove(dora, SECOND).status_code == 200
    rows = dora.get(f"/api/v1{PATH}").json()["items"]
    assert {row["address"]: row["holds_tokens"] for row in rows} == {
        FIRST.address: True,
        SECOND.address: False,
    }
    text = message_of_other(doors("pennine"))
    taken = doors("pennine").post("/subjects/pennine/wallets/prove", signed(SECOND, text))
    assert (taken.status_code, taken.json()["code"]) == (409, "wallet_of_another")
    gone = dora.post(f"{PATH}/unbind", {"address": SECOND.address})
    assert gone.status_code == 200
    text = message_of_other(doors("pennine"))
    assert (
        doors("pennine").post("/subjects/pennine/wallets/prove", signed(SECOND, text)).status_code
        == 200
    )


def message_of_other(visitor: Visitor) -> str:
    """Ask as another subject for a message to the second wallet."""
    path = "/subjects/pennine/wallets/challenge"
    visitor.post(path, {"address": SECOND.address})
    told = visitor.get(f"/api/v1{path}?address={SECOND.address}").json()
    return str(told["message"])


@pytest.mark.capability("LB9", part="single use")
def test_a_message_is_good_once_in_time_and_for_its_subject(doors: Doors, house: House) -> None:
    dora, pennine = doors("dora"), doors("pennine")
    text = message(dora, FIRST.address)
    stolen = pennine.post("/subjects/pennine/wallets/prove", signed(FIRST, text))
    assert (stolen.status_code, stolen.json()["code"]) == (422, "message_unknown")
    forged = dora.post(f"{PATH}/prove", signed(SECOND, text))
    assert (forged.status_code, forged.json()["code"]) == (422, "signature_wrong")
    other = text.replace("Chain ID: 31337", "Chain ID: 1")
    changed = dora.post(f"{PATH}/prove", signed(FIRST, other))
    assert (changed.status_code, changed.json()["code"]) == (422, "message_unknown")
    assert dora.post(f"{PATH}/prove", signed(FIRST, text)).status_code == 200
    replayed = dora.post(f"{PATH}/prove", signed(FIRST, text))
    assert (replayed.status_code, replayed.json()["code"]) == (422, "message_unknown")
    late = message(dora, SECOND.address)
    house.tale.now = "2026-05-22T10:10:00.000000Z"
    answer = dora.post(f"{PATH}/prove", signed(SECOND, late))
    assert (answer.status_code, answer.json()["code"]) == (422, "message_unknown")
    gone = dora.get(f"/api/v1{PATH}/challenge?address={SECOND.address}")
    assert gone.status_code == 404


@pytest.mark.capability("LB9", part="lapse and unbind")
def test_a_lapsed_or_unbound_wallet_takes_on_nothing_new(doors: Doors, house: House) -> None:
    dora = doors("dora")
    assert prove(dora, FIRST).status_code == 200
    house.tale.submit("FX-INV-9")
    house.tale.verify("FX-INV-9")
    link = house.tale.link("FX-INV-9")
    doors("northwind").post("/invoices/FX-INV-9/confirm", {"link": link})

    def refused() -> str:
        command = FundInvoice(invoice="FX-INV-9", discount_bps=240)
        with pytest.raises(Refused) as caught:
            house.tale.send("subject:dora", "lender", command)
        return caught.value.refusal.CODE

    dora.post(f"{PATH}/unbind", {"address": FIRST.address})
    assert refused() == "wallet_not_bound"
    assert prove(dora, FIRST).status_code == 200
    house.tale.now = "2027-05-22T10:00:00.000000Z"
    assert refused() == "wallet_lapsed"
    assert prove(dora, FIRST).status_code == 200
    assert refused() not in {"wallet_lapsed", "wallet_not_bound"}


def test_a_chain_that_is_away_is_told(doors: Doors, house: House) -> None:
    house.wallets.away = True
    answer = doors("dora").post(f"{PATH}/challenge", {"address": FIRST.address})
    assert (answer.status_code, answer.json()["code"]) == (503, "chain_away")


def test_an_unknown_wallet_is_not_unbound(doors: Doors) -> None:
    answer = doors("dora").post(f"{PATH}/unbind", {"address": FIRST.address})
    assert (answer.status_code, answer.json()["code"]) == (404, "wallet_unknown")

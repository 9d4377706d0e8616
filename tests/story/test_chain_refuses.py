"""E5: the chain has the last word; what it refuses is undone and offered again (FX5, FX10)."""

from pathlib import Path

import pytest

from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.tokens import TokenReader
from interfaces.outbound.evm.transactions import Transaction
from interfaces.wiring import gateway_of
from tests.story.conftest import a_stack, play
from tools.story import cast
from tools.story.client import Api, Json
from tools.story.scenes import Stage

pytestmark = [pytest.mark.postgres, pytest.mark.chain, pytest.mark.slow]

ANSWERS: Json = {
    "details_unchanged": True,
    "sanctions_on_directors": False,
    "risk_understood": True,
}


def _send(gateway: EvmGateway, call: PlannedCall) -> None:
    """Act on the chain behind the books' back, with the key of the token's agent."""
    sender = gateway.address("token_agent")
    transaction = Transaction(
        chain_id=gateway.chain_id(),
        nonce=gateway.nonce(sender).pending,
        to=call.target,
        data=gateway.calldata(call),
        gas=gateway.estimate_gas(call, sender=sender),
        fees=gateway.fees(),
    )
    signed = gateway.sign("token_agent", transaction)
    gateway.broadcast(signed.raw)
    while (receipt := gateway.receipt(signed.transaction_hash)) is None:
        pass
    assert receipt.succeeded


def _buy(investor: Api, trade: str, listing: str) -> str:
    body = {"trade": trade, "listing": listing, "answers": ANSWERS}
    investor.post("/trades", body, key=f"check {trade}")
    investor.post(f"/trades/{trade}/execute", key=f"execute {trade}")
    ends = {"TRADE_SETTLED", "FIAT_REFUND"}
    answer = investor.until(f"/trades/{trade}", lambda row: row["state"] in ends)
    return str(answer["state"])


def _cash(stage: Stage) -> tuple[int, int]:
    account = stage.api(cast.BRUNEL).get("/accounts/brunel/cash/GBP")
    return account["balance"], account["held"]


@pytest.mark.capability("FX5")
@pytest.mark.capability("FX10", part="E5")
def test_a_refused_transfer_is_undone_and_the_slice_is_sold_later(tmp_path: Path) -> None:
    """The buyer's wallet is frozen on chain between the check and the trade."""
    with a_stack(tmp_path) as (stack, stage), gateway_of(stack.settings) as gateway:
        play(stage, "splits in 5")
        investor = stage.api(cast.BRUNEL)
        investor.position = stage.api(cast.PENNINE).position
        offer = investor.get("/marketplace/listings")["items"][0]
        wallet = stage.api(cast.ADMIN).get("/subjects/brunel")["wallet"]
        feed = stage.api(cast.AUDITOR).raw("/feed?types=token.deployed").decode()
        token = feed.split('"data":{"address":"')[1].split('"')[0]
        freeze = PlannedCall(
            contract="Token", function="setAddressFrozen", target=token, arguments=(wallet, True)
        )
        _send(gateway, freeze)

        assert _buy(investor, "T-REFUSED", offer["listing"]) == "FIAT_REFUND"
        refused = investor.get("/trades/T-REFUSED")
        assert "SettlementWalletFrozen" in refused["reason"]
        assert _cash(stage) == (cast.BRUNEL.deposit, 0)
        again = investor.get("/marketplace/listings")["items"][0]
        assert (again["listing"], again["state"]) == (offer["listing"], "LISTED")
        assert TokenReader(gateway, token).balance_of(wallet) == 0

        thaw = PlannedCall(
            contract="Token", function="setAddressFrozen", target=token, arguments=(wallet, False)
        )
        _send(gateway, thaw)
        assert _buy(investor, "T-SETTLED", offer["listing"]) == "TRADE_SETTLED"
        assert _cash(stage) == (cast.BRUNEL.deposit - cast.SLICE_PRICE, 0)
        assert TokenReader(gateway, token).balance_of(wallet) == cast.LOT_UNITS

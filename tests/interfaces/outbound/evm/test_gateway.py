"""The gateway before a real node, and before a proxy that loses and garbles."""

import time
from collections.abc import Iterator

import msgspec
import pytest

from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.errors import ChainRefused, ChainUnreachable, FeesAboveCap
from interfaces.outbound.evm.gateway import EvmGateway, transaction_hash
from interfaces.outbound.evm.node import AnvilNode, NodeOptions, start_node
from interfaces.outbound.evm.transactions import (
    FeePolicy,
    Fees,
    Nonces,
    Outcome,
    SignedTransaction,
    Transaction,
)
from tests.interfaces.outbound.evm.proxy import (
    Action,
    ScriptedProxy,
    answer,
    error,
    garbage,
    lose_answer,
    lose_request,
)
from tests.interfaces.outbound.evm.support import ETHER, Writer, private_key, wallet

pytestmark = pytest.mark.chain

GIGA = 10**9


@pytest.fixture
def still() -> Iterator[AnvilNode]:
    """A chain of its own whose blocks come only when a test asks."""
    with start_node(NodeOptions(block_seconds=None)) as node:
        yield node


@pytest.fixture
def proxy(still: AnvilNode) -> Iterator[ScriptedProxy]:
    with ScriptedProxy(still.url) as started:
        yield started


@pytest.fixture
def behind(still: AnvilNode, proxy: ScriptedProxy) -> Iterator[EvmGateway]:
    with EvmGateway(proxy.url, keys=private_key, timeout_seconds=5) as gateway:
        still.fund(gateway.address("stranger"), ETHER)
        yield gateway


def payment(gateway: EvmGateway, nonce: int, *, fees: Fees | None = None) -> SignedTransaction:
    return gateway.sign(
        "stranger",
        Transaction(
            chain_id=31337,
            nonce=nonce,
            to=wallet("payee"),
            data=b"",
            gas=21_000,
            fees=fees or Fees(max_fee=3 * GIGA, max_priority_fee=GIGA),
            value=1,
        ),
    )


def test_the_same_transaction_has_the_same_bytes_and_the_chains_hash(
    still: AnvilNode, behind: EvmGateway
) -> None:
    signed = payment(behind, 0)
    assert signed == payment(behind, 0)
    assert signed.transaction_hash == transaction_hash(signed.raw)
    assert behind.broadcast(signed.raw).outcome is Outcome.ACCEPTED
    still.mine(1)
    receipt = behind.receipt(signed.transaction_hash)
    assert receipt is not None
    assert receipt.transaction_hash == signed.transaction_hash
    assert receipt.gas_used == 21_000
    assert receipt.block_hash == behind.canonical_block_hash(receipt.block_number)


def test_sending_again_means_look(still: AnvilNode, behind: EvmGateway) -> None:
    signed = payment(behind, 0)
    assert behind.broadcast(signed.raw).outcome is Outcome.ACCEPTED
    assert behind.broadcast(signed.raw).outcome is Outcome.ALREADY_KNOWN
    assert behind.is_known(signed.transaction_hash)
    assert behind.nonce(behind.address("stranger")) == Nonces(latest=0, pending=1)
    still.mine(1)
    assert behind.broadcast(signed.raw).outcome is Outcome.NONCE_TOO_LOW
    assert behind.nonce(behind.address("stranger")) == Nonces(latest=1, pending=1)


@pytest.mark.capability("B4", part="look after a lost answer")
def test_a_lost_answer_is_ambiguous_and_the_chain_tells(
    still: AnvilNode, proxy: ScriptedProxy, behind: EvmGateway
) -> None:
    proxy.then("eth_sendRawTransaction", lose_request, lose_answer)
    signed = payment(behind, 0)
    with pytest.raises(ChainUnreachable):
        behind.broadcast(signed.raw)
    assert not behind.is_known(signed.transaction_hash)
    with pytest.raises(ChainUnreachable):
        behind.broadcast(signed.raw)
    assert behind.is_known(signed.transaction_hash)
    assert proxy.asked.count("eth_sendRawTransaction") == 2, "nobody repeats by himself"
    still.mine(1)
    assert behind.receipt(signed.transaction_hash) is not None


def test_a_replacement_must_offer_more(still: AnvilNode, behind: EvmGateway) -> None:
    fees = Fees(max_fee=3 * GIGA, max_priority_fee=GIGA)
    first = payment(behind, 0, fees=fees)
    behind.broadcast(first.raw)
    less = msgspec.structs.replace(fees, max_fee=fees.max_fee - 1)
    assert behind.broadcast(payment(behind, 0, fees=less).raw).outcome is Outcome.UNDERPRICED
    second = payment(behind, 0, fees=fees.raised(floor=fees))
    assert behind.broadcast(second.raw).outcome is Outcome.ACCEPTED
    still.mine(1)
    assert behind.receipt(second.transaction_hash) is not None
    assert behind.receipt(first.transaction_hash) is None


@pytest.mark.capability("B4", part="reorganisation seen")
def test_a_reorganised_transaction_is_mined_no_more(still: AnvilNode, behind: EvmGateway) -> None:
    signed = payment(behind, 0)
    behind.broadcast(signed.raw)
    still.mine(1)
    receipt = behind.receipt(signed.transaction_hash)
    assert receipt is not None
    still.reorganise(1)
    assert behind.receipt(signed.transaction_hash) is None
    assert behind.canonical_block_hash(receipt.block_number) != receipt.block_hash


def test_an_account_without_ether_is_refused(behind: EvmGateway) -> None:
    poor = behind.sign(
        "anchorer",
        Transaction(
            chain_id=31337,
            nonce=0,
            to=wallet("payee"),
            data=b"",
            gas=21_000,
            fees=Fees(max_fee=3 * GIGA, max_priority_fee=GIGA),
        ),
    )
    assert behind.balance(behind.address("anchorer")) == 0
    with pytest.raises(ChainRefused, match=r"(?i)insufficient funds"):
        behind.broadcast(poor.raw)


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        (error("already known"), Outcome.ALREADY_KNOWN),
        (error("nonce too low: next nonce 5, tx nonce 4"), Outcome.NONCE_TOO_LOW),
        (error("replacement transaction underpriced"), Outcome.UNDERPRICED),
    ],
)
def test_the_words_of_other_nodes_are_known(
    proxy: ScriptedProxy, behind: EvmGateway, action: Action, outcome: Outcome
) -> None:
    proxy.then("eth_sendRawTransaction", action)
    assert behind.broadcast(payment(behind, 0).raw).outcome is outcome


def test_no_sense_is_no_answer(proxy: ScriptedProxy, behind: EvmGateway) -> None:
    proxy.then("eth_blockNumber", garbage, lose_request, answer({"no": "number"}))
    for _ in range(3):
        with pytest.raises(ChainUnreachable, match="eth_blockNumber"):
            behind.block_number()
    assert behind.block_number() == 0


def test_the_secret_of_a_hosted_node_stays_out_of_errors() -> None:
    url = "http://127.0.0.1:1/v2/s3cret"
    with EvmGateway(url, keys=private_key) as gateway, pytest.raises(ChainUnreachable) as caught:
        gateway.chain_id()
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_node_that_does_not_answer_in_time_is_unreachable(
    proxy: ScriptedProxy, still: AnvilNode
) -> None:
    def dawdle(_: object) -> None:
        time.sleep(0.5)

    proxy.then("eth_chainId", dawdle)
    with (
        EvmGateway(proxy.url, keys=private_key, timeout_seconds=0.1) as hasty,
        pytest.raises(ChainUnreachable, match="Timeout"),
    ):
        hasty.chain_id()
    assert still.running


def test_fees_stay_below_the_cap(still: AnvilNode, behind: EvmGateway) -> None:
    fees = behind.fees()
    assert 0 < fees.max_priority_fee <= fees.max_fee <= FeePolicy().cap
    low = FeePolicy(cap=10, tip_cap=5)
    with (
        EvmGateway(still.url, keys=private_key, policy=low) as thrifty,
        pytest.raises(FeesAboveCap) as caught,
    ):
        thrifty.fees()
    assert caught.value.cap == 10
    assert caught.value.needed > 10


def test_blocks_are_found_by_height_and_tag(still: AnvilNode, behind: EvmGateway) -> None:
    still.mine(3)
    newest = behind.block("latest")
    assert newest is not None
    assert newest.number == behind.block_number() == 3
    before = behind.block(2)
    assert before is not None
    assert newest.parent_hash == before.block_hash
    assert behind.canonical_block_hash(4) is None
    assert behind.chain_id() == 31337


def test_calls_give_numbers_as_numbers_and_refusals_by_name(writer: Writer) -> None:
    owner = writer.address("registry_owner")
    creation = PlannedCall(contract="SettlementAgent", arguments=(owner,))
    created = writer.result("stranger", creation)["address"]
    ask = PlannedCall(contract="SettlementAgent", function="owner", target=created)
    assert writer.gateway.call(ask) == (owner,)
    rename = PlannedCall(
        contract="SettlementAgent",
        function="setOperator",
        target=created,
        arguments=(wallet("operator"), True),
    )
    with pytest.raises(ChainRefused) as caught:
        writer.gateway.estimate_gas(rename, sender=writer.address("stranger"))
    assert caught.value.reason == "OwnableUnauthorizedAccount"
    assert caught.value.data == {"account": writer.address("stranger")}

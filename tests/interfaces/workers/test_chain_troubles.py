"""What happens to writes on a chain that drops, reorders, takes back, and lies (B4)."""

import time
from collections.abc import Iterator

import msgspec
import pytest

from domain.chainwrite import commands, events
from domain.kernel.refusal import Refusal
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import FeePolicy, Transaction
from interfaces.workers import chaintroubles as troubles
from interfaces.workers.chainhead import WrongChain
from interfaces.workers.chainstates import CLOSED_SECONDS
from interfaces.workers.gateway import Sender
from tests.interfaces.outbound.evm.proxy import ScriptedProxy, answer
from tests.interfaces.workers.chainyard import OWNER, STRANGER, Yard, fixture_yard, private_key

pytestmark = [pytest.mark.chain, pytest.mark.capability("B4")]
__all__ = ["fixture_yard"]

GWEI = 10**9


@pytest.fixture(name="proxy")
def fixture_proxy(yard: Yard) -> Iterator[ScriptedProxy]:
    """A second endpoint of the same node that a test can let lie."""
    with ScriptedProxy(yard.node.url) as proxy:
        gateway = EvmGateway(proxy.url, keys=private_key)
        yard.others = [gateway]
        yard.restart()
        yield proxy
        gateway.close()


def pricey(yard: Yard) -> None:
    """Make the next block too dear for what was offered at the beginning."""
    yard.node.request("anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))


def test_many_nonces_of_a_key_are_on_their_way_at_once(yard: Yard) -> None:
    target = yard.registry()
    for number in range(10):
        yard.plan(f"log{number}", target=target)
    yard.step()
    assert {yard.state(f"log{number}") for number in range(10)} == {"BROADCAST"}
    yard.node.mine(1)
    yard.step()
    assert len({yard.write(f"log{number}").block for number in range(10)}) == 1
    yard.work()
    assert yard.sent() == 11


def test_a_write_that_nobody_takes_offers_more_for_the_same_nonce(yard: Yard) -> None:
    target = yard.registry()
    yard.plan("log", target=target)
    yard.step()
    for _ in range(6):
        pricey(yard)
        yard.node.mine(1)
        yard.step()
    bumps = [each.fact for each in yard.log.events if isinstance(each.fact, events.FeeBumped)]
    assert bumps
    first, *more = yard.raws.of("log")
    assert {raw.nonce for raw in (first, *more)} == {1}
    for last, following in zip([first, *more], more, strict=False):
        assert following.max_fee_per_gas * 10 >= last.max_fee_per_gas * 11
        assert following.max_priority_fee_per_gas * 10 >= last.max_priority_fee_per_gas * 11
    yard.work()
    assert yard.state("log") == "CONFIRMED"
    assert yard.sent() == 2


def test_the_first_transaction_of_a_nonce_may_win_after_a_bump(yard: Yard) -> None:
    target = yard.registry()
    own = yard.gateway
    with (
        ScriptedProxy(yard.node.url) as proxy,
        EvmGateway(proxy.url, keys=private_key) as yard.gateway,
    ):
        yard.restart()
        yard.plan("log", target=target)
        yard.step()
        first = yard.raws.of("log")[0]
        proxy.then("eth_sendRawTransaction", *[answer("0x00")] * 20)
        for _ in range(5):
            pricey(yard)
            yard.node.mine(1)
            yard.step()
        assert len(yard.raws.of("log")) > 1
        yard.node.request("anvil_setNextBlockBaseFeePerGas", hex(1))
        yard.node.mine(1)
        own.broadcast(first.raw)
        yard.node.mine(1)
        yard.work()
    yard.gateway = own
    assert yard.write("log").transaction == first.transaction
    assert yard.state("log") == "CONFIRMED"
    assert yard.sent() == 2


def test_at_the_cap_a_write_stays_and_somebody_is_told(yard: Yard) -> None:
    target = yard.registry()
    with EvmGateway(yard.node.url, keys=private_key, policy=FeePolicy(cap=5 * GWEI)) as capped:
        own, yard.gateway = yard.gateway, capped
        yard.restart()
        yard.plan("log", target=target)
        yard.step()
        for _ in range(6):
            pricey(yard)
            yard.node.mine(1)
            yard.step()
        assert yard.troubles.holds(troubles.AT_CAP, OWNER)
        assert yard.state("log") == "BROADCAST"
        yard.plan("another", target=target)
        yard.step()
        assert yard.state("another") == "PLANNED"
        yard.node.request("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        yard.node.mine(1)
        yard.work()
        assert not yard.troubles.holds(troubles.AT_CAP)
        yard.gateway = own
    assert yard.sent() == 3


def test_what_the_node_dropped_is_sent_again(yard: Yard) -> None:
    target = yard.registry()
    for number in range(3):
        yard.plan(f"log{number}", target=target)
    yard.step()
    yard.node.request("anvil_dropAllTransactions")
    assert not yard.gateway.is_known(yard.write("log0").transaction or "")
    yard.node.mine(1)
    yard.work()
    assert yard.sent() == 4


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_what_was_confirmed_is_taken_back_and_restored(yard: Yard, depth: int) -> None:
    target = yard.registry()
    yard.node.mine(10)
    yard.plan("log", target=target)
    yard.work()
    yard.node.mine(max(0, depth - 4))
    yard.step()
    confirmed = yard.write("log")
    head = yard.gateway.block_number()
    assert confirmed.block is not None
    yard.node.reorganise(head - confirmed.block + depth)
    yard.step()
    assert yard.count(events.ChainWriteRetracted) == 1
    yard.work()
    assert yard.state("log") == "CONFIRMED"
    assert yard.count(events.ChainWriteConfirmed) == 2, "the registry and the log, once each"
    assert yard.count(events.ChainWriteRestored) == 1
    assert yard.gateway.canonical_block_hash(yard.write("log").block or 0) == (
        yard.write("log").block_hash
    )
    assert yard.sent() == 2


def test_a_restarted_worker_takes_back_too(yard: Yard) -> None:
    target = yard.registry()
    yard.node.mine(5)
    yard.plan("log", target=target)
    yard.work()
    yard.node.reorganise(4)
    yard.restart()
    yard.rounds(4)
    yard.work()
    assert yard.count(events.ChainWriteRetracted) == 1
    assert yard.count(events.ChainWriteRestored) == 1
    assert yard.sent() == 2


def test_beyond_the_horizon_nobody_looks(yard: Yard) -> None:
    yard.registry()
    yard.node.mine(70)
    yard.step()
    yard.node.reorganise(71)
    yard.step()
    assert yard.count(events.ChainWriteRetracted) == 0


def test_a_failed_write_is_tried_again_on_request_with_a_nonce_of_its_own(yard: Yard) -> None:
    target = yard.registry()
    yard.plan("log", signer=STRANGER, target=target)
    yard.work()
    assert yard.state("log") == "FAILED"
    call = PlannedCall(
        contract="AnchorRegistry",
        function="transferOwnership",
        arguments=(yard.gateway.address(STRANGER),),
        target=target,
    )
    _send(yard, OWNER, call)
    accept = PlannedCall(contract="AnchorRegistry", function="acceptOwnership", target=target)
    _send(yard, STRANGER, accept)
    retry = commands.RetryChainWrite(write="log")
    assert not isinstance(Sender(yard.gate, "test").tell(retry, "retry"), Refusal)
    time.sleep(CLOSED_SECONDS)
    yard.work()
    assert yard.state("log") == "CONFIRMED"
    assert isinstance(Sender(yard.gate, "test").tell(retry, "again"), Refusal)


def _send(yard: Yard, purpose: str, call: PlannedCall) -> None:
    sender = yard.gateway.address(purpose)
    transaction = Transaction(
        chain_id=yard.gateway.chain_id(),
        nonce=yard.gateway.nonce(sender).latest,
        to=call.target,
        data=yard.gateway.calldata(call),
        gas=100_000,
        fees=yard.gateway.fees(),
    )
    yard.gateway.broadcast(yard.gateway.sign(purpose, transaction).raw)
    yard.node.mine(1)


def test_a_second_endpoint_that_denies_a_block_stops_the_confirmation(
    yard: Yard, proxy: ScriptedProxy
) -> None:
    yard.plan("registry")
    yard.rounds(1)
    yard.step()
    proxy.then("eth_getTransactionReceipt", *[answer(None)] * 3)
    yard.node.mine(3)
    yard.step()
    assert yard.state("registry") == "MINED"
    assert yard.troubles.holds(troubles.DISAGREE)
    yard.work()
    assert yard.state("registry") == "CONFIRMED"
    assert not yard.troubles.holds(troubles.DISAGREE)


def test_a_second_endpoint_that_lags_is_waited_for(yard: Yard, proxy: ScriptedProxy) -> None:
    yard.plan("registry")
    yard.rounds(1)
    yard.step()
    proxy.then("eth_getTransactionReceipt", *[answer(None)] * 2)
    proxy.then("eth_blockNumber", *[answer("0x0")] * 2)
    yard.node.mine(3)
    yard.step()
    assert yard.state("registry") == "MINED"
    assert yard.troubles.holds(troubles.BEHIND)
    assert not yard.troubles.holds(troubles.DISAGREE)
    yard.work()
    assert yard.state("registry") == "CONFIRMED"


def test_one_endpoint_alone_takes_nothing_back(yard: Yard, proxy: ScriptedProxy) -> None:
    yard.registry()
    block, block_hash = yard.write("registry").block or 0, yard.write("registry").block_hash
    other = yard.node.request("eth_getBlockByNumber", hex(block), False)
    assert isinstance(other, dict)
    proxy.then("eth_getBlockByNumber", answer({**other, "hash": block_hash}))
    yard.node.reorganise(yard.gateway.block_number() - block + 1)
    yard.step()
    assert yard.count(events.ChainWriteRetracted) == 0
    assert yard.troubles.holds(troubles.DISAGREE)
    yard.step()
    assert yard.count(events.ChainWriteRetracted) == 1


def test_an_endpoint_that_lags_takes_nothing_back(yard: Yard) -> None:
    """Its newest block lies before those that the log relies on: what it lacks proves nothing."""
    yard.registry()
    old = yard.node.request("eth_getBlockByNumber", "0x0", False)
    with (
        ScriptedProxy(yard.node.url) as proxy,
        EvmGateway(proxy.url, keys=private_key) as lagging,
    ):
        own, yard.gateway = yard.gateway, lagging
        yard.restart()
        proxy.then("eth_getBlockByNumber", *[answer(old)] * 2)
        yard.step()
        assert yard.troubles.holds(troubles.SHORTER)
        yard.step()
        yard.step()
        assert not yard.troubles.holds(troubles.SHORTER)
        yard.gateway = own
    assert yard.count(events.ChainWriteRetracted) == 0


def test_on_another_chain_nothing_is_signed_or_recorded(yard: Yard) -> None:
    target = yard.registry()
    with ScriptedProxy(yard.node.url) as proxy:
        own = yard.gateway
        with EvmGateway(proxy.url, keys=private_key) as yard.gateway:
            yard.restart()
            yard.plan("log", target=target)
            before = len(yard.log.events)
            proxy.then("eth_chainId", *[answer("0x1")] * 2)
            for _ in range(2):
                with pytest.raises(WrongChain):
                    yard.step()
            assert yard.troubles.holds(troubles.WRONG_CHAIN)
            assert len(yard.log.events) == before
            assert "eth_sendRawTransaction" not in proxy.asked
            yard.work()
        yard.gateway = own
    assert not yard.troubles.holds(troubles.WRONG_CHAIN)
    assert yard.sent() == 2


def test_a_worker_that_may_not_sign_only_waits(yard: Yard) -> None:
    yard.plan("registry")
    yard.raws.held = False
    yard.step()
    assert yard.state("registry") == "PLANNED"
    yard.raws.held = True
    yard.work()
    assert yard.state("registry") == "CONFIRMED"


def test_a_key_that_runs_dry_is_told_of_before_it_is_empty(yard: Yard) -> None:
    yard.rules = msgspec.structs.replace(yard.rules, key_low_wei=10**21, balance_seconds=0.0)
    yard.restart()
    yard.registry()
    yard.step()
    assert yard.troubles.holds(troubles.KEY_LOW, OWNER)
    (finding,) = yard.troubles.look()
    assert str(10**21) in finding.text
    yard.node.fund(yard.gateway.address(OWNER), 2 * 10**21)
    yard.step()
    assert not yard.troubles.look()

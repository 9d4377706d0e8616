"""Somebody else has a key of ours: who took a nonce, and when ours is given up (B4)."""

import msgspec
import pytest

from domain.chainwrite import events
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import Fees, Transaction
from interfaces.workers import chaintroubles as troubles
from tests.interfaces.outbound.evm.proxy import ScriptedProxy, error
from tests.interfaces.workers.chainyard import OWNER, STRANGER, Yard, fixture_yard, private_key

pytestmark = [pytest.mark.chain, pytest.mark.capability("B4")]
__all__ = ["fixture_yard"]

GWEI = 10**9
HORIZON = 8


def squat(yard: Yard, nonce: int) -> str:
    """Use a nonce with our key, as somebody would who stole it."""
    transaction = Transaction(
        chain_id=yard.gateway.chain_id(),
        nonce=nonce,
        to=yard.gateway.address(STRANGER),
        data=b"",
        gas=21_000,
        fees=Fees(max_fee=400 * GWEI, max_priority_fee=40 * GWEI),
        value=1,
    )
    signed = yard.gateway.sign(OWNER, transaction)
    yard.gateway.broadcast(signed.raw)
    return signed.transaction_hash


def robbed(yard: Yard) -> str:
    """Let somebody take the nonce of a write that is on its way; tell the transaction's hash."""
    yard.rules = msgspec.structs.replace(yard.rules, horizon=HORIZON)
    yard.restart()
    target = yard.registry()
    yard.node.mine(10)
    yard.plan("log", target=target)
    yard.step()
    stolen = squat(yard, 1)
    yard.node.mine(1)
    return stolen


def given_up(yard: Yard) -> events.ChainWriteReplaced:
    """Tell of the one nonce that was given up."""
    facts = (each.fact for each in yard.log.events)
    (found,) = (each for each in facts if isinstance(each, events.ChainWriteReplaced))
    return found


def test_a_stranger_with_our_key_costs_a_nonce_and_nothing_else(yard: Yard) -> None:
    """The nonce is given up when no block of the stranger can go any more; the event names it."""
    stolen = robbed(yard)
    yard.rounds(HORIZON - 1)
    assert yard.troubles.holds(troubles.NONCE_TAKEN, OWNER)
    assert yard.state("log") == "BROADCAST", "not before the stranger's block is deep enough"
    yard.work()
    assert (given_up(yard).nonce, given_up(yard).stranger) == (1, stolen)
    assert yard.write("log").nonce == 2
    assert yard.state("log") == "CONFIRMED"
    assert yard.sent() == 3


def test_a_restarted_worker_knows_how_deep_the_stranger_lies(yard: Yard) -> None:
    """Nothing of it is kept: the chain says which transaction has the nonce, and in which block."""
    stolen = robbed(yard)
    yard.rounds(2)
    yard.node.mine(HORIZON)
    yard.restart()
    yard.rounds(1)
    assert given_up(yard).stranger == stolen


def test_a_stranger_that_no_node_can_tell_is_left_out(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the blocks since the nonce was missed are counted."""
    monkeypatch.setattr(EvmGateway, "user_of", lambda *_: None)
    robbed(yard)
    yard.node.mine(HORIZON)
    yard.rounds(HORIZON - 1)
    assert yard.count(events.ChainWriteReplaced) == 0
    yard.work()
    assert given_up(yard).stranger is None
    assert yard.state("log") == "CONFIRMED"


@pytest.mark.parametrize("depth", [2, HORIZON - 1])
def test_ours_comes_back_deeper_than_the_confirmations_and_counts_once(
    yard: Yard, depth: int
) -> None:
    """The stranger's block goes away, ours takes its place: it never had a second nonce."""
    robbed(yard)
    yard.rounds(depth - 1)
    ours = yard.raws.kept["log"].raw
    yard.node.request("anvil_reorg", depth, [["0x" + ours.hex(), 0]])
    yard.work()
    assert yard.count(events.ChainWriteReplaced) == 0
    assert (yard.state("log"), yard.write("log").nonce) == ("CONFIRMED", 1)
    assert len(yard.raws.of("log")) == 1
    assert yard.sent() == 2


def test_which_transaction_used_a_nonce_is_found_wherever_it_lies(yard: Yard) -> None:
    hashes = []
    for nonce in range(6):
        hashes.append(squat(yard, nonce))
        yard.node.mine(nonce % 3 * 7)
    yard.node.mine(1)
    owner = yard.gateway.address(OWNER)
    found = [yard.gateway.user_of(owner, nonce) for nonce in range(7)]
    assert [None if each is None else each.transaction_hash for each in found] == [*hashes, None]
    receipts = [yard.gateway.receipt(each) for each in hashes]
    assert [each.block_number for each in found if each] == [
        each.block_number for each in receipts if each
    ]


def test_a_node_that_forgot_old_states_tells_no_user(yard: Yard) -> None:
    yard.registry()
    yard.node.mine(5)
    owner = yard.gateway.address(OWNER)
    with ScriptedProxy(yard.node.url) as proxy, EvmGateway(proxy.url, keys=private_key) as node:
        proxy.then("eth_getTransactionCount", error("missing trie node"))
        assert node.user_of(owner, 0) is None
        assert node.user_of(owner, 0) is not None


def test_a_stranger_whose_block_goes_away_loses_the_nonce_again(yard: Yard) -> None:
    target = yard.registry()
    yard.plan("log", target=target)
    yard.step()
    squat(yard, 1)
    yard.node.mine(1)
    yard.step()
    yard.node.reorganise(1)
    assert yard.sent() == 1
    yard.gateway.broadcast(yard.raws.kept["log"].raw)
    yard.work()
    assert yard.count(events.ChainWriteReplaced) == 0
    assert yard.sent() == 2


@pytest.mark.parametrize("pipeline", [64, 1])
def test_a_nonce_that_a_stranger_lost_again_is_used_up(yard: Yard, pipeline: int) -> None:
    """Nobody of ours has it, and ours behind it would wait for ever: a question without effect."""
    yard.rules = msgspec.structs.replace(yard.rules, pipeline=pipeline)
    yard.restart()
    target = yard.registry()
    yard.node.mine(10)
    squat(yard, 1)
    yard.node.mine(1)
    yard.plan("log", target=target)
    yard.step()
    assert yard.write("log").nonce == 2
    yard.node.reorganise(1)
    yard.work()
    owner = yard.gateway.address(OWNER)
    assert (yard.state("log"), yard.write("log").nonce) == ("CONFIRMED", 2)
    filler = yard.write(f"gap/{owner}/1/3")
    assert (filler.state, filler.nonce) == ("CONFIRMED", 1)
    assert yard.sent() == 3


def test_what_waits_for_a_nonce_takes_the_one_that_nobody_has(yard: Yard) -> None:
    target = yard.registry()
    yard.node.mine(10)
    squat(yard, 1)
    yard.node.mine(1)
    yard.plan("log", target=target)
    yard.step()
    yard.node.reorganise(1)
    yard.rounds(yard.rules.bump_blocks)
    yard.plan("another", target=target)
    yard.work()
    nonces = {yard.write(name).nonce for name in ("log", "another")}
    assert nonces <= {1, 2, 3}
    assert {yard.state(name) for name in ("log", "another")} == {"CONFIRMED"}
    assert yard.sent() == 4, "the registry, both, and the filler"

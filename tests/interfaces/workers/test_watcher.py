"""The watch over a real chain: every event once, whatever dies, and taken back when it is gone."""

import hashlib
from collections.abc import Iterator

import pytest

from domain.chainfact.events import ChainFactRetracted
from domain.chainwatch.events import ChainReorganised
from interfaces.outbound.evm.errors import ChainUnreachable
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.node import NodeOptions, start_node
from interfaces.outbound.postgres.chainwatch import SeenBlock
from interfaces.telemetry.metrics import CHAIN_EVENTS
from interfaces.workers.watcher import ChainBehind, ChainMoved
from tests.interfaces.workers.lookout import (
    CONFIRMATIONS,
    OWNER,
    Lookout,
    Restless,
    Shorter,
    Sparse,
    private_key,
)
from tests.interfaces.workers.watchmemory import Memory

pytestmark = [pytest.mark.chain, pytest.mark.capability("FX10", part="watcher")]


@pytest.fixture
def lookout() -> Iterator[Lookout]:
    """Start a node for one test: a fraction of a second."""
    options = NodeOptions(block_seconds=None)
    with start_node(options) as node, EvmGateway(node.url, keys=private_key) as gateway:
        node.fund(gateway.address(OWNER), 10**21)
        made = Lookout(node, gateway)
        yield made
        made.chain.close()


def test_what_a_stranger_does_is_on_the_log_once_and_what_we_do_is_only_counted(
    lookout: Lookout,
) -> None:
    """The registry's own creation and one registration are ours, the other is not."""
    target = lookout.registry()
    ours = lookout.register(target, "ours")
    lookout.own(ours, "register/ours")
    theirs = lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS)
    counted = CHAIN_EVENTS.labels("AnchorRegistry", "Registered", "own")._value.get()
    lookout.watch()
    lookout.restart()
    lookout.watch()
    (fact,) = lookout.observed()
    assert fact.transaction == theirs.transaction_hash
    assert (fact.kind, fact.event, fact.contract) == ("AnchorRegistry", "Registered", target)
    assert fact.arguments == {
        "log": "0x" + hashlib.sha256(b"theirs").hexdigest(),
        "anchorer": lookout.gateway.address(OWNER),
    }
    assert fact.token == f"token-at-{target}"
    own = CHAIN_EVENTS.labels("AnchorRegistry", "Registered", "own")._value.get()
    assert own == counted + 1


def test_a_row_beside_the_log_is_no_proof_that_a_write_is_ours(lookout: Lookout) -> None:
    """Whoever can write our tables, but not the log, does not hide behind them."""
    target = lookout.registry()
    theirs = lookout.register(target, "theirs")
    lookout.own(theirs, "register/made-up", on_log=False)
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    assert [fact.transaction for fact in lookout.observed()] == [theirs.transaction_hash]


def test_only_blocks_that_are_deep_enough_are_read(lookout: Lookout) -> None:
    target = lookout.registry()
    lookout.node.mine(CONFIRMATIONS)
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS - 1)
    lookout.watch()
    assert lookout.observed() == []
    lookout.node.mine(1)
    lookout.watch()
    assert len(lookout.observed()) == 1


@pytest.mark.parametrize("heard", [True, False], ids=["lost on the way there", "on the way back"])
def test_a_watch_that_dies_between_fact_and_place_tells_it_once(
    lookout: Lookout, *, heard: bool
) -> None:
    target = lookout.registry()
    for name in ("one", "two"):
        lookout.register(target, name)
    lookout.node.mine(CONFIRMATIONS)
    lookout.gate.lost, lookout.gate.unheard = heard, not heard
    lookout.watch()
    assert len(lookout.observed()) == 2
    assert not lookout.gate.lost | lookout.gate.unheard
    assert lookout.memory.last() == SeenBlock(
        lookout.gateway.block_number() - CONFIRMATIONS + 1, lookout.memory.blocks()[0].block_hash
    )


def test_a_watch_that_forgot_everything_finds_the_same_facts_again(lookout: Lookout) -> None:
    """Its tables are a memory, not a source."""
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    before = len(lookout.log.events)
    own = lookout.memory.own
    lookout.memory = Memory()
    lookout.memory.own = own
    lookout.restart()
    lookout.watch()
    assert len(lookout.log.events) == before


def test_a_reorganisation_of_what_is_not_deep_enough_is_never_seen(lookout: Lookout) -> None:
    target = lookout.registry()
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS - 1)
    lookout.node.reorganise(CONFIRMATIONS - 1)
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    assert lookout.facts(ChainReorganised) == lookout.facts(ChainFactRetracted) == []
    assert len(lookout.observed()) <= 1


def test_a_deeper_reorganisation_takes_facts_back_and_reads_on(lookout: Lookout) -> None:
    """The fact's block is gone; the same transaction is mined again in another one."""
    target = lookout.registry()
    lookout.node.mine(CONFIRMATIONS)
    theirs = lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS + 1)
    lookout.watch()
    (first,) = lookout.observed()
    lookout.node.reorganise(CONFIRMATIONS + 2)
    assert lookout.gateway.receipt(theirs.transaction_hash) is None
    lookout.node.mine(1)
    lookout.watch()
    (gone,) = lookout.facts(ChainReorganised)
    assert isinstance(gone, ChainReorganised)
    assert (gone.depth, gone.retracted) == (gone.block - gone.fork_block, 1)
    assert gone.fork_block < first.block
    (retracted,) = lookout.facts(ChainFactRetracted)
    assert isinstance(retracted, ChainFactRetracted)
    assert retracted.block_hash == first.block_hash
    lookout.gateway.broadcast(theirs.raw)
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    again = lookout.observed()[-1]
    assert again.transaction == theirs.transaction_hash
    assert again.block_hash != first.block_hash
    assert len(lookout.observed()) == 2


def test_a_chain_that_forgot_our_contracts_is_read_from_the_beginning(lookout: Lookout) -> None:
    """Every block that was remembered is gone; what was observed in them is retracted."""
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    assert len(lookout.observed()) == 1
    lookout.node.reorganise(lookout.gateway.block_number())
    lookout.node.mine(1)
    lookout.watch()
    assert len(lookout.facts(ChainFactRetracted)) == 1
    assert lookout.memory.last() is not None


@pytest.mark.parametrize("unheard", [True, False])
def test_a_watch_that_dies_while_it_goes_back_retracts_once(
    lookout: Lookout, *, unheard: bool
) -> None:
    target = lookout.registry()
    lookout.node.mine(CONFIRMATIONS)
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS + 1)
    lookout.watch()
    lookout.node.reorganise(CONFIRMATIONS + 2)
    lookout.node.mine(1)
    lookout.gate.unheard, lookout.gate.lost = unheard, not unheard
    lookout.watch()
    assert len(lookout.facts(ChainFactRetracted)) == 1
    assert len(lookout.facts(ChainReorganised)) == 1


def test_a_node_that_lags_is_waited_for_and_takes_nothing_back(lookout: Lookout) -> None:
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(2 * CONFIRMATIONS)
    lookout.watch()
    lookout.restart(Shorter(lookout.chain, by=CONFIRMATIONS + 1))
    with pytest.raises(ChainBehind):
        lookout.watcher.step()
    assert lookout.facts(ChainFactRetracted) == []
    lookout.restart()
    lookout.watch()
    assert len(lookout.observed()) == 1


def test_a_range_that_moves_while_it_is_read_is_read_again(lookout: Lookout) -> None:
    """Nothing of it is told: events and blocks must be of one chain."""
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS)
    safe = lookout.gateway.block_number() - CONFIRMATIONS + 1
    lookout.restart(Restless(lookout.chain, safe))
    with pytest.raises(ChainMoved):
        lookout.watch()
    assert lookout.observed() == []
    lookout.restart()
    lookout.watch()
    assert len(lookout.observed()) == 1


def test_another_chain_is_not_read(lookout: Lookout) -> None:
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS)
    lookout.node.request("anvil_setChainId", 4711)
    with pytest.raises(ChainUnreachable, match="4711"):
        lookout.watcher.step()
    assert lookout.observed() == []


def test_a_node_that_answers_for_few_blocks_is_asked_for_fewer(lookout: Lookout) -> None:
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(150)
    lookout.restart(Sparse(lookout.chain, 7))
    lookout.watch()
    assert len(lookout.observed()) == 1
    last = lookout.memory.last()
    assert last is not None
    assert last.number == lookout.gateway.block_number() - CONFIRMATIONS + 1


def test_a_contract_that_the_log_hears_of_late_is_read_from_its_first_block(
    lookout: Lookout,
) -> None:
    first = lookout.registry()
    second = lookout.registry()
    late = lookout.roots.pop()
    lookout.register(second, "theirs")
    lookout.node.mine(5)
    lookout.watch()
    assert lookout.observed() == []
    lookout.roots.append(late)
    lookout.watch()
    assert [fact.contract for fact in lookout.observed()] == [second]
    assert {each.address for each in lookout.memory.contracts()} == {first, second}

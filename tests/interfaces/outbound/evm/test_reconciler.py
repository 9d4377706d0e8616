"""Books and a real token side by side: what agrees, what breaks, what is on its way."""

import msgspec
import pytest

from domain.reconciliation.compare import Break, BreakKind
from domain.reconciliation.events import ReconciliationRequested
from domain.token import events
from interfaces.outbound.evm.node import AnvilNode
from interfaces.outbound.evm.tokens import (
    Delivery,
    settle_call,
)
from interfaces.outbound.postgres.chainwatch import SeenBlock
from interfaces.workers.reconciler import Moment, Reconciler
from interfaces.workers.watcher import ChainMoved
from tests.interfaces.outbound.evm.reconciling import (
    AMOUNT,
    BUYER,
    NAME,
    ORIGIN,
    SELLER,
    STRANGER,
    Chain,
    Table,
)
from tests.interfaces.outbound.evm.support import Platform, Writer

pytestmark = [pytest.mark.chain, pytest.mark.capability("FX10", part="reconciliation")]


@pytest.fixture(scope="module")
def chain(anvil: AnvilNode, platform: Platform, writer: Writer) -> Chain:
    """Deploy one suite for all tests of this file; each leaves the chain as it was."""
    return Chain(platform, writer, anvil.url)


@pytest.fixture
def table(chain: Chain) -> Table:
    """Open the books anew."""
    return Table(chain)


def wallet_break(kind: BreakKind, holder: str | None, book: str, seen: str) -> Break:
    """Name a break of a wallet."""
    wallets = {"listing": SELLER, "brunel": BUYER, None: STRANGER}
    return Break(kind=kind, book=book, chain=seen, wallet=wallets[holder], holder=holder)


def test_the_watch_finds_a_whole_suite_by_its_factorys_event(chain: Chain) -> None:
    wanted = {"Token", "IdentityRegistry", "ModularCompliance", "IdentityRegistryStorage"}
    wanted |= {"TrustedIssuersRegistry", "ClaimTopicsRegistry", "TREXFactory"}
    assert chain.suite.keys() >= wanted
    chain.watch()
    assert chain.memory.wallets(chain.token) >= {SELLER}


def test_equal_sides_agree_and_the_statement_says_of_what_and_when(table: Table) -> None:
    said = table.stated()
    assert (said.result, said.breaks) == ("agrees", ())
    assert (said.log, said.token, said.contract) == (ORIGIN, NAME, table.chain.token)
    assert said.block_hash == table.gateway.canonical_block_hash(said.block)
    assert said.position == table.log.head().position
    assert said.chain_value == table.log.read(said.position - 1, 1)[0].chain.hex()
    lines = {line.wallet: (line.holder, line.book_units, line.chain_units) for line in said.wallets}
    assert lines[SELLER] == ("listing", str(AMOUNT), str(AMOUNT))
    assert lines[BUYER] == ("brunel", "0", "0")


def test_two_statements_about_one_moment_are_one(table: Table) -> None:
    """A chain that stands still, books that do not move: the second answers as the first did."""
    block = table.gateway.block_number()
    assert table.stated(block) == table.stated(block)
    assert len(table.gate.data("reconciliation.state")) == 1


def test_a_mint_behind_our_back_breaks_supply_and_balance(table: Table) -> None:
    table.chain.act("mint", BUYER, "5")
    supply = Break(kind="supply", book=str(AMOUNT), chain=str(AMOUNT + 5))
    assert table.breaks() == [supply, wallet_break("balance", "brunel", "0", "5")]
    table.chain.act("burn", BUYER, "5")
    assert table.breaks() == []


def test_a_wallet_that_nobody_knows_is_found_by_what_the_chain_said(table: Table) -> None:
    """It was named by an event only; the books have no line for it."""
    table.chain.act("setAddressFrozen", STRANGER, True)
    assert table.breaks() == [wallet_break("wallet_frozen", None, "false", "true")]
    table.chain.act("setAddressFrozen", STRANGER, False)
    assert table.breaks() == []


def test_freezes_and_a_pause_behind_our_back_are_breaks(table: Table) -> None:
    table.chain.act("setAddressFrozen", BUYER, True)
    table.chain.act("freezePartialTokens", SELLER, "7")
    table.chain.act("pause")
    assert table.breaks() == [
        Break(kind="paused", book="false", chain="true"),
        *sorted(
            [
                wallet_break("wallet_frozen", "brunel", "false", "true"),
                wallet_break("units_frozen", "listing", "0", "7"),
            ],
            key=lambda each: str(each.wallet),
        ),
    ]
    table.chain.act("setAddressFrozen", BUYER, False)
    table.chain.act("unfreezePartialTokens", SELLER, "7")
    table.chain.act("unpause")
    assert table.breaks() == []


def test_a_burn_behind_our_back_and_one_that_never_came_are_breaks(table: Table) -> None:
    table.chain.act("burn", SELLER, "100")
    assert table.breaks() == [
        Break(kind="supply", book="1000", chain="900"),
        wallet_break("balance", "listing", "1000", "900"),
    ]
    burned = events.UnitsBurned(
        operation=1,
        write="burn_units/FXR-1/1/1",
        lines=(events.Line("listing", SELLER, 300),),
        supply=700,
        transaction="0x09",
    )
    table.write(burned)
    assert table.breaks() == [
        Break(kind="supply", book="700", chain="900"),
        wallet_break("balance", "listing", "700", "900"),
    ]
    table.chain.act("mint", SELLER, "100")


def test_what_the_chain_did_and_the_log_has_not_heard_of_is_in_transit(table: Table) -> None:
    """A delivery through the agent: before its block, in it, and once the books know."""
    write = f"transfer/{NAME}/T-1"
    wanted = events.TransferRequested(
        reference="T-1", sender="listing", receiver="brunel", units=200, write=write
    )
    table.write(wanted)
    assert (table.stated().result, table.stated().in_transit) == ("agrees", ())
    delivery = Delivery(
        token=table.chain.token, sender=SELLER, receiver=BUYER, amount=200, reference="7d" * 32
    )
    settle = settle_call(table.chain.settlement_agent, delivery)
    receipt = table.chain.writer.receipt("settlement_operator", settle)
    table.sent(write, receipt.transaction_hash)

    before = table.stated(receipt.block_number - 1)
    assert (before.result, before.in_transit) == ("agrees", ())
    during = table.stated()
    (moving,) = during.in_transit
    assert (moving.write, moving.transaction) == (write, receipt.transaction_hash)
    assert during.result == "agrees"
    table.write(
        events.TokenTransferred(
            reference="T-1",
            sender="listing",
            receiver="brunel",
            units=200,
            transaction=receipt.transaction_hash,
        )
    )
    after = table.stated()
    assert (after.result, after.in_transit) == ("agrees", ())
    assert msgspec.structs.replace(during.book, paused=False) == after.book
    back = events.TokenTransferred(
        reference="T-2", sender="brunel", receiver="listing", units=200, transaction="0x0a"
    )
    table.chain.act("forcedTransfer", BUYER, SELLER, "200")
    table.write(back)
    assert table.breaks() == []


def test_an_operation_in_transit_is_carried_like_a_move(table: Table) -> None:
    write = f"freeze_units/{NAME}/1/1"
    table.write(
        events.OperationRequested(
            operation=1,
            kind="freeze_units",
            reason="court order",
            chunk=50,
            writes=(write,),
            lines=(events.Line("listing", SELLER, 40),),
        )
    )
    receipt = table.chain.act("batchFreezePartialTokens", [SELLER], ["40"])
    table.sent(write, receipt.transaction_hash)
    said = table.stated()
    assert (said.result, [each.write for each in said.in_transit]) == ("agrees", [write])
    table.chain.act("unfreezePartialTokens", SELLER, "40")
    assert [each.kind for each in table.breaks()] == ["units_frozen"]


def test_a_schedule_states_news_and_otherwise_once_a_day(table: Table) -> None:
    """On demand the same values are stated again; the log is not filled with equal ones."""

    def passes(reconciler: Reconciler) -> int:
        before = len(table.gate.data("reconciliation.state"))
        reconciler.step(table.moment())
        return len(table.gate.data("reconciliation.state")) - before

    table.chain.watch()
    reconciler = table.restarted(seconds=0.0)
    assert passes(reconciler) == 1
    said = table.gate.data("reconciliation.state")[-1]
    table.row = msgspec.structs.replace(
        table.row, values_hash=str(said["values"]), stated_at=table.clock.at
    )
    assert passes(reconciler) == 0
    assert passes(table.restarted(seconds=0.0)) == 0
    table.clock.at = "2026-05-23T14:21:00.000000Z"
    assert passes(table.restarted(seconds=0.0)) == 1


def test_a_request_that_the_compared_books_do_not_hold_yet_waits(table: Table) -> None:
    table.chain.watch()
    head = table.log.head().position
    table.due = [msgspec.structs.replace(table.row, requested=head + 1)]
    reconciler = table.restarted()
    reconciler._next_pass = float("inf")
    reconciler.step(table.moment())
    assert table.gate.data("reconciliation.state") == []
    table.log.scribe.write(f"reconciliation:{NAME}", ReconciliationRequested(reason=""))
    reconciler.step(table.moment())
    assert len(table.gate.data("reconciliation.state")) == 1
    reconciler.step(table.moment())
    assert len(table.gate.data("reconciliation.state")) == 1


def test_a_block_that_is_replaced_while_it_is_read_gives_no_statement(table: Table) -> None:
    moment = table.moment()
    other = Moment(moment.position, SeenBlock(moment.block.number, "0x" + "ee" * 32))
    table.due = [table.row]
    with pytest.raises(ChainMoved):
        table.reconciler.step(other)
    assert table.gate.data("reconciliation.state") == []

"""A token's whole life on a real T-REX, planned by the house and carried out on a node."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from application.ports.gate import Accepted, Request
from domain.compliance.rulebook import INVESTOR_CLASS
from domain.invoice import commands as invoice
from domain.subject import commands as subject
from domain.token import commands as token
from domain.token import events
from interfaces.outbound.evm.tokens import token_call
from interfaces.workers.gateway import Sender
from interfaces.workers.timers import Due, TimerWorker
from projections.deadlines.project import VIEW as DEADLINES
from projections.view import Row
from tests.interfaces.outbound.evm.chainhouse import WHY, ChainHouse, Stage
from tests.interfaces.outbound.evm.support import wallet
from tests.projections.support import folded

pytestmark = pytest.mark.chain

FACE = 1_000_000
DeadlineState = tuple[str, str]


def line(name: str, units: int) -> tuple[token.Amount, ...]:
    return (token.Amount(name, units),)


def test_a_claim_is_there_while_its_fact_holds(stage: Stage) -> None:
    """A frozen subject's claims are void on chain within its writes; unfrozen, it gets others."""
    house, at = stage.house, stage.wallet("pennine")
    assert stage.reader().is_verified(at)
    house.act("priya", subject.FreezeSubject(subject="pennine"))
    assert not stage.reader().is_verified(at)
    assert not house.states["subject:pennine"].revoking
    house.system(subject.UnfreezeSubject(subject="pennine"))
    assert stage.reader().is_verified(at)
    numbers = sorted(house.states["subject:pennine"].claims)
    assert numbers == [3, 4]


class Now(msgspec.Struct, frozen=True):
    """The clock of a house."""

    house: ChainHouse

    def now(self) -> str:
        """Tell the instant."""
        return self.house.now


class Gate:
    """Lets the timer worker speak to a house."""

    def __init__(self, house: ChainHouse) -> None:
        self.house = house

    def dispatch(self, request: Request) -> Accepted:
        """Decide, and let everything follow."""
        added = self.house.send(request.actor, request.role, request.command, request.key)
        self.house.run()
        return Accepted(command=request.key, events=tuple(added), position=len(self.house.log))


def tick(house: ChainHouse) -> list[DeadlineState]:
    """Let the timer worker do what the view of deadlines says; tell how these stand then."""

    def rows() -> list[Row]:
        found = folded(DEADLINES, house.log).table("deadlines")
        return [row for row in found if row["kind"] == "lapse"]

    def due(at: str) -> list[Due]:
        open_rows = [row for row in rows() if row["state"] == "OPEN" and row["due_at"] <= at]
        return [Due(row["key"], row["kind"], row["target"], row["detail"]) for row in open_rows]

    TimerWorker(Sender(Gate(house), "timers"), clock=Now(house), deadlines=due).step()
    return [(row["key"], row["state"]) for row in rows()]


def test_a_claim_is_revoked_when_its_facts_time_is_over(stage: Stage) -> None:
    """Nobody acts: the deadline comes, the chain says no; known again, the chain says yes."""
    house, at, end = stage.house, stage.wallet("pennine"), "2026-05-29T00:00:00.000000Z"
    renewed = subject.RenewKyc(subject="pennine", evidence="passport", valid_until=end)
    house.act("priya", renewed)
    assert tick(house) == [("lapse/pennine/kyc", "OPEN")]
    assert stage.reader().is_verified(at)
    house.now = end
    assert tick(house) == [("lapse/pennine/kyc", "DONE")]
    assert not stage.reader().is_verified(at)
    assert not house.states["subject:pennine"].revoking
    house.act("priya", subject.RenewKyc(subject="pennine", evidence="passport 2"))
    assert stage.reader().is_verified(at)


def test_a_class_of_investors_is_claimed_and_changed(stage: Stage) -> None:
    house = stage.house
    for found in ("retail", "professional"):
        house.act(
            "priya",
            subject.ClassifySubject(subject="brunel", investor_class=found, evidence="file"),
        )
        claims = house.states["subject:brunel"].claims.values()
        assert [each.value for each in claims if each.topic == INVESTOR_CLASS] == [found]
        assert house.states["subject:brunel"].has_claim(INVESTOR_CLASS)
    assert not house.refused


def test_pause_and_resume(stage: Stage) -> None:
    stage.do(token.PauseToken)
    assert stage.reader().is_paused()
    assert stage.refused(token.PauseToken) == "token_paused"
    stage.do(token.ResumeToken)
    assert not stage.reader().is_paused()
    assert stage.refused(token.ResumeToken) == "token_not_paused"


def test_holders_are_entered_in_chunks_and_those_there_are_skipped(stage: Stage) -> None:
    names = ("pennine", "mersey", "brunel", "severn")
    stage.do(token.RegisterHolders, subjects=names, chunk=2)
    assert {*names, "listing"} == set(stage.state.registered)
    entered = stage.house.facts(events.HoldersEntered)
    assert [[each.subject for each in fact.lines] for fact in entered] == [
        ["mersey", "brunel"],
        ["severn"],
    ]
    assert all(stage.reader().is_verified(stage.wallet(name)) for name in names)
    before = len(stage.house.log)
    stage.do(token.RegisterHolders, subjects=names)
    assert len(stage.house.log) == before


def test_units_are_burned_and_minted_in_chunks_up_to_the_face(stage: Stage) -> None:
    stage.do(token.BurnUnits, lines=line("pennine", 300_000))
    assert stage.reader().total_supply() == stage.state.supply == 700_000
    lines = tuple(token.Amount(name, 100_000) for name in ("mersey", "brunel", "severn"))
    stage.do(token.MintUnits, lines=lines, chunk=2)
    assert len(stage.house.facts(events.UnitsMinted)) == 2
    assert stage.reader().total_supply() == stage.state.supply == FACE
    assert [stage.holds(name)[0] for name in ("pennine", "mersey", "severn")] == [
        700_000,
        100_000,
        100_000,
    ]
    assert stage.refused(token.MintUnits, lines=line("brunel", 1)) == "supply_above_terms"
    assert stage.refused(token.BurnUnits, lines=line("brunel", 100_001)) == "units_insufficient"


def test_wallets_are_frozen_and_freed_in_one_batch(stage: Stage) -> None:
    pair = ("mersey", "brunel")
    stage.do(token.FreezeWallets, subjects=pair)
    assert [stage.holds(name)[2] for name in (*pair, "severn")] == [True, True, False]
    assert stage.refused(token.FreezeWallets, subjects=("brunel",)) == "wallet_frozen"
    stage.do(token.UnfreezeWallets, subjects=pair)
    assert [stage.holds(name)[2] for name in pair] == [False, False]
    assert stage.refused(token.UnfreezeWallets, subjects=("brunel",)) == "wallet_not_frozen"


def test_a_part_is_frozen_and_freed_and_a_burn_takes_it_last(stage: Stage) -> None:
    stage.do(token.FreezeUnits, lines=line("mersey", 60_000))
    assert stage.holds("mersey") == (100_000, 60_000, False)
    assert stage.refused(token.FreezeUnits, lines=line("mersey", 40_001)) == "units_insufficient"
    assert stage.refused(token.BurnUnits, lines=line("mersey", 40_001)) == "units_insufficient"
    too_many = line("mersey", 60_001)
    assert stage.refused(token.UnfreezeUnits, lines=too_many) == "frozen_units_insufficient"
    stage.do(token.UnfreezeUnits, lines=line("mersey", 20_000))
    assert stage.holds("mersey") == (100_000, 40_000, False)


def test_a_lost_wallet_is_recovered_with_what_is_frozen_in_it(stage: Stage) -> None:
    house, lost = stage.house, stage.wallet("mersey")
    assert stage.refused(token.RecoverHolder, subject="mersey") == "nothing_to_recover"
    stage.do(token.FreezeWallets, subjects=("mersey",))
    fresh = wallet(f"{stage.token} fresh")
    house.act("adam", subject.ReplaceWallet(subject="mersey", address=fresh, reason="key lost"))
    assert not house.states["subject:mersey"].linking
    fund = invoice.FundInvoice(invoice=stage.number, discount_bps=240)
    assert house.refusal("mersey", fund).CODE == "wrong_state"
    stage.do(token.RecoverHolder, subject="mersey")
    assert stage.wallet("mersey") == fresh
    assert stage.holds("mersey") == (100_000, 40_000, True)
    assert stage.reader().balance_of(lost) == 0
    assert not stage.reader().is_verified(lost)
    assert stage.reader().is_verified(fresh)
    stage.do(token.UnfreezeWallets, subjects=("mersey",))


def test_a_wallet_without_units_is_replaced_as_well(stage: Stage) -> None:
    house, fresh = stage.house, wallet(f"{stage.token} severn")
    stage.do(token.BurnUnits, lines=line("severn", 100_000))
    replaced = subject.ReplaceWallet(subject="severn", address=fresh, reason="key lost")
    house.act("adam", replaced)
    stage.do(token.RecoverHolder, subject="severn")
    assert stage.reader().is_verified(fresh)
    stage.do(token.MintUnits, lines=line("severn", 100_000))
    assert stage.holds("severn") == (100_000, 0, False)


@pytest.mark.parametrize(
    ("command", "fields", "code"),
    [
        (token.MintUnits, {"lines": line("pennine", 0)}, "units_zero"),
        (token.BurnUnits, {"lines": line("pennine", -1)}, "units_zero"),
        (token.BurnUnits, {"lines": line("coppergate", 1)}, "holder_not_registered"),
        (token.FreezeWallets, {"subjects": ("coppergate",)}, "holder_not_registered"),
        (token.RegisterHolders, {"subjects": ("coppergate",)}, "no_wallet"),
        (token.RegisterHolders, {"subjects": ("nobody",)}, "not_found"),
        (token.FreezeWallets, {"subjects": ()}, "invalid_field"),
        (token.FreezeWallets, {"subjects": ("brunel", "brunel")}, "invalid_field"),
        (token.FreezeWallets, {"subjects": ("brunel",), "chunk": 0}, "invalid_field"),
        (token.FreezeWallets, {"subjects": ("brunel",), "chunk": 101}, "invalid_field"),
        (
            token.FreezeWallets,
            {"subjects": tuple(f"s-{number}" for number in range(201))},
            "batch_too_long",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(
    stage: Stage, command: Callable[..., token.Operation], fields: dict[str, Any], code: str
) -> None:
    assert stage.refused(command, **fields) == code


def test_an_unknown_token_and_an_empty_reason(stage: Stage) -> None:
    unknown = token.PauseToken(token="FXR-NONE", reason=WHY)
    assert stage.house.refusal("adam", unknown).CODE == "not_found"
    silent = token.PauseToken(token=stage.token, reason=" ")
    assert stage.house.refusal("adam", silent).CODE == "invalid_field"


def test_what_the_chain_refuses_is_told_by_our_code(stage: Stage) -> None:
    """Somebody with the agent's key froze more than the books know of."""
    behind = token_call(
        stage.deployed.address, "freezePartialTokens", stage.wallet("severn"), "100000"
    )
    stage.house.writer.result("token_agent", behind)
    freeze = token.FreezeUnits(token=stage.token, reason=WHY, lines=line("severn", 1))
    stage.house.act("adam", freeze)
    failed = stage.house.facts(events.OperationFailed)[-1]
    assert failed.code == "units_insufficient"
    assert failed.reason == "Amount exceeds available balance"
    assert not stage.state.control.pending


def test_an_operation_that_was_refused_may_still_happen(stage: Stage) -> None:
    """An admin has the write tried again; what it did then is a fact like any other."""
    house = stage.house
    house.refuses = ("burn_units/",)
    burn = token.BurnUnits(token=stage.token, reason=WHY, lines=line("brunel", 10))
    house.act("adam", burn)
    house.refuses = ()
    write = house.facts(events.OperationFailed)[-1].write
    assert house.balance("brunel", "units", stage.token) == (100_000, 0)
    behind = token_call(stage.deployed.address, "burn", stage.wallet("brunel"), "10")
    house.writer.result("token_agent", behind)
    house.system(
        token.RecordOperation(token=stage.token, write=write, transaction="0x" + "ab" * 32)
    )
    assert stage.holds("brunel") == (99_990, 0, False)
    assert stage.reader().total_supply() == stage.state.supply

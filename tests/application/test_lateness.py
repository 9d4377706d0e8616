"""The freeze for lateness: what is refused, what goes on, and when it ends (FX13)."""

from typing import Any

import msgspec
import pytest

from application.dispatch import HANDLERS, decide, first_streams
from application.lateness import EFFECTS, is_obligation
from application.ports.gate import Request
from domain.anchor.commands import ConfirmAnchor, PlanAnchor
from domain.catalogue import aggregate_for
from domain.kernel.command import Command
from domain.kernel.money import Money
from domain.kernel.refusal import Refused
from domain.listing.commands import OpenListing, WithdrawListing
from domain.log.commands import CommitStreams, FreezeLog, OpenLog
from domain.log.events import LogFrozenForLateness, LogThawed
from domain.log.refusals import AnchorNotLarger, LogFrozen, NotLate
from domain.log.state import LOG_STREAM
from domain.subject.commands import CreateSubject, FreezeSubject
from tests.application.memory_house import MemoryHouse
from tools.golden import sample_of

pytestmark = pytest.mark.capability("FX13")

SINCE, BEFORE, AFTER = (
    f"2026-05-20T{time}.000000Z" for time in ("09:00:00", "09:59:59", "10:00:00")
)
OBLIGATIONS = sorted(filter(is_obligation, EFFECTS), key=lambda each: each.TYPE)
LATE = FreezeLog(position=1, since=SINCE, limit_seconds=3600)


@pytest.fixture
def house() -> MemoryHouse:
    """Open a log."""
    house = MemoryHouse(lambda *_: {})
    opening = OpenLog(
        origin="tallystick.example/memory",
        keys=("key",),
        witnesses=(),
        chain_id=1,
        registry="0x" + "e1" * 20,
        owner="0x" + "e2" * 20,
    )
    house.send("process:test", "process", opening)
    return house


def _system(house: MemoryHouse, command: Command) -> list[Any]:
    return [each.fact for each in house.send("process:test", "process", command)]


def test_every_command_has_its_place_in_the_table() -> None:
    assert set(EFFECTS) == set(HANDLERS)


def test_the_log_freezes_after_the_limit_and_not_before(house: MemoryHouse) -> None:
    house.now = BEFORE
    with pytest.raises(Refused) as early:
        _system(house, LATE)
    assert early.value.refusal == NotLate(position=1, waited_seconds=3599, limit_seconds=3600)
    house.now = AFTER
    assert _system(house, LATE) == [
        LogFrozenForLateness(position=1, since=SINCE, limit_seconds=3600)
    ]
    assert _system(house, LATE) == []


@pytest.mark.parametrize("command", OBLIGATIONS, ids=lambda each: each.TYPE)
def test_new_obligations_are_refused_while_frozen(
    house: MemoryHouse, command: type[Command]
) -> None:
    """Whatever is in it: it is refused before its handler looks."""
    house.now = AFTER
    _system(house, LATE)
    sample = msgspec.json.decode(sample_of(command), type=command)  # type: ignore[arg-type]
    request = Request(command=sample, actor="subject:a", role="admin", key="k")
    assert first_streams(request)[:1] == (LOG_STREAM,)
    with pytest.raises(Refused) as refused:
        decide(request, AFTER, house.states)
    assert refused.value.refusal == LogFrozen(position=1, since=SINCE, limit_seconds=3600)


def test_what_binds_somebody_anew_is_known_by_name() -> None:
    """A change here is a change of what a freeze does."""
    assert [each.TYPE for each in OBLIGATIONS] == [
        "invoice.fund",
        "invoice.submit",
        "listing.open",
        "token.mint_units",
        "token.slice",
        "trade.check",
        "trade.execute",
    ]


OFFER = OpenListing(token="t", slice=1, price=Money(amount=1, currency="GBP"), quoted_yield_bps=1)


def test_cancels_and_freezes_go_on(house: MemoryHouse) -> None:
    house.send(
        "subject:admin",
        "admin",
        CreateSubject(subject="s", name="S", kind="institution", country="GB", roles=("seller",)),
    )
    house.now = AFTER
    _system(house, LATE)
    with pytest.raises(Refused) as offer:
        house.send("subject:s", "investor", OFFER)
    assert isinstance(offer.value.refusal, LogFrozen)
    for role, command in (
        ("investor", WithdrawListing(listing="l")),
        ("compliance", FreezeSubject(subject="s")),
    ):
        with pytest.raises(Refused) as other:
            house.send("subject:s", role, command)
        assert not isinstance(other.value.refusal, LogFrozen)


def test_the_anchor_that_covers_what_waited_thaws(house: MemoryHouse) -> None:
    """One that does not reach so far changes nothing."""
    house.now = AFTER
    _system(house, FreezeLog(position=3, since=SINCE, limit_seconds=3600))
    for size in (2, 4):
        _system(house, CommitStreams(size=size - 1, count=1, root="0a" * 32))
        plan = PlanAnchor(size=size, root="0b" * 32, head="0c" * 32, checkpoint="note", path=())
        _system(house, plan)
        confirm = ConfirmAnchor(size=size, transaction="t", block=1, block_hash="b")
        thawed = [fact for fact in _system(house, confirm) if isinstance(fact, LogThawed)]
        assert thawed == ([LogThawed(position=3, size=4)] if size == 4 else [])
    assert house.states[LOG_STREAM].frozen is None
    assert aggregate_for(LOG_STREAM).name == "log"


def test_an_anchor_never_shrinks(house: MemoryHouse) -> None:
    _system(house, CommitStreams(size=9, count=1, root="0a" * 32))
    with pytest.raises(Refused) as refused:
        _system(house, PlanAnchor(size=8, root="0b" * 32, head="", checkpoint="", path=()))
    assert refused.value.refusal == AnchorNotLarger(size=8, committed=9)

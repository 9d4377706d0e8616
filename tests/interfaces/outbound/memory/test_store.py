"""The memory twins of the store do what the real ones do, and keep the books."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.ports.gate import Gate
from domain.account.events import (
    AccountCredited,
    AccountDebited,
    AccountPosted,
)
from domain.account.state import OUTSIDE, owner_of
from domain.catalogue import aggregate_for
from domain.kernel.ids import identity_of
from domain.kernel.refusal import Refused
from interfaces.outbound.memory.gate import MemoryGate, MemoryLog
from interfaces.outbound.memory.identifiers import MemoryIdentifiers
from interfaces.outbound.memory.vault import MemoryDocuments, MemoryVault
from tests.conformance.gate import GateConformance, check_log
from tests.conformance.identifiers import IdentifiersConformance
from tests.conformance.script import LOG, FixedClock, script
from tests.conformance.vault import DocumentsConformance, VaultConformance


class TestMemoryGate(GateConformance):
    @pytest.fixture
    def reader(self) -> MemoryLog:
        return MemoryLog(LOG)

    @pytest.fixture
    def gate(self, clock: FixedClock, reader: MemoryLog) -> Gate:
        return MemoryGate(LOG, clock=clock, reader=reader)


class TestMemoryIdentifiers(IdentifiersConformance):
    @pytest.fixture
    def identifiers(self) -> MemoryIdentifiers:
        return MemoryIdentifiers()


class TestMemoryVault(VaultConformance):
    @pytest.fixture
    def vault(self) -> MemoryVault:
        return MemoryVault(log=LOG)


class TestMemoryDocuments(DocumentsConformance):
    @pytest.fixture
    def documents(self) -> MemoryDocuments:
        return MemoryDocuments()


SET_UP = 4
"""Opening, terms, holidays, platform: nobody acts before the set-up is done."""


@st.composite
def disturbed(draw: st.DrawFn) -> list[int]:
    """Draw the tale's requests with some left out, repeated, or told too early or too late."""
    order = list(range(len(script())))
    for _ in range(draw(st.integers(0, 12))):
        at = draw(st.integers(SET_UP + 1, len(order) - 1))
        match draw(st.sampled_from(["drop", "repeat", "swap", "move"])):
            case "drop":
                del order[at]
            case "repeat":
                order.insert(draw(st.integers(at, len(order))), order[at])
            case "swap":
                order[at - 1 : at + 1] = reversed(order[at - 1 : at + 1])
            case _:
                order.insert(draw(st.integers(SET_UP, len(order) - 1)), order.pop(at))
    return order


@given(disturbed())
def test_the_books_balance_whatever_is_sent_in_whatever_order(order: list[int]) -> None:
    """At every position: balanced transfers, no overdraft, states equal to a plain fold."""
    clock = FixedClock()
    gate = MemoryGate(LOG, clock=clock)
    for index in order:
        clock.at, request = script()[index]
        before = gate.log.head().position
        try:
            accepted = gate.send(request)
        except (Refused, LookupError, ValueError):
            # Told out of order, a handler may fail outright: then too, nothing is written.
            assert gate.log.head().position == before
        else:
            written = gate.log.read(before, 1000)
            assert list(accepted.events) == list(written) or accepted.replayed
            check_balanced(gate.log, before)
    check_log(gate.log)
    check_states(gate)


def check_balanced(log: MemoryLog, before: int) -> None:
    """Check what one command did to accounts: it is one transaction of the books."""
    moved: dict[tuple[str, str], int] = {}
    for event in log.read(before, 1000):
        fact = event.fact
        if isinstance(fact, AccountCredited | AccountDebited | AccountPosted):
            asset = identity_of(event.stream).split("/", 2)[2]
            sign = 1 if isinstance(fact, AccountCredited) else -1
            entry = (fact.transfer, asset)
            moved[entry] = moved.get(entry, 0) + sign * fact.amount
            if owner_of(event.stream) != OUTSIDE:
                assert 0 <= fact.held <= fact.balance
    assert not any(moved.values())


def check_states(gate: MemoryGate) -> None:
    """Check the desk's states against a fold of each stream from nothing."""
    for stream in {event.stream for event in gate.log.events}:
        facts = [event.fact for event in gate.log.read_stream(stream)]
        standing = gate._desk.standing(stream)
        assert standing.state == aggregate_for(stream).fold(facts)
        assert standing.version == len(facts)

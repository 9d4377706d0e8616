"""What every gate and every log reader must do, whatever they stand on."""

import asyncio
import re
from typing import Any

import pytest

from application.dispatch import HANDLERS, KeyReused, request_hash
from application.draft import Handling
from application.ports.gate import Gate, Request
from application.ports.log import Head, LogReader
from domain.integrity.chain import extend, genesis
from domain.kernel.command import Context
from domain.kernel.ids import command_id
from domain.kernel.money import Money
from domain.kernel.refusal import Refused
from domain.settings.state import PublishTerms
from domain.subject.commands import CreateSubject
from tests.conformance.script import (
    LOG,
    FixedClock,
    create,
    opening,
    plan_anchor,
    refused,
    request,
    script,
)


def check_log(reader: LogReader) -> int:
    """Check that the log is gapless, chained, in versions and in time; tell its length."""
    events = reader.read(0, 100_000)
    link, at, versions = genesis(LOG), "", dict[str, int]()
    for position, event in enumerate(events, start=1):
        link = extend(position, link, event.body)
        versions[event.stream] = versions.get(event.stream, 0) + 1
        assert event.position == position
        assert event.chain == link
        assert event.envelope.version == versions[event.stream]
        assert event.at >= at
        at = event.at
    assert reader.head() == Head(len(events), link, at)
    return len(events)


def terms(discount_bps: int, key: str) -> Request:
    """Ask for terms; other terms in between make the same ones a change again."""
    command = PublishTerms(
        discount_bps=discount_bps,
        fee_bps=100,
        face_cap=Money(100_000_000, "GBP"),
        confirmation_business_days=5,
    )
    return request(command, key)


async def refusal_of(gate: Gate, wanted: Request) -> str:
    """Tell the code that a request is refused with."""
    with pytest.raises(Refused) as caught:
        await gate.dispatch(wanted)
    return caught.value.refusal.CODE


class GateConformance:
    """Fixtures to give: ``clock``, ``gate`` of an empty log, ``reader`` of the same log."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock()

    @pytest.fixture
    async def opened(self, gate: Gate) -> Gate:
        await gate.dispatch(opening())
        return gate

    async def test_the_first_event_opens_the_log(self, gate: Gate, reader: LogReader) -> None:
        assert reader.head() == Head(0, genesis(LOG), "")
        assert await refusal_of(gate, create("early")) == "not_found"
        assert await refusal_of(gate, opening("another.example/log")) == "invalid_field"
        accepted = await gate.dispatch(opening())
        assert (accepted.position, accepted.replayed) == (1, False)
        assert check_log(reader) == 1

    async def test_an_answer_is_what_lies_on_the_log(self, opened: Gate, reader: LogReader) -> None:
        accepted = await opened.dispatch(create("anna"))
        assert accepted.command == command_id("subject:admin", "create-anna")
        assert accepted.position == 2
        assert list(accepted.events) == list(reader.read(1, 10))
        [event] = accepted.events
        assert event.envelope.command == accepted.command
        assert event.envelope.actor == "subject:admin"
        assert list(reader.read_stream("subject:anna")) == [event]
        assert list(reader.read_stream("subject:anna", 1)) == []

    async def test_correlation_and_cause_are_kept(self, opened: Gate) -> None:
        told = create("anna")
        correlation = "2ab7f1a0-53f5-4d31-9d4c-a0ac4f2f9a3f"
        with_both = Request(
            command=told.command,
            actor=told.actor,
            role=told.role,
            key=told.key,
            correlation=correlation,
            cause=1,
        )
        [event] = (await opened.dispatch(with_both)).events
        assert (event.envelope.correlation, event.envelope.cause) == (correlation, 1)

    async def test_a_repeat_is_answered_without_a_second_effect(
        self, opened: Gate, reader: LogReader
    ) -> None:
        first = await opened.dispatch(create("anna"))
        await opened.dispatch(create("bert"))
        again = await opened.dispatch(create("anna"))
        assert again.replayed
        assert (again.command, again.position) == (first.command, first.position)
        assert again.events == first.events
        assert check_log(reader) == 3

    async def test_a_repeat_that_could_act_again_does_not(
        self, opened: Gate, reader: LogReader
    ) -> None:
        """The states allow the same facts once more: only the command's name forbids them."""
        first = await opened.dispatch(terms(240, "first"))
        await opened.dispatch(terms(250, "second"))
        neighbours = [create(f"n{number}") for number in range(5)]
        again, *others = await asyncio.gather(
            opened.dispatch(terms(240, "first")), *map(opened.dispatch, neighbours)
        )
        assert again.replayed
        assert again.events == first.events
        assert all(len(other.events) == 1 and not other.replayed for other in others)
        assert check_log(reader) == 3 + len(neighbours)

    async def test_a_key_names_one_request(self, opened: Gate, reader: LogReader) -> None:
        await opened.dispatch(create("anna", "key"))
        assert await refusal_of(opened, create("bert", "key")) == KeyReused.CODE
        other = request(create("bert").command, "key", role="admin", actor="subject:other")
        assert (await opened.dispatch(other)).position == 3
        assert check_log(reader) == 3

    async def test_a_refusal_writes_nothing_and_is_decided_anew(
        self, opened: Gate, reader: LogReader
    ) -> None:
        freeze = refused()
        assert await refusal_of(opened, freeze) == await refusal_of(opened, freeze)
        assert check_log(reader) == 1

    async def test_doors_and_names_are_checked_first(self, opened: Gate) -> None:
        stranger = request(create("anna").command, "k", role="buyer", actor="subject:x")
        assert await refusal_of(opened, stranger) == "role_forbidden"
        for key in ("", "x" * 256, "tab\there", "ü"):
            assert await refusal_of(opened, create("anna", key or "\n")) == "invalid_field"
        assert await refusal_of(opened, create("no such: name")) == "invalid_field"

    async def test_several_streams_are_one_decision(self, opened: Gate, reader: LogReader) -> None:
        accepted = await opened.dispatch(plan_anchor(1))
        assert len({event.stream for event in accepted.events}) == 2
        assert {event.envelope.command for event in accepted.events} == {accepted.command}
        assert accepted.position == 1 + len(accepted.events)
        assert check_log(reader) == accepted.position

    async def test_time_never_goes_back(
        self, opened: Gate, reader: LogReader, clock: FixedClock
    ) -> None:
        clock.at = "2026-05-23T09:00:00.000000Z"
        await opened.dispatch(create("anna"))
        clock.at = "2026-05-20T09:00:00.000000Z"
        [event] = (await opened.dispatch(create("bert"))).events
        assert event.at == "2026-05-23T09:00:00.000000Z"
        assert check_log(reader) == 3

    async def test_each_of_many_gets_its_own_verdict(self, opened: Gate, reader: LogReader) -> None:
        wanted = [create(f"s{number % 20}", f"k{number}") for number in range(60)]
        wanted += [refused(f"f{number}") for number in range(20)]
        verdicts = await asyncio.gather(*map(opened.dispatch, wanted), return_exceptions=True)
        accepted = [verdict for verdict in verdicts if not isinstance(verdict, BaseException)]
        assert len(accepted) == 20
        assert all(isinstance(one, Refused) for one in verdicts if isinstance(one, BaseException))
        assert sorted(one.position for one in accepted) == list(range(2, 22))
        assert check_log(reader) == 21

    async def test_a_handler_that_fails_harms_nobody_else(
        self, opened: Gate, reader: LogReader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = HANDLERS[CreateSubject]

        def sometimes(command: CreateSubject, context: Context) -> Handling:
            if command.subject == "bad":
                raise ZeroDivisionError(command.name)
            return real(command, context)

        handlers: dict[Any, Any] = HANDLERS
        monkeypatch.setitem(handlers, CreateSubject, sometimes)
        names = ["anna", "bad", "bert"]
        verdicts = await asyncio.gather(
            *(opened.dispatch(create(name)) for name in names), return_exceptions=True
        )
        assert isinstance(verdicts[1], ZeroDivisionError)
        assert not any(isinstance(verdicts[at], BaseException) for at in (0, 2))
        assert check_log(reader) == 3

    async def test_waiting_ends_when_the_log_has_grown(
        self, opened: Gate, reader: LogReader
    ) -> None:
        assert reader.wait(0, 0.0)
        assert not reader.wait(1, 0.05)
        waiting = asyncio.create_task(asyncio.to_thread(reader.wait, 1, 5.0))
        await asyncio.sleep(0.05)
        await opened.dispatch(create("anna"))
        assert await waiting

    async def test_the_whole_tale_is_written(
        self, gate: Gate, reader: LogReader, clock: FixedClock
    ) -> None:
        for at, told in script():
            clock.at = at
            await gate.dispatch(told)
        length = check_log(reader)
        assert length > 300
        for _, told in script():
            again = await gate.dispatch(told)
            assert again.replayed or not again.events
        assert check_log(reader) == length

    async def test_hidden_bodies_are_salted(self, opened: Gate) -> None:
        [one] = (await opened.dispatch(create("anna"))).events
        [two] = (await opened.dispatch(create("bert"))).events
        assert one.envelope.salt
        assert two.envelope.salt
        assert re.fullmatch("[A-Za-z0-9+/]{21}[AQgw]==", one.envelope.salt)
        assert one.envelope.salt != two.envelope.salt

    async def test_a_request_is_named_by_what_it_wants(self) -> None:
        assert request_hash(create("anna", "a")) == request_hash(create("anna", "b"))
        assert request_hash(create("anna")) != request_hash(create("anna", country="FR"))

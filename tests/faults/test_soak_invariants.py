"""Each invariant of a soak run can fail: an honest run is bent in one place and it is named."""

from collections import defaultdict
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import UUID

import msgspec
import pytest
from rich.console import Console

from domain.integrity.chain import extend, genesis
from interfaces.outbound.postgres.inspection import Row
from tools.bench.prepared import LOG, chained, prepared_log
from tools.soak.campaign import planned, summary
from tools.soak.invariants import (
    INVARIANTS,
    Evidence,
    Glimpse,
    Seen,
    _balances,
    violations,
)
from tools.soak.run import failed
from tools.soak.work import Heard

SIZE = 60


def honest() -> Evidence:
    """Tell of a run in which all went well."""
    rows = [
        Row(
            position,
            event.stream,
            event.version,
            event.type,
            str(UUID(bytes=event.command)),
            event.ordinal,
            event.body,
            chain,
        )
        for position, event, chain in chained(prepared_log(SIZE))
    ]
    seen = [(row.position, row.chain.hex()) for row in rows]
    counted: dict[str, tuple[int, int]] = {}
    for row in rows:
        events, positions = counted.get(row.stream, (0, 0))
        counted[row.stream] = (events + 1, positions + row.position)
    return Evidence(
        rows=rows,
        heard=[*_heard(rows), refused("never")],
        unresolved=[],
        seen=[Seen(reader="a reader", events=seen)],
        glimpses=[Glimpse(10, 1, 10, 7, 7), Glimpse(SIZE, 1, SIZE, SIZE, SIZE)],
        counted=counted,
        balances=_balances(rows),
        differing=[],
        permitted=[],
    )


def _heard(rows: list[Row]) -> list[Heard]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.command].append(row)
    return [
        heard(command, tuple((row.position, row.chain.hex()) for row in group))
        for command, group in groups.items()
    ]


def heard(command: str, events: tuple[tuple[int, str], ...], **others: Any) -> Heard:
    told: dict[str, Any] = {"verdict": "accepted", "code": "", "expected": "accepted", **others}
    told.setdefault("purpose", "first")
    return Heard(command=command, key=command, events=events, replayed=False, heard=1.0, **told)


def refused(command: str, **others: Any) -> Heard:
    told = {"verdict": "refused", "code": "wrong_state", "expected": "refused", **others}
    return heard(command, (), **told)


def broken(evidence: Evidence) -> set[str]:
    return {violation.invariant for violation in violations(evidence)}


def test_an_honest_run_violates_nothing() -> None:
    assert not list(violations(honest()))


def drop_last(run: Evidence) -> None:
    run.rows.pop()


def rechain(run: Evidence) -> None:
    """Let a row hold another body, well chained: not what its caller was told."""
    chain = genesis(LOG)
    bodies = [row.body for row in run.rows]
    bodies[-1], bodies[-3] = bodies[-3], bodies[-1]
    for number, body in enumerate(bodies):
        chain = extend(number + 1, chain, body)
        run.rows[number] = msgspec.structs.replace(run.rows[number], body=body, chain=chain)


def half(run: Evidence) -> None:
    told = next(one for one in run.heard if len(one.events) > 1)
    told.events = told.events[:1]


def unresolved(run: Evidence) -> None:
    run.unresolved.append("a key")


def bad_end(run: Evidence) -> None:
    run.exits.append("node 0 ended with 1")


def skip(run: Evidence) -> None:
    del run.seen[0].events[5]


def never_seen(run: Evidence) -> None:
    run.seen[0].events.pop()


def phantom(run: Evidence) -> None:
    run.seen[0].events[-1] = (SIZE, "00" * 32)


def hole(run: Evidence) -> None:
    run.glimpses.insert(0, Glimpse(9, 1, 10, 9, 9))


def shrink(run: Evidence) -> None:
    run.glimpses.append(Glimpse(20, 1, 20, 20, 20))


def version(run: Evidence) -> None:
    run.rows[9] = msgspec.structs.replace(run.rows[9], version=7)


def refused_and_written(run: Evidence) -> None:
    run.heard[3] = refused(run.heard[3].command, expected="either")


def two_answers(run: Evidence) -> None:
    one = run.heard[4]
    run.heard.append(heard(one.command, run.heard[5].events))


def unexpected(run: Evidence) -> None:
    run.heard.append(refused("surprise", expected="accepted"))


def defect(run: Evidence) -> None:
    run.heard.append(refused("defect", verdict="failed", expected="either"))


def repeat_refused(run: Evidence) -> None:
    run.heard.append(refused(run.heard[4].command, expected="accepted", purpose="repeat"))


def repeat_not_known(run: Evidence) -> None:
    one = run.heard[4]
    run.heard.append(heard(one.command, one.events, purpose="repeat"))


def forged(run: Evidence) -> None:
    one = run.heard[4]
    run.heard.append(heard(one.command, one.events, expected="refused", purpose="forgery"))


def chain(run: Evidence) -> None:
    run.rows[20] = msgspec.structs.replace(run.rows[20], chain=bytes(32))


def fork(run: Evidence) -> None:
    run.heard.append(heard("another", run.heard[4].events))


def permitted(run: Evidence) -> None:
    run.permitted.append("TRUNCATE events")


def folded_twice(run: Evidence) -> None:
    stream, (events, positions) = next(iter(run.counted.items()))
    run.counted[stream] = (events + 1, positions + SIZE)


def ahead(run: Evidence) -> None:
    run.glimpses.append(Glimpse(SIZE, 1, SIZE, SIZE + 1, SIZE + 1))


def balance(run: Evidence) -> None:
    stream, (amount, held) = next(iter(run.balances.items()))
    run.balances[stream] = (amount + 1, held)


def differing(run: Evidence) -> None:
    run.differing.append("accounts.entries")


def one_sided(run: Evidence) -> None:
    """Lose the last credit and what came after it: its debit stands alone."""
    credit = max(number for number, row in enumerate(run.rows) if row.ordinal == 2)
    run.rows = run.rows[:credit]


def rewritten(run: Evidence) -> None:
    body = run.rows[-1].body.replace(b'":', b'": ', 1)
    run.rows[-1] = msgspec.structs.replace(run.rows[-1], body=body)


@pytest.mark.parametrize(
    ("bend", "invariant"),
    [
        (drop_last, "I1"),
        (rechain, "I1"),
        (half, "I2"),
        (unresolved, "I2"),
        (bad_end, "I2"),
        (skip, "I3"),
        (never_seen, "I3"),
        (phantom, "I3"),
        (hole, "I3"),
        (shrink, "I3"),
        (version, "I4"),
        (refused_and_written, "I4"),
        (two_answers, "I5"),
        (unexpected, "I5"),
        (defect, "I5"),
        (repeat_refused, "I5"),
        (repeat_not_known, "I5"),
        (forged, "I5"),
        (chain, "I6"),
        (fork, "I7"),
        (permitted, "I8"),
        (folded_twice, "I9"),
        (ahead, "I9"),
        (balance, "I9"),
        (differing, "I10"),
        (one_sided, "I11"),
        (rewritten, "I12"),
    ],
)
def test_what_is_bent_is_named(bend: Callable[[Evidence], None], invariant: str) -> None:
    run = honest()
    bend(run)
    assert invariant in broken(run)


def test_every_invariant_has_a_name_of_its_own() -> None:
    assert list(INVARIANTS) == [f"I{number}" for number in range(1, 13)]


def test_a_seed_names_its_fault_wherever_the_campaign_begins() -> None:
    faults = ["a", "b", "c"]
    whole = list(planned(faults, 9, 0))
    assert list(planned(faults, 4, 5)) == whole[5:]
    assert {wish.fault for wish in whole} == set(faults)


def test_the_summary_counts_bad_runs() -> None:
    text = StringIO()
    console = Console(width=80, file=text)
    console.print(summary([failed("calm", 3, "it failed"), failed("calm", 4, "again")]))
    [line, last] = [each.split() for each in text.getvalue().splitlines() if " 2 " in each]
    assert line[:3] == ["calm", "2", "2"]
    assert last[0] == "all"

"""What must hold after every run, over the whole log and all that anybody was told.

Numbers are those of the reliability demands: I1 acknowledged is durable; I2 all or nothing, the
answer found under the command's name; I3 gapless, a prefix at any time; I4 versions gapless, a
refusal writes nothing; I5 one name, one effect; I6 chain; I7 no fork; I8 append-only; I9 a view
is the fold of its prefix; I10 rebuilt is live; I11 the books balance; I12 replay is identical.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, Final

import msgspec

from application.envelopes import read
from domain.account.state import OUTSIDE, Account, owner_of
from domain.catalogue import aggregate_for
from domain.integrity.canonical import canonical
from domain.integrity.chain import extend, genesis
from domain.kernel.event import Recorded
from interfaces.outbound.postgres.inspection import Row
from tools.bench.prepared import LOG
from tools.soak.work import Heard


class Violation(msgspec.Struct, frozen=True):
    """An invariant that does not hold, and the data that show it."""

    invariant: str
    message: str


class Glimpse(msgspec.Struct, frozen=True):
    """What one snapshot showed while the run went on."""

    events: int
    first: int
    last: int
    counted_to: int
    counted: int


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader was given, in the order in which it came: (position, chain in hex)."""

    reader: str
    events: list[tuple[int, str]]


class Evidence(msgspec.Struct, kw_only=True):
    """Everything that a run left behind."""

    rows: list[Row]
    heard: list[Heard]
    unresolved: list[str]
    seen: list[Seen]
    glimpses: list[Glimpse]
    counted: dict[str, tuple[int, int]]
    balances: dict[str, tuple[int, int]]
    """By account stream: balance and held, as the view has them."""
    differing: list[str]
    """Tables of views that came out otherwise when they were built anew."""
    permitted: list[str]
    """Statements that changed the log although nothing may."""
    exits: list[str] = []
    """How nodes ended that should have ended well, where they did not."""


def _durable(evidence: Evidence) -> Iterator[str]:
    rows = {row.position: row for row in evidence.rows}
    for heard in _accepted(evidence):
        for position, chain in heard.events:
            row = rows.get(position)
            if row is None:
                yield f"{heard.key} was acknowledged at {position}, which is not on the log"
            elif (row.chain.hex(), row.command) != (chain, heard.command):
                yield f"position {position} is not what {heard.key} was told: {row.command}"


def _discoverable(evidence: Evidence) -> Iterator[str]:
    for key in evidence.unresolved:
        yield f"nobody could say what became of {key}"
    whole = _positions_of(evidence)
    for heard in _accepted(evidence):
        told = [position for position, _ in heard.events]
        if told and told != whole.get(heard.command):
            yield f"{heard.key} is at {whole.get(heard.command)}, its caller was told {told}"
    yield from evidence.exits


def _gapless(evidence: Evidence) -> Iterator[str]:
    chains = {row.position: row.chain.hex() for row in evidence.rows}
    for number, row in enumerate(evidence.rows, start=1):
        if row.position != number:
            yield f"position {number} is missing"
            break
    for seen in evidence.seen:
        for number, (position, chain) in enumerate(seen.events, start=1):
            if position != number:
                yield f"{seen.reader} was given {position} where {number} was due"
                break
            if chains.get(position) != chain:
                yield f"{seen.reader} was given an event at {position} that is not on the log"
                break
        if len(seen.events) != len(evidence.rows):
            yield f"{seen.reader} was given {len(seen.events)} of {len(evidence.rows)} events"
    for glimpse in evidence.glimpses:
        if glimpse.events and (glimpse.first, glimpse.last) != (1, glimpse.events):
            yield f"a snapshot showed a hole: {glimpse}"
    for one, other in pairwise(evidence.glimpses):
        if other.last < one.last:
            yield f"the log became shorter: {one.last}, then {other.last}"


def _versions(evidence: Evidence) -> Iterator[str]:
    last: dict[str, int] = defaultdict(int)
    for row in evidence.rows:
        last[row.stream] += 1
        if row.version != last[row.stream]:
            yield f"{row.stream} has version {row.version} where {last[row.stream]} was due"
    written = _positions_of(evidence)
    for command, group in _by_command(evidence).items():
        asked = sum(heard.attempts for heard in group if heard.purpose == "first")
        refused = all(heard.verdict == "refused" for heard in group)
        certain = asked == 1 or any(heard.expected == "refused" for heard in group)
        if refused and certain and command in written:
            yield f"{group[0].key} was refused and is on the log at {written[command]}"


def _one_effect(evidence: Evidence) -> Iterator[str]:
    for group in _by_command(evidence).values():
        told = {heard.events for heard in group if heard.verdict == "accepted"}
        if len(told) > 1:
            yield f"{group[0].key} was answered in several ways: {told}"
        for heard in group:
            yield from _expected(heard)
    for command, rows in _grouped(evidence).items():
        ordinals = [row.ordinal for row in rows]
        if ordinals != list(range(1, len(rows) + 1)):
            yield f"{command} has the ordinals {ordinals}"


def _expected(heard: Heard) -> Iterator[str]:
    what = f"{heard.key} ({heard.command}): {heard.verdict} {heard.code}"
    match heard.purpose:
        case "first" if heard.verdict == "failed" or heard.expected not in {
            heard.verdict,
            "either",
        }:
            yield f"{what}, expected {heard.expected}"
        case "repeat" if heard.verdict != "accepted" or not heard.replayed:
            yield f"{what}, although it was accepted before"
        case "forgery" if heard.code != "idempotency_key_reused":
            yield f"{what}, although another request has this key"
        case _:
            pass


def _chained(evidence: Evidence) -> Iterator[str]:
    chain = genesis(LOG)
    for row in evidence.rows:
        chain = extend(row.position, chain, row.body)
        if chain != row.chain:
            yield f"the chain breaks at {row.position}"
            return


def _no_fork(evidence: Evidence) -> Iterator[str]:
    told: dict[int, tuple[str, str]] = {}
    for heard in _accepted(evidence):
        for position, chain in heard.events:
            one = told.setdefault(position, (chain, heard.command))
            if one != (chain, heard.command):
                yield f"position {position} was given to {one[1]} and to {heard.command}"
    last = 0
    for command, rows in _grouped(evidence).items():
        positions = [row.position for row in rows]
        if positions != list(range(positions[0], positions[0] + len(positions))):
            yield f"{command} lies at {positions}, not together"
        last = max(last, positions[-1])
    at = ""
    for row in evidence.rows:
        now = read(row.position, row.body, row.chain).at
        if now < at:
            yield f"time goes back at {row.position}: {at}, then {now}"
        at = max(at, now)


def _append_only(evidence: Evidence) -> Iterator[str]:
    for statement in evidence.permitted:
        yield f"the log let itself be changed: {statement}"


def _views(evidence: Evidence) -> Iterator[str]:
    expected: dict[str, tuple[int, int]] = {}
    for row in evidence.rows:
        events, positions = expected.get(row.stream, (0, 0))
        expected[row.stream] = (events + 1, positions + row.position)
    yield from _different("counted", expected, evidence.counted)
    yield from _different("accounts", _balances(evidence.rows), evidence.balances)
    for glimpse in evidence.glimpses:
        if glimpse.counted != glimpse.counted_to or glimpse.counted_to > glimpse.last:
            yield f"a view was not the fold of its prefix: {glimpse}"


def _different(name: str, one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    for key in sorted(one.keys() | other.keys()):
        if one.get(key) != other.get(key):
            yield f"{name}: {key} is {other.get(key)}, the log says {one.get(key)}"


def _rebuilt(evidence: Evidence) -> Iterator[str]:
    for table in evidence.differing:
        yield f"{table} comes out otherwise when it is built anew"


def _balances(rows: Sequence[Row]) -> dict[str, tuple[int, int]]:
    return {stream: (account.balance, account.held) for stream, account in _accounts(rows).items()}


def _accounts(rows: Sequence[Row]) -> dict[str, Account]:
    accounts: dict[str, Account] = {}
    for row in rows:
        if row.stream.startswith("account:"):
            _move(accounts, read(row.position, row.body, row.chain))
    return accounts


def _move(accounts: dict[str, Account], event: Recorded) -> None:
    aggregate = aggregate_for(event.stream)
    state = accounts.get(event.stream, aggregate.empty)
    accounts[event.stream] = aggregate.evolve(state, event.fact)


def _books(evidence: Evidence) -> Iterator[str]:
    """Check the books behind every single command."""
    accounts: dict[str, Account] = {}
    for _, rows in groupby(evidence.rows, key=lambda row: row.command):
        touched = list(rows)
        for row in touched:
            if row.stream.startswith("account:"):
                _move(accounts, read(row.position, row.body, row.chain))
        last = touched[-1].position
        if total := sum(account.balance for account in accounts.values()):
            yield f"the balances add up to {total} at {last}"
            return
        for row in touched:
            account = accounts.get(row.stream)
            if account is not None and owner_of(row.stream) != OUTSIDE and account.available < 0:
                yield f"{row.stream} has {account.available} available at {last}"


def _replayed(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        event = read(row.position, row.body, row.chain)
        if canonical(event.envelope) != row.body:
            yield f"the body at {row.position} is written otherwise when it is read and written"
        named = (event.envelope.stream, event.envelope.version, event.envelope.command)
        if named != (row.stream, row.version, row.command):
            yield f"the columns at {row.position} are not the body's"


INVARIANTS: Final[dict[str, Callable[[Evidence], Iterator[str]]]] = {
    "I1": _durable,
    "I2": _discoverable,
    "I3": _gapless,
    "I4": _versions,
    "I5": _one_effect,
    "I6": _chained,
    "I7": _no_fork,
    "I8": _append_only,
    "I9": _views,
    "I10": _rebuilt,
    "I11": _books,
    "I12": _replayed,
}


def violations(evidence: Evidence) -> Iterator[Violation]:
    """Name everything that does not hold, by invariant."""
    for name, check in INVARIANTS.items():
        for message in check(evidence):
            yield Violation(name, message)


def _accepted(evidence: Evidence) -> Iterator[Heard]:
    return (heard for heard in evidence.heard if heard.verdict == "accepted")


def _by_command(evidence: Evidence) -> dict[str, list[Heard]]:
    groups: dict[str, list[Heard]] = defaultdict(list)
    for heard in evidence.heard:
        groups[heard.command].append(heard)
    return groups


def _grouped(evidence: Evidence) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in evidence.rows:
        groups[row.command].append(row)
    return groups


def _positions_of(evidence: Evidence) -> dict[str, list[int]]:
    return {command: [row.position for row in rows] for command, rows in _grouped(evidence).items()}

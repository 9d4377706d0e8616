"""A log of prepared events to import, feed, fold and verify: accounts that pay each other.

Every body is one that the real gate could have written: canonical, salted, versions without
gaps, debits equal to credits in each command. A tenth of the events open accounts, the others
are pairs of a debit and a credit; the bank's account alone is negative.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final, cast
from uuid import UUID

from application.envelopes import Provenance, seal
from domain.account.events import AccountCredited, AccountDebited, AccountOpened
from domain.account.state import OUTSIDE, account_stream
from domain.integrity.chain import extend, genesis
from domain.kernel.event import Event
from domain.kernel.ids import command_id, correlation_id
from domain.log.events import LogOpened
from interfaces.outbound.postgres.bulk import Prepared

LOG: Final = "tallystick.example/bench"
ACTOR: Final = "process:bench"
CURRENCY: Final = "GBP"
BANK: Final = account_stream(OUTSIDE, "bank", CURRENCY)
SHARE_OF_ACCOUNTS: Final = 10
STEP: Final = 7919
"""A prime, so that payments wander through all accounts."""


def opening(origin: str = LOG) -> LogOpened:
    """Give position 1."""
    return LogOpened(
        origin=origin,
        keys=("bench",),
        witnesses=(),
        chain_id=31337,
        registry="0x" + "e1" * 20,
        owner="0x" + "e2" * 20,
    )


def owner_of(number: int) -> str:
    """Name the owner of an account."""
    return f"party-{number:07d}"


def stream_of(number: int) -> str:
    """Name an account; number 0 stands for the bank."""
    return account_stream(owner_of(number), "cash", CURRENCY) if number else BANK


def prepared_log(size: int) -> Iterator[Prepared]:
    """Make the events of a whole log of this size, at least 20."""
    return _Teller(max(3, size // SHARE_OF_ACCOUNTS)).tell(size)


def chained(events: Iterator[Prepared]) -> Iterator[tuple[int, Prepared, bytes]]:
    """Give each event its position and chain value."""
    chain = genesis(LOG)
    for position, event in enumerate(events, start=1):
        chain = extend(position, chain, event.body)
        yield position, event, chain


class _Teller:
    """Keeps the books while it writes them."""

    def __init__(self, accounts: int) -> None:
        self._accounts = accounts
        self._balances = [0] * accounts
        self._versions = [0] * accounts
        self._told = 0

    def tell(self, size: int) -> Iterator[Prepared]:
        """Open the log and all accounts, then let money go round."""
        yield from self._command([("log:main", opening())], {"log:main": 0})
        for number in range(self._accounts):
            facts = [(stream_of(number), cast("Event", AccountOpened(book_decimals=2)))]
            yield from self._command(facts, {stream_of(number): self._next(number)})
        turn = 0
        while self._told + 2 <= size:
            yield from self._payment(turn)
            turn += 1
        if self._told < size:
            name = account_stream("party-last", "cash", CURRENCY)
            yield from self._command([(name, AccountOpened(book_decimals=2))], {name: 0})

    def _next(self, number: int) -> int:
        self._versions[number] += 1
        return self._versions[number] - 1

    def _payment(self, turn: int) -> Iterator[Prepared]:
        source, target = 0, self._party(turn)
        if turn % 2:  # what a party has from the bank goes on to another
            source = self._party(turn - 1)
            target = target if target != source else 1 + source % (self._accounts - 1)
        amount = 100 + turn // 2 % 900
        debit: dict[str, Any] = {"transfer": f"payment-{turn}", "amount": amount, "held": 0}
        self._balances[source] -= amount
        self._balances[target] += amount
        facts: list[tuple[str, Event]] = [
            (stream_of(source), AccountDebited(**debit, balance=self._balances[source])),
            (stream_of(target), AccountCredited(**debit, balance=self._balances[target])),
        ]
        versions = {stream_of(number): self._next(number) for number in (source, target)}
        return self._command(facts, versions)

    def _party(self, turn: int) -> int:
        return 1 + turn * STEP % (self._accounts - 1)

    def _command(
        self, facts: list[tuple[str, Event]], versions: dict[str, int]
    ) -> Iterator[Prepared]:
        name = f"command-{self._told}"
        command = command_id(ACTOR, name)
        provenance = Provenance(
            log=LOG,
            at=_instant(self._told),
            actor=ACTOR,
            command=command,
            correlation=correlation_id(command),
        )
        bodies = seal(facts, provenance, versions, self._salt)
        identity, request = UUID(command).bytes, sha256(name.encode()).digest()
        for ordinal, body in enumerate(bodies, start=1):
            yield Prepared(
                body.stream,
                body.version,
                body.type,
                identity,
                ordinal,
                request if ordinal == 1 else None,
                body.bytes,
            )
        self._told += len(bodies)

    def _salt(self, length: int) -> bytes:
        return sha256(self._told.to_bytes(8)).digest()[:length]


def _instant(count: int) -> str:
    seconds, part = divmod(count * 1000, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"2026-01-{day + 1:02d}T{hour:02d}:{minute:02d}:{second:02d}.{part:06d}Z"

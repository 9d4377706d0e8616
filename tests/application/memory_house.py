"""A house without walls: the real dispatch and processes over a list, the chain always willing."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from application.dispatch import KeyReused, MissingStreams, admit, decide
from application.envelopes import Body, Provenance, read, seal
from application.ports.gate import Request
from application.processes.manager import (
    ProcessManager,
    Reaction,
    Wish,
    idempotency_key,
)
from application.processes.managers import PROCESSES
from domain.account.events import AccountCredited, AccountDebited, AccountPosted
from domain.catalogue import aggregate_for
from domain.chainwrite import commands as chainwrite
from domain.chainwrite.events import ChainWritePlanned, ChainWriteRetried
from domain.integrity.canonical import NotCanonicalError
from domain.integrity.chain import extend, genesis
from domain.kernel.command import Command
from domain.kernel.event import Authorisation, Event, Recorded
from domain.kernel.ids import command_id, correlation_id, identity_of
from domain.kernel.refusal import InvalidField, Refused
from domain.subject.commands import SignClaim
from domain.subject.events import ClaimRequested

MOVES = (AccountDebited, AccountCredited, AccountPosted)
LOG = "tallystick.example/memory"
Chain = Callable[[str, ChainWritePlanned], dict[str, str] | str]


class Asked(msgspec.Struct, frozen=True):
    """What a process wants because of a fact."""

    process: ProcessManager
    cause: Recorded
    reaction: Reaction


class MemoryHouse:
    """Decides, records and lets the processes react until nothing is left to do.

    ``refused`` keeps the wishes of processes that were refused for good, ``postponed`` those that
    wait for a refusal to pass; they are asked again after every fact that follows.
    """

    def __init__(self, chain: Chain) -> None:
        self.log: list[Recorded] = []
        self.states: dict[str, Any] = {}
        self.versions: dict[str, int] = {}
        self.now = "2026-05-20T09:00:00.000000Z"
        self.refused: list[tuple[str, str]] = []
        self.postponed: list[Asked] = []
        self._answers: dict[str, tuple[bytes, list[Recorded]]] = {}
        self._chain = chain
        self._seen = 0
        self._memories: dict[tuple[str, str], Any] = {}

    def send(
        self,
        actor: str,
        role: str,
        command: Command,
        key: str | None = None,
        authorisation: Authorisation | None = None,
    ) -> list[Recorded]:
        """Dispatch one command and record its facts; raises Refused.

        A command that is on the log is answered with what it wrote, whatever is asked now.
        """
        name = key or f"key-{len(self.log)}-{command.TYPE}"
        request = Request(
            command=command,
            actor=actor,
            role=role,  # type: ignore[arg-type]
            key=name,
            authorisation=authorisation,
        )
        wanted, identity = admit(request), command_id(actor, name)
        if identity in self._answers:
            before, answer = self._answers[identity]
            if before != wanted:
                raise Refused(KeyReused())
            return answer
        added = self._append(request, self._decide(request))
        if added:
            self._answers[identity] = (wanted, added)
        return added

    def _decide(self, request: Request) -> list[tuple[str, Event]]:
        while True:
            try:
                return decide(request, self.now, self.states).facts
            except MissingStreams as missing:
                for stream in missing.streams:
                    self.states[stream] = aggregate_for(stream).empty
                    self.versions.setdefault(stream, 0)

    def _append(self, request: Request, facts: list[tuple[str, Event]]) -> list[Recorded]:
        identity = command_id(request.actor, request.key)
        provenance = Provenance(
            log=LOG,
            at=self.now,
            actor=request.actor,
            command=identity,
            correlation=request.correlation or correlation_id(identity),
            cause=request.cause,
            authorisation=request.authorisation,
        )
        try:
            bodies = seal(facts, provenance, self.versions, lambda size: b"\x07" * size)
        except NotCanonicalError as error:
            raise Refused(InvalidField(field="body", reason=str(error))) from error
        return [self._record(body) for body in bodies]

    def _record(self, body: Body) -> Recorded:
        position = len(self.log) + 1
        previous = self.log[-1].chain if self.log else genesis(LOG)
        recorded = read(position, body.bytes, extend(position, previous, body.bytes))
        aggregate = aggregate_for(body.stream)
        self.states[body.stream] = aggregate.evolve(self.states[body.stream], recorded.fact)
        self.versions[body.stream] = body.version
        self.log.append(recorded)
        return recorded

    def run(self) -> None:
        """Let chain and processes react until the log is quiet."""
        while self._seen < len(self.log):
            recorded = self.log[self._seen]
            self._seen += 1
            self._react(recorded)
            if isinstance(recorded.fact, ChainWritePlanned | ChainWriteRetried):
                plan = self.states[recorded.stream].plan
                self._carry_out(identity_of(recorded.stream), plan)
            if isinstance(recorded.fact, ClaimRequested):
                self._sign(identity_of(recorded.stream), recorded.fact)
            waiting, self.postponed = self.postponed, []
            for asked in waiting:
                self._wish(asked, self._seen)

    def _react(self, recorded: Recorded) -> None:
        for process in PROCESSES:
            if not process.interested(type(recorded.fact)):
                continue
            case = (process.name, process.case(recorded))
            self._memories[case] = process.fold(self._memories.get(case), recorded)
            for reaction in process.react(self._memories[case], recorded):
                self._wish(Asked(process, recorded, reaction), recorded.position)

    def _wish(self, asked: Asked, position: int) -> None:
        wish = self._complete(asked.reaction, position)
        key = idempotency_key(asked.cause.position, wish.command, wish.target)
        try:
            self.send(f"process:{asked.process.name}", "process", wish.command, key)
        except Refused as refused:
            if asked.process.is_patient(refused.refusal):
                self.postponed.append(asked)
            else:
                self.refused.append((wish.command.TYPE, refused.refusal.sentence()))

    def _complete(self, reaction: Reaction, position: int) -> Wish:
        """Complete a wish over a set with the set as of a position."""
        if isinstance(reaction, Wish):
            return reaction
        holders = list(self.holders(reaction.asset, position))
        return Wish(reaction.build(position, holders), reaction.target)

    def holders(self, asset: str, position: int) -> Iterator[tuple[str, int]]:
        """List who held units of an asset as of a position."""
        balances: dict[str, int] = {}
        for recorded in self.log[:position]:
            owner, _, rest = recorded.stream.removeprefix("account:").partition("/")
            if rest == f"units/{asset}" and isinstance(recorded.fact, MOVES):
                balances[owner] = recorded.fact.balance
        yield from sorted((owner, balance) for owner, balance in balances.items() if balance)

    def _sign(self, subject: str, claim: ClaimRequested) -> None:
        """Let the claim issuer sign, as its worker would."""
        signature = f"{claim.number:0130x}"
        command = SignClaim(subject=subject, number=claim.number, signature=signature)
        self.send("process:claim_issuer", "process", command)

    def _carry_out(self, write: str, planned: ChainWritePlanned) -> None:
        result = self._chain(write, planned)
        for command in _reports(write, result, len(self.log)):
            key = f"{write}/{command.TYPE}/{self._seen}"
            self.send("process:chain", "process", command, key)


def _reports(write: str, result: dict[str, str] | str, number: int) -> Iterator[Command]:
    transaction, block_hash = f"0x{number:064x}", f"0x{number + 1:064x}"
    if isinstance(result, str):
        yield chainwrite.RecordFailed(write=write, reason=result)
        return
    yield chainwrite.AssignNonce(
        write=write,
        sender="0x" + "11" * 20,
        nonce=number,
        value="0",
        gas_limit=1,
        max_fee_per_gas="1",
        max_priority_fee_per_gas="1",
        calldata_hash="00" * 32,
        transaction=transaction,
    )
    yield chainwrite.RecordBroadcast(write=write, transaction=transaction)
    yield chainwrite.RecordMined(
        write=write,
        transaction=transaction,
        block=number,
        block_hash=block_hash,
        gas_used=1,
        gas_price="1",
        fee="1",
    )
    yield chainwrite.RecordConfirmed(
        write=write,
        transaction=transaction,
        block=number,
        block_hash=block_hash,
        confirmations=2,
        result=result,
    )

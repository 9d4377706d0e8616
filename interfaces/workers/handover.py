"""Hands over what a rotated account owns on chain, while everything runs (DESIGN decision 14).

The new account becomes agent and manager beside the old one; the rotation on the log divides what
is planned: what was planned before it is the old account's to finish, and what follows waits. Then
the owner of each contract changes, the new account acts, and the old one loses what it has left.
Each step asks the chain first and is planned once, so it can be broken off and repeated anywhere.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from application.ports.log import LogReader
from domain.chainwrite import handover as plans
from domain.chainwrite.calls import MANAGEMENT, TOKEN_AGENT, key_of
from domain.chainwrite.events import ChainWriteConfirmed, ChainWriteRestored
from domain.chainwrite.handover import Holding
from domain.chainwrite.state import chainwrite_stream
from domain.kernel.ids import fingerprint
from domain.platform.events import PlatformAccountRotated
from domain.platform.state import PLATFORM, PLATFORM_STREAM, RecordHandOver
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.workers.gateway import Sender
from interfaces.workers.rotationsteps import Steps


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """What a hand-over asks besides the log.

    ``ask`` calls a contract. ``written`` lists the writes of a purpose, and knows all that were
    planned up to a position; ``unfinished`` lists the token agent's first ones that were planned
    up to a position and are not at their end.
    """

    ask: Callable[[PlannedCall], Any]
    written: Callable[[str, int], Sequence[str]]
    unfinished: Callable[[int], Sequence[str]]


class HandOver:
    """Hands over what one account has to the one that follows it."""

    def __init__(
        self, sender: Sender, log: LogReader, steps: Steps, chain: Chain, *, old: str, new: str
    ) -> None:
        self._sender = sender
        self._log = log
        self._steps = steps
        self._chain = chain
        self._old = old.lower()
        self._new = new.lower()

    def prepare(self) -> None:
        """Let the new account in beside the old one, which still acts. Raises RotationHeld."""
        self._let_in(owners=False)

    def finish(self) -> None:
        """Hand everything over and put the old account out. Raises RotationHeld, Refused.

        The rotation is on the log: from there on nothing is planned for the old account.
        """
        begun = self._begun()
        while writes := self._chain.unfinished(begun):
            for write in writes:
                # One that fails is somebody's to try again; by then the new account signs it.
                self._steps.end(write)
        self._let_in(owners=False)
        self._let_in(owners=True)
        done = RecordHandOver(purpose=TOKEN_AGENT, account=self._new)
        self._sender.send(done, f"handed over/{fingerprint(self._old, self._new)}")
        self._put_out()

    def _begun(self) -> int:
        """Tell the position at which the new account took the purpose over."""
        found = [
            each.position
            for each in self._log.read_stream(PLATFORM_STREAM)
            if isinstance(each.fact, PlatformAccountRotated)
            and (each.fact.purpose, each.fact.new.lower()) == (TOKEN_AGENT, self._new)
        ]
        return found[-1]

    def _let_in(self, *, owners: bool) -> None:
        wanted = []
        for holding in self._holdings():
            if (holding.role == "owner") != owners:
                continue
            owner = self._owner_of(holding)
            if owner == self._old if owners else not self._has(holding, self._new):
                wanted.append(plans.let_in(holding, signer=owner, new=self._new))
        self._steps.carry_out(wanted)

    def _put_out(self) -> None:
        out = [
            plans.put_out(holding, old=self._old, new=self._new)
            for holding in self._holdings()
            if holding.role != "owner" and self._has(holding, self._old)
        ]
        self._steps.carry_out(out)

    def _holdings(self) -> list[Holding]:
        position = self._log.head().position
        suites = [self._result(write) for write in self._chain.written("suite", position)]
        suites = [suite for suite in suites if suite]
        made = [self._result(write) for write in self._chain.written("identity", position)]
        identities = [identity["identity"] for identity in made if identity]
        identities += [str(self._ask("Token", suite["token"], "onchainID")) for suite in suites]
        facts = [each.fact for each in self._log.read_stream(PLATFORM_STREAM)]
        return plans.holdings(PLATFORM.fold(facts).addresses, suites, identities)

    def _result(self, write: str) -> dict[str, str]:
        """Tell what a write gave, nothing where it is not confirmed."""
        for recorded in reversed(self._log.read_stream(chainwrite_stream(write))):
            if isinstance(recorded.fact, ChainWriteConfirmed | ChainWriteRestored):
                return recorded.fact.result
        return {}

    def _owner_of(self, holding: Holding) -> str:
        """Tell who may give a role away; an identity's managers are equal among themselves."""
        if holding.role == "manager":
            return self._old if self._has(holding, self._old) else self._new
        return str(self._ask(holding.contract, holding.address, "owner")).lower()

    def _has(self, holding: Holding, account: str) -> bool:
        if holding.role == "agent":
            return bool(self._ask(holding.contract, holding.address, "isAgent", account))
        return bool(
            self._ask("Identity", holding.address, "keyHasPurpose", key_of(account), MANAGEMENT)
        )

    def _ask(self, contract: str, target: str, function: str, *given: Any) -> Any:
        call = PlannedCall(contract=contract, function=function, arguments=given, target=target)
        return self._chain.ask(call)

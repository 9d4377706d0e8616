"""From an empty store and chain to a platform that can work: each step once, resumed anywhere."""

import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from application.ports.log import LogReader
from domain.chainwrite.commands import PlanChainWrite
from domain.chainwrite.events import ChainWriteConfirmed, ChainWriteFailed, ChainWriteMined
from domain.chainwrite.state import chainwrite_stream
from domain.integrity.chain import log_id
from domain.kernel.command import Command
from domain.kernel.money import Money
from domain.kernel.roles import Role
from domain.log.commands import OpenLog
from domain.log.state import LOG, LOG_STREAM
from domain.platform.state import PLATFORM, PLATFORM_STREAM, RecordPlatform
from domain.settings.state import (
    HOME_CALENDAR,
    SETTINGS,
    SETTINGS_STREAM,
    PublishHolidays,
    PublishTerms,
)
from domain.subject import commands as subjects
from domain.subject.state import SUBJECT, Subject, subject_stream
from interfaces.outbound.evm.abi import JsonValue
from interfaces.outbound.evm.platform import (
    PlatformParties,
    PlatformStep,
    platform_steps,
    ready_steps,
    resolve,
)
from interfaces.workers.gateway import Sender

ADMIN: Final = "admin"
LISTING: Final = "listing"
WAIT_SECONDS: Final = 0.05
LONGEST_SECONDS: Final = 120.0

DEFAULT_TERMS: Final = PublishTerms(
    discount_bps=240,
    fee_bps=100,
    face_cap=Money(100_000_000, "GBP"),
    confirmation_business_days=5,
)
"""Prices and limits until an admin publishes others (002)."""


class BootstrapFailed(Exception):
    """The platform cannot be set up; the text says at which step and why."""


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of our keys on the chain."""

    token_agent: str
    registry_owner: str
    anchorer: str
    settlement_operator: str
    claim_issuer: str
    listing: str


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What position 1 says."""

    origin: str
    verifier_key: str
    witnesses: tuple[str, ...] = ()
    chain_id: int
    registry: str


class Bootstrap:
    """Opens the log, publishes settings, deploys the platform, activates the listing wallet."""

    def __init__(
        self,
        sender: Sender,
        log: LogReader,
        *,
        opening: Opening,
        accounts: Accounts,
        holidays: tuple[str, ...],
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._sender = sender
        self._log = log
        self._opening = opening
        self._accounts = accounts
        self._holidays = holidays
        self._progress = progress

    def run(self) -> None:
        """Do whatever is not done yet; raises BootstrapFailed, Refused, StoreUnavailable."""
        self._open_log()
        self._publish()
        self._deploy()
        self._activate(ADMIN, "Tallystick administration", ("admin",))
        self._activate(LISTING, "Tallystick listing wallet", ())
        self._bind_listing()

    def _open_log(self) -> None:
        opened = LOG.fold(each.fact for each in self._log.read_stream(LOG_STREAM)).opened
        wanted = self._opening
        if opened is not None:
            if (opened.origin, opened.chain_id) != (wanted.origin, wanted.chain_id):
                message = f"this store holds {opened.origin} on chain {opened.chain_id}"
                raise BootstrapFailed(message)
            return
        self._progress("opening the log")
        command = OpenLog(
            origin=wanted.origin,
            keys=(wanted.verifier_key,),
            witnesses=wanted.witnesses,
            chain_id=wanted.chain_id,
            registry=wanted.registry,
            owner=self._accounts.registry_owner,
        )
        self._sender.send(command, "open")

    def _publish(self) -> None:
        facts = [each.fact for each in self._log.read_stream(SETTINGS_STREAM)]
        settings = SETTINGS.fold(facts)
        if settings.published is None:
            self._sender.send(DEFAULT_TERMS, "terms")
        if not settings.bank_holidays:
            days = PublishHolidays(calendar=HOME_CALENDAR, days=self._holidays)
            self._sender.send(days, "holidays")

    def _deploy(self) -> None:
        facts = [each.fact for each in self._log.read_stream(PLATFORM_STREAM)]
        if PLATFORM.fold(facts).addresses:
            return
        accounts = self._accounts
        steps = platform_steps(
            PlatformParties(
                platform=accounts.token_agent,
                registry_owner=accounts.registry_owner,
                anchorer=accounts.anchorer,
                settlement_operator=accounts.settlement_operator,
                claim_issuer=accounts.claim_issuer,
                log=log_id(self._opening.origin).hex(),
            )
        )
        results: dict[str, Mapping[str, JsonValue]] = {}
        planned: set[str] = set()
        gas = 0
        waited = time.monotonic()
        while len(results) < len(steps):
            for step in ready_steps(steps, results):
                if step.name not in planned:
                    self._plan(step, results)
                    planned.add(step.name)
            done = {step.name: self._outcome(step) for step in steps if step.name not in results}
            for name, outcome in done.items():
                if outcome is not None:
                    results[name], used = outcome
                    gas += used
                    waited = time.monotonic()
                    self._progress(f"deployed {name} ({len(results)} of {len(steps)})")
            if time.monotonic() - waited > LONGEST_SECONDS:
                message = "the chain does not confirm the platform's contracts"
                raise BootstrapFailed(message)
            time.sleep(WAIT_SECONDS)
        self._record(results, gas)

    def _plan(self, step: PlatformStep, results: Mapping[str, Mapping[str, JsonValue]]) -> None:
        call = resolve(step, results)
        command = PlanChainWrite(
            write=f"platform/{step.name}",
            purpose="platform",
            reference=step.name,
            signer=step.signer,
            contract=call.contract,
            function=call.function,
            arguments=call.arguments,
            target=call.target,
        )
        self._sender.send(command, f"platform/{step.name}")

    def _outcome(self, step: PlatformStep) -> tuple[dict[str, str], int] | None:
        gas = 0
        for recorded in self._log.read_stream(chainwrite_stream(f"platform/{step.name}")):
            match recorded.fact:
                case ChainWriteMined():
                    gas = recorded.fact.gas_used
                case ChainWriteConfirmed():
                    return recorded.fact.result, gas
                case ChainWriteFailed():
                    message = f"{step.name}: {recorded.fact.reason}"
                    raise BootstrapFailed(message)
                case _:
                    pass
        return None

    def _record(self, results: Mapping[str, Mapping[str, JsonValue]], gas: int) -> None:
        addresses = {
            name: str(result["address"]) for name, result in results.items() if "address" in result
        }
        if addresses["anchor_registry"].lower() != self._opening.registry.lower():
            message = f"the registry stands at {addresses['anchor_registry']}, not as opened"
            raise BootstrapFailed(message)
        roles = msgspec.structs.asdict(self._accounts)
        self._sender.send(RecordPlatform(addresses=addresses | roles, gas_used=gas), "platform")

    def _activate(self, subject: str, name: str, roles: tuple[Role, ...]) -> None:
        """Enter a subject of the platform itself, and take it through the gates."""
        state = self._subject(subject)
        evidence = "platform"
        entry = subjects.CreateSubject(
            subject=subject, name=name, kind="platform", country="GB", roles=roles
        )
        steps: dict[str, Command] = {
            "NONE": entry,
            "CREATED": subjects.SubmitOnboarding(subject=subject),
            "ONBOARDING_SUBMITTED": subjects.PassKyc(subject=subject, evidence=evidence),
            "KYC_PASSED": subjects.PassScreening(subject=subject, evidence=evidence),
            "SCREENING_PASSED": subjects.PassRisk(subject=subject, evidence=evidence),
            "RISK_PASSED": subjects.ActivateSubject(subject=subject),
        }
        while state.state in steps:
            command = steps[state.state]
            self._sender.send(command, f"{subject}/{command.TYPE}")
            state = self._subject(subject)

    def _bind_listing(self) -> None:
        if self._subject(LISTING).wallet is None:
            bind = subjects.BindWallet(subject=LISTING, address=self._accounts.listing)
            self._sender.send(bind, "listing/wallet")
        until = time.monotonic() + LONGEST_SECONDS
        while not self._is_vouched_for(LISTING):
            if time.monotonic() > until:
                message = "the listing wallet got no identity with claims on chain"
                raise BootstrapFailed(message)
            time.sleep(WAIT_SECONDS)

    def _is_vouched_for(self, subject: str) -> bool:
        """Say whether the identity exists, and carries the claims that it was to carry."""
        state = self._subject(subject)
        return state.identity is not None and all(claim.added for claim in state.claims.values())

    def _subject(self, subject: str) -> Subject:
        stream = subject_stream(subject)
        return SUBJECT.fold(each.fact for each in self._log.read_stream(stream))

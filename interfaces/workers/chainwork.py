"""Puts the chain worker together: its gateways, its table, its questions and its alarms."""

import time
from collections.abc import Callable
from typing import Final

from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.workers import PostgresRawStore
from interfaces.outbound.signer.keyring import EVM_PURPOSES
from interfaces.settings import Settings
from interfaces.wiring import check_gateways_of, gateway_of, log_of
from interfaces.workers.alarms import LOOK_SECONDS, AlarmWorker
from interfaces.workers.chain import ChainWorker
from interfaces.workers.chainaccounts import Accounts
from interfaces.workers.chainparts import ChainRules
from interfaces.workers.chaintroubles import Troubles
from interfaces.workers.gateway import Sender, SyncGate
from interfaces.workers.recovery import Recovery
from projections.chain_writes.queries import ended_names, open_names

GWEI: Final = 10**9
LANES: Final = 8
SIGNERS: Final = ("anchorer", "registry_owner", "settlement_operator", "token_agent")
"""Keys that pay for gas."""


def rules_of(settings: Settings) -> ChainRules:
    """Tell how patient the worker is."""
    return ChainRules(
        confirmations=settings.confirmations,
        horizon=settings.chain_horizon,
        bump_blocks=settings.chain_bump_blocks,
        attempts=settings.chain_attempts,
        pipeline=settings.chain_pipeline,
        lanes=LANES,
        key_low_wei=settings.key_low_gwei * GWEI,
    )


def chain_step(settings: Settings, gate: SyncGate) -> Callable[[], float]:
    """Make the step of the one worker that signs for our keys; alarms are looked at beside it."""
    gateway, troubles = gateway_of(settings), Troubles()
    raws = PostgresRawStore(Session(settings.database_url, "chain"))
    questions = Questions(Session(settings.database_url, "chain questions"))
    worker = ChainWorker(
        gateway,
        Sender(gate, "chain"),
        log=log_of(settings),
        raws=raws,
        candidates=lambda: [row.write for row in questions.fetch(open_names())],
        rules=rules_of(settings),
        ended=lambda block: [row.write for row in questions.fetch(ended_names(block))],
        others=check_gateways_of(settings),
        troubles=troubles,
        signers=SIGNERS,
    )
    recovery = Recovery(
        gateway,
        log=log_of(settings),
        raws=raws,
        senders=[gateway.address(purpose) for purpose in EVM_PURPOSES],
        check=worker.check,
        more=Accounts(log_of(settings)).every,
    )
    return _watched(recovery.before(worker.step), AlarmWorker((troubles.look,)))


def _watched(step: Callable[[], float], alarms: AlarmWorker) -> Callable[[], float]:
    """Look at the alarms now and then, whether the step went well or not."""
    looked = 0.0

    def both() -> float:
        nonlocal looked
        try:
            return step()
        finally:
            if time.monotonic() - looked >= LOOK_SECONDS:
                looked = time.monotonic()
                alarms.step()

    return both

"""Assembles what carries checks to their providers, one follower for each gate."""

from application.ports.log import LogReader
from domain.check.events import Gate
from interfaces.outbound.checks.choosing import identity_providers, screening_providers
from interfaces.outbound.postgres.personaldocuments import PostgresPersonalDocuments
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.workers import PostgresPlaces
from interfaces.settings import Settings
from interfaces.wiring import clock_of, vault_of
from interfaces.workers.checking import Checker
from interfaces.workers.follower import Follower
from interfaces.workers.gateway import Sender


def check_follower(
    gate: Gate, settings: Settings, sender: Sender, *, log: LogReader, session: Session
) -> Follower:
    """Make the follower of one gate. Raises BadSetting."""
    vault = vault_of(settings)
    if gate == "identity":
        providers = identity_providers(settings)
    else:
        providers = screening_providers(settings, clock_of(settings).now)
    checker = Checker(
        gate,
        sender,
        log=log,
        providers=providers,
        vault=vault,
        documents=PostgresPersonalDocuments(settings.database_url, vault),
    )
    return Follower(gate, checker.effects(), log=log, places=PostgresPlaces(session))

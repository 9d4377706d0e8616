"""Assembles the worker that forgets whom two persons want forgotten."""

from domain.subject.events import ErasureOrdered
from interfaces.outbound.postgres.forgetting import PostgresForgetting
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.workers import PostgresPlaces
from interfaces.settings import Settings
from interfaces.wiring import log_of, vault_of
from interfaces.workers.follower import Follower
from interfaces.workers.forgetting import erasing
from interfaces.workers.gateway import Sender

NAME = "forgetting"


def forget_follower(settings: Settings, sender: Sender) -> Follower:
    """Make the follower that carries orders out."""
    url, log = settings.database_url, log_of(settings)
    forgets = PostgresForgetting(url, vault_of(settings))
    effect = erasing(sender, log, Questions(Session(url, NAME)), forgets.forget)
    places = PostgresPlaces(Session(url, NAME))
    return Follower(NAME, {ErasureOrdered: effect}, log=log, places=places)

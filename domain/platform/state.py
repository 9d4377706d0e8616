"""The platform after its events, and the one decision about it."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.refusal import AlreadyExists, Refusal
from domain.platform.events import EVENTS, PlatformAccountRotated, PlatformDeployed

PLATFORM_STREAM: Final = "platform:erc3643"


class RecordPlatform(Command, frozen=True, kw_only=True):
    """Record the addresses that the chain confirmed."""

    TYPE = "platform.record"
    addresses: dict[str, str]
    gas_used: int


class Platform(msgspec.Struct, frozen=True):
    """Where the shared contracts stand."""

    addresses: dict[str, str] = {}


def evolve(state: Platform, event: Event) -> Platform:
    """Apply one fact."""
    match event:
        case PlatformDeployed():
            return Platform(event.addresses)
        case PlatformAccountRotated():
            return Platform({**state.addresses, event.purpose: event.new})
        case _:
            return state


def record(state: Platform, command: RecordPlatform) -> list[Event] | Refusal:
    """Record the platform once."""
    if state.addresses == command.addresses:
        return []
    if state.addresses:
        return AlreadyExists(kind="platform", identity="erc3643")
    return [PlatformDeployed(addresses=command.addresses, gas_used=command.gas_used)]


def rotate(state: Platform, *, purpose: str, old: str, new: str) -> list[Event]:
    """Put the account of a purpose in another's place, where the platform knows it at all."""
    if state.addresses.get(purpose) != old:
        return []
    return [PlatformAccountRotated(purpose=purpose, old=old, new=new)]


PLATFORM: Final = Aggregate(name="platform", empty=Platform(), evolve=evolve, events=EVENTS)

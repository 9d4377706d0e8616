"""The platform after its events, and the one decision about it."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.refusal import AlreadyExists, InvalidField, Refusal
from domain.platform.events import (
    EVENTS,
    PlatformAccountRotated,
    PlatformDeployed,
    PlatformHandedOver,
)

PLATFORM_STREAM: Final = "platform:erc3643"
OWNERS: Final = frozenset({"token_agent"})
"""Purposes whose account owns contracts: these are handed over, one by one, after a rotation."""


class RecordPlatform(Command, frozen=True, kw_only=True):
    """Record the addresses that the chain confirmed."""

    TYPE = "platform.record"
    addresses: dict[str, str]
    gas_used: int


class RecordHandOver(Command, frozen=True, kw_only=True):
    """Record that nothing is left to an account that was rotated."""

    TYPE = "platform.record_hand_over"
    purpose: str
    account: str


class Platform(msgspec.Struct, frozen=True):
    """Where the shared contracts stand, and who acts on them.

    ``leaving`` are accounts, by purpose, that own contracts and are handing them over.
    """

    addresses: dict[str, str] = {}
    leaving: dict[str, str] = {}


def evolve(state: Platform, event: Event) -> Platform:
    """Apply one fact."""
    match event:
        case PlatformDeployed():
            return Platform(event.addresses)
        case PlatformAccountRotated():
            leaving = {**state.leaving, event.purpose: event.old}
            return Platform(
                {**state.addresses, event.purpose: event.new},
                leaving if event.purpose in OWNERS else state.leaving,
            )
        case PlatformHandedOver():
            left = {name: old for name, old in state.leaving.items() if name != event.purpose}
            return Platform(state.addresses, left)
        case _:
            return state


def record(state: Platform, command: RecordPlatform) -> list[Event] | Refusal:
    """Record the platform once."""
    if state.addresses == command.addresses:
        return []
    if state.addresses:
        return AlreadyExists(kind="platform", identity="erc3643")
    return [PlatformDeployed(addresses=command.addresses, gas_used=command.gas_used)]


def rotate(state: Platform, *, purpose: str, old: str, new: str) -> list[Event] | Refusal:
    """Put the account of a purpose in another's place, where the platform knows it at all."""
    if purpose in state.leaving:
        reason = f"{state.leaving[purpose]} has not handed everything over yet"
        return InvalidField(field="purpose", reason=reason)
    if state.addresses.get(purpose) != old:
        return []
    return [PlatformAccountRotated(purpose=purpose, old=old, new=new)]


def hand_over(state: Platform, command: RecordHandOver) -> list[Event] | Refusal:
    """Let the new account act; said again it changes nothing."""
    if state.addresses.get(command.purpose) != command.account:
        return InvalidField(field="account", reason=f"is not that of {command.purpose}")
    if command.purpose not in state.leaving:
        return []
    return [PlatformHandedOver(purpose=command.purpose, account=command.account)]


PLATFORM: Final = Aggregate(name="platform", empty=Platform(), evolve=evolve, events=EVENTS)

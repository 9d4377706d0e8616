"""Requests to hold a store against: the long tale's as they were sent, and small ones."""

from functools import cache
from typing import Any

from typing_extensions import override

from application.ports.gate import Request
from domain.anchor.commands import PlanAnchor
from domain.kernel.command import Command
from domain.kernel.event import Recorded
from domain.kernel.roles import Role
from domain.log.commands import OpenLog
from domain.subject.commands import CreateSubject, FreezeSubject
from tests.application.memory_house import LOG
from tests.projections.tale import Tale, _anchor, _finance, _freeze, _others, _settle, _trade

__all__ = ["LOG"]


class FixedClock:
    """A clock that shows what it is set to."""

    def __init__(self, at: str = "2026-05-22T09:00:00.000000Z") -> None:
        self.at = at

    def now(self) -> str:
        """Tell the time."""
        return self.at


class _Dictated(Tale):
    def __init__(self) -> None:
        super().__init__()
        self.requests: list[tuple[str, Request]] = []

    @override
    def send(
        self, actor: str, role: str, command: Command, key: str | None = None
    ) -> list[Recorded]:
        name = key or f"key-{len(self.log)}-{command.TYPE}"
        told: Any = role
        # Time goes on even where the teller goes back.
        self.now = max(self.now, self.requests[-1][0] if self.requests else "")
        request = Request(command=command, actor=actor, role=told, key=name)
        self.requests.append((self.now, request))
        return super().send(actor, role, command, name)


@cache
def script() -> tuple[tuple[str, Request], ...]:
    """Give the tale as (instant, request), in the order in which they were sent."""
    tale = _Dictated()
    tale.open()
    for chapter in (_finance, _trade, _others, _settle, _freeze, _anchor):
        chapter(tale)
    return tuple(tale.requests)


def request(
    command: Command, key: str, *, role: Role = "process", actor: str = "process:test"
) -> Request:
    """Wrap a command."""
    return Request(command=command, actor=actor, role=role, key=key)


def opening(origin: str = LOG) -> Request:
    """Ask for position 1."""
    command = OpenLog(
        origin=origin,
        keys=("key",),
        witnesses=(),
        chain_id=31337,
        registry="0x" + "e1" * 20,
        owner="0x" + "e2" * 20,
    )
    return request(command, "open")


def create(name: str, key: str | None = None, *, country: str = "GB") -> Request:
    """Ask for a new subject: one event on one stream."""
    command = CreateSubject(
        subject=name, name=name.title(), kind="institution", country=country, roles=("seller",)
    )
    return request(command, key or f"create-{name}", role="admin", actor="subject:admin")


def refused(key: str = "freeze-nobody") -> Request:
    """Ask for what the rules refuse: to freeze somebody who does not exist."""
    return request(FreezeSubject(subject="nobody"), key)


def plan_anchor(size: int) -> Request:
    """Ask for one event on each of two streams."""
    command = PlanAnchor(
        size=size, root="0b" * 32, head="0c" * 32, checkpoint="note", path=("0d" * 32,)
    )
    return request(command, f"anchor-{size}")

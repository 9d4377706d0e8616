"""What happened to a check; the stream is ``check:<subject>/<gate>``.

Gate 1 is ``identity``, gate 2 ``screening``, gate 3 ``risk``; an alert is gate 4 (002).
Only compliance may know how a check went: whoever learnt it could tip the subject off (002).
"""

from typing import Literal

import msgspec

from domain.kernel.event import Event
from domain.kernel.roles import COMPLIANCE_TEAM, Role

VISIBLE: frozenset[Role] = COMPLIANCE_TEAM | frozenset({"auditor", "process"})

Gate = Literal["identity", "screening", "risk"]
Provider = Literal["manual", "policy", "sumsub", "complyadvantage"]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says: under which reference, at which instant of its own, and its codes."""

    provider: Provider
    reference: str
    answered_at: str
    findings: tuple[str, ...] = ()


class CheckAsked(Event, frozen=True, kw_only=True):
    """A check is wanted of a provider; ``manual`` is a person at the queue.

    ``policy`` is the version of the onboarding policy that chose it (0: none was published),
    ``inputs`` the SHA-256 of what is checked, as it lies sealed on the log.
    """

    TYPE = "check.asked"
    VISIBLE = VISIBLE
    provider: Provider
    policy: int
    inputs: str


class CheckReferred(Event, frozen=True, kw_only=True):
    """The provider has taken the check up under its own reference."""

    TYPE = "check.referred"
    VISIBLE = VISIBLE
    reference: str


class CheckPassed(Event, frozen=True, kw_only=True):
    """Nothing speaks against the subject; ``policy`` and ``inputs`` as they were asked about."""

    TYPE = "check.passed"
    VISIBLE = VISIBLE
    answer: Answer
    policy: int
    inputs: str


class CheckFailed(Event, frozen=True, kw_only=True):
    """Something does: the reporting officer must look at it."""

    TYPE = "check.failed"
    VISIBLE = VISIBLE
    answer: Answer
    policy: int
    inputs: str


class CheckReturned(Event, frozen=True, kw_only=True):
    """Nobody can tell from these documents: the subject is to bring others."""

    TYPE = "check.returned"
    VISIBLE = VISIBLE
    answer: Answer


class CheckAlerted(Event, frozen=True, kw_only=True):
    """Gate 4: what had passed passes no longer."""

    TYPE = "check.alerted"
    VISIBLE = VISIBLE
    answer: Answer


EVENTS = (CheckAsked, CheckReferred, CheckPassed, CheckFailed, CheckReturned, CheckAlerted)

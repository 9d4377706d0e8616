"""Users and API keys as pure decisions: what may follow what, and what is refused by name."""

from typing import Any

import pytest

from domain.apikey import state as keys
from domain.apikey.scopes import lets_ask, lets_send, problem_of, within
from domain.apikey.state import APIKEY, ApiKey, IssueApiKey, RotateApiKey
from domain.kernel.calendar import later
from domain.kernel.command import Context
from domain.kernel.refusal import Refusal
from domain.user import commands, decide
from domain.user.lockout import ACCOUNT_DELAYS, delay_after
from domain.user.state import USER, User

NOW = "2026-05-22T10:42:00.000000Z"
OWN = Context(actor="subject:acme", at=NOW)


def user(*decisions: tuple[Any, Any]) -> User:
    """Carry decisions out, one after the other."""
    state = USER.empty
    for decision, command in decisions:
        facts = decision(state, command)
        assert not isinstance(facts, Refusal), facts
        state = USER.fold(facts, state)
    return state


REGISTERED = (
    decide.register,
    commands.RegisterUser(user="u1", subject="acme", roles=("seller",)),
)
FIRST = (decide.set_password, commands.RecordPasswordSet(user="u1", reason="first"))
CLOSED = (decide.close, commands.CloseUser(user="u1", reason="left"))
ENABLED = (decide.enable_totp, commands.RecordTotpEnabled(user="u1"))
LOCKED = (decide.lock, commands.RecordUserLocked(user="u1", failures=5, until=later(NOW, 30)))


def test_a_user_becomes_active_with_its_password() -> None:
    assert user(REGISTERED).state == "INVITED"
    state = user(REGISTERED, FIRST, ENABLED, LOCKED)
    assert (state.state, state.totp, state.locked_until) == ("ACTIVE", True, later(NOW, 30))
    assert user(REGISTERED, FIRST, CLOSED).state == "CLOSED"


@pytest.mark.parametrize(
    ("before", "step", "code"),
    [
        ((), FIRST, "not_found"),
        ((), CLOSED, "not_found"),
        ((), ENABLED, "not_found"),
        ((REGISTERED,), REGISTERED, "already_exists"),
        ((REGISTERED, CLOSED), FIRST, "wrong_state"),
        ((REGISTERED, CLOSED), CLOSED, "wrong_state"),
        ((REGISTERED, CLOSED), ENABLED, "not_found"),
        ((REGISTERED, CLOSED), LOCKED, "not_found"),
    ],
)
def test_what_a_user_cannot_do_is_refused(before: Any, step: Any, code: str) -> None:
    decision, command = step
    refusal = decision(user(*before), command)
    assert isinstance(refusal, Refusal)
    assert code == refusal.CODE


def test_saying_it_again_is_no_news() -> None:
    for step in (ENABLED, LOCKED):
        decision, command = step
        assert decision(user(REGISTERED, FIRST, step), command) == []
    unlinked = commands.RecordIdentityUnlinked(user="u1", provider="acme")
    assert decide.unlink_identity(user(REGISTERED), unlinked) == []


def issued(**more: Any) -> ApiKey:
    """Issue a key."""
    command = IssueApiKey(key="k1", subject="acme", role="seller", digest="d1" * 32, **more)
    facts = keys.issue(APIKEY.empty, command, NOW)
    assert not isinstance(facts, Refusal), facts
    return APIKEY.fold(facts)


ROTATION = RotateApiKey(key="k1", successor="k2", digest="d2" * 32, overlap_seconds=60)


def test_a_successor_has_the_same_rights_and_no_longer_life() -> None:
    end = later(NOW, 3_600)
    old = issued(scopes=("read",), expires_at=end, rate_per_second=5)
    rotation = keys.rotate(old, ROTATION, OWN)
    assert not isinstance(rotation, Refusal)
    rotated, new = rotation
    assert (rotated.successor, rotated.until) == ("k2", later(NOW, 60))
    assert (new.scopes, new.expires_at, new.rate_per_second) == (("read",), end, 5)
    assert (new.replaces, new.digest) == ("k1", "d2" * 32)


@pytest.mark.parametrize(
    ("at", "actor", "more", "code"),
    [
        (NOW, "subject:other", {}, "not_yours"),
        (later(NOW, 10), "subject:acme", {"expires_at": later(NOW, 10)}, "key_not_in_force"),
    ],
)
def test_a_rotation_that_is_refused(at: str, actor: str, more: Any, code: str) -> None:
    refusal = keys.rotate(issued(**more), ROTATION, Context(actor=actor, at=at))
    assert isinstance(refusal, Refusal)
    assert code == refusal.CODE


def test_scopes_open_what_they_name() -> None:
    assert lets_ask(None, "trades")
    assert lets_send(None, "invoice.submit")
    narrow = frozenset({"query:trades", "command:invoice.submit"})
    assert [lets_ask(narrow, name) for name in ("trades", "accounts")] == [True, False]
    assert [lets_send(narrow, name) for name in ("invoice.submit", "invoice.fund")] == [True, False]
    assert not lets_send(frozenset({"read"}), "invoice.submit")
    assert problem_of(["read", "query:trades"]) is None
    assert all(map(problem_of, ([], ["write"], ["query:"], ["read"] * 51)))
    assert within(["query:trades"], ["read"])
    assert within(None, None)
    assert not within(None, ["read"])
    assert not within(["command:invoice.submit"], ["read"])


def test_waits_grow_and_are_bounded() -> None:
    waits = [delay_after(number, ACCOUNT_DELAYS) for number in range(1, 40)]
    assert waits == sorted(waits)
    assert (waits[3], waits[4], waits[-1]) == (0, 30, 900)

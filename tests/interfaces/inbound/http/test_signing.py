"""Signing in: passwords, codes, sessions, links, and what guessing gets one."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pyotp
import pytest

from domain.kernel.calendar import instant, later
from domain.mail.events import MailRequested
from domain.user.lockout import ACCOUNT_DELAYS
from interfaces.inbound.http.access.sessions import (
    COOKIE,
    CSRF_HEADER,
    Lifetimes,
    digest_of_token,
    is_alive,
)
from tests.interfaces.inbound.http.house import House, Visitor

Doors = Callable[[str | None], Visitor]

LOGIN = "Ann@Acme.Example"
PASSWORD = "copper gate violin harbour"
OTHER = "seven lanterns in the marsh"


class Member:
    """Somebody with a session."""

    def __init__(self, doors: Doors, told: dict[str, Any]) -> None:
        self.visitor = doors(None)
        self.told = told
        self.visitor.headers = {"Authorization": f"Bearer {told['token']}"}

    def post(self, path: str, body: object = None) -> Any:
        return self.visitor.post(path, body)

    def get(self, path: str) -> Any:
        return self.visitor.get(f"/api/v1{path}")


@pytest.fixture
def user(house: House, doors: Doors) -> str:
    """Register a user of a lender and let it choose its password by the mailed link."""
    body = {"subject": "pennine", "login": LOGIN, "roles": ["lender"]}
    told = doors("ada").post("/users", body, key="ann")
    assert told.status_code == 201, told.text
    name: str = told.json()["id"]
    token = link_of(house, name)
    set_it = doors(None).post("/password/set", {"token": token, "password": PASSWORD})
    assert set_it.status_code == 200, set_it.text
    return name


def mails(house: House, user: str) -> list[dict[str, str]]:
    """List what was mailed to a user."""
    facts = [event.fact for event in house.tale.log]
    requested = [fact for fact in facts if isinstance(fact, MailRequested)]
    return [fact.fields for fact in requested if fact.recipient == user]


def link_of(house: House, user: str) -> str:
    """Make the secret of the link that was mailed last."""
    fields = mails(house, user)[-1]
    return house.services().links.token(fields["link"], fields["expires"])


def lose(house: House, doors: Doors, user: str) -> str:
    """Ask for a link; it is mailed after the answer."""
    before = len(mails(house, user))
    assert doors(None).post("/password/lost", {"login": LOGIN}).status_code == 202
    end = time.monotonic() + 5
    while len(mails(house, user)) == before and time.monotonic() < end:
        time.sleep(0.01)
    return link_of(house, user)


def sign_in(doors: Doors, password: str = PASSWORD, login: str = LOGIN, **more: str) -> Any:
    return doors(None).post("/sign-in", {"login": login, "password": password, **more})


def member(doors: Doors, **more: str) -> Member:
    told = sign_in(doors, **more)
    assert told.status_code == 200, told.text
    return Member(doors, told.json())


def outcome(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("code")


def types(house: House, user: str) -> list[str]:
    return [event.envelope.type for event in house.tale.log if event.stream == f"user:{user}"]


@pytest.mark.capability("LB4", part="sign-in")
def test_from_invitation_to_a_session(house: House, doors: Doors, user: str) -> None:
    """A registered user chooses a password, signs in, acts in its role and signs out."""
    ann = member(doors, login=" ann@acme.EXAMPLE ")
    told = ann.told
    assert (told["user"], told["subject"], told["role"]) == (user, "pennine", "lender")
    assert ann.get("/portfolio").status_code == 200
    assert ann.get("/chain-writes").status_code == 403
    listed = ann.get("/sessions").json()["items"]
    assert [(each["session"], each["present"]) for each in listed] == [(told["session"], True)]
    assert doors("ada").get(f"/api/v1/users/{user}").json()["state"] == "ACTIVE"
    assert ann.post("/sign-out").status_code == 200
    assert outcome(ann.get("/portfolio")) == (401, "unauthenticated")
    assert types(house, user) == ["user.registered", "user.password_set"]


def test_nothing_secret_is_on_the_log_or_in_the_store(house: House, user: str) -> None:
    bodies = b"".join(event.body for event in house.tale.log).lower()
    kept = repr(vars(house.access)).lower() + repr(
        [vars(each) for each in house.access._logins.values()]
    )
    for secret in (LOGIN.lower(), "acme.example", PASSWORD):
        assert secret.encode() not in bodies
        assert secret not in kept


def test_wrong_is_wrong_in_one_way(house: House, doors: Doors, user: str) -> None:
    """Nobody learns whether a name exists, nor what was wrong."""
    answers = [
        sign_in(doors, password="not this one"),
        sign_in(doors, login="nobody@acme.example"),
        sign_in(doors, login=LOGIN, password=""),
    ]
    assert [outcome(each)[0] for each in answers[:2]] == [401, 401]
    assert answers[0].content == answers[1].content
    assert answers[2].status_code == 422
    assert PASSWORD not in repr(answers[0].request.content)


def test_guesses_wait_longer_and_longer(house: House, doors: Doors, user: str) -> None:
    """After the free ones each failure doubles the wait; known and unknown names alike."""
    free = ACCOUNT_DELAYS.index(30) + 1
    for name in (LOGIN, "nobody@acme.example"):
        for _ in range(free):
            assert outcome(sign_in(doors, "wrong wrong", name)) == (401, "sign_in_refused")
        locked = sign_in(doors, PASSWORD, name)
        assert outcome(locked) == (429, "too_many_attempts")
        assert 1 <= int(locked.headers["Retry-After"]) <= 31
    house.tale.now = later(house.tale.now, 31)
    assert sign_in(doors).status_code == 200
    assert types(house, user)[-1] == "user.locked"
    # The success has cleared the account: the free ones are there again.
    assert outcome(sign_in(doors, "wrong wrong")) == (401, "sign_in_refused")
    assert sign_in(doors).status_code == 200


def test_one_address_guesses_no_thousand_names(house: House, doors: Doors) -> None:
    told = [sign_in(doors, "wrong", f"somebody{number}@x.example") for number in range(25)]
    assert {each.status_code for each in told[:20]} == {401}
    assert told[-1].status_code == 429


@pytest.mark.capability("LB4", part="sign-in")
def test_a_device_is_the_second_factor(house: House, doors: Doors, user: str) -> None:
    """Enrolled and confirmed, it is demanded; a code serves once, a recovery code once."""
    ann, other = member(doors), member(doors)
    assert outcome(ann.post("/device", {"password": "wrong wrong"})) == (401, "sign_in_refused")
    device = ann.post("/device", {"password": PASSWORD}).json()
    totp = pyotp.TOTP(device["secret"])
    # Not in use before it was confirmed.
    assert sign_in(doors).status_code == 200
    code = totp.at(instant(house.tale.now))
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert outcome(ann.post("/device/confirm", {"code": wrong})) == (401, "sign_in_refused")
    assert ann.post("/device/confirm", {"code": code}).status_code == 200
    assert outcome(other.get("/portfolio")) == (401, "unauthenticated")

    assert outcome(sign_in(doors)) == (401, "second_factor_needed")
    assert outcome(sign_in(doors, code=code)) == (401, "sign_in_refused")  # replayed
    house.tale.now = later(house.tale.now, 30)
    fresh = totp.at(instant(house.tale.now))
    assert sign_in(doors, code=fresh).status_code == 200
    assert outcome(sign_in(doors, code=fresh)) == (401, "sign_in_refused")
    recovery = device["recovery_codes"]
    assert len(set(recovery)) == 10
    assert sign_in(doors, code=recovery[0].upper()).status_code == 200
    assert outcome(sign_in(doors, code=recovery[0])) == (401, "sign_in_refused")
    assert outcome(ann.post("/device", {"password": PASSWORD})) == (409, "device_enrolled")

    body = {"password": PASSWORD, "code": recovery[1]}
    assert ann.post("/device/give-up", body).status_code == 200
    assert sign_in(doors).status_code == 200
    assert [each for each in types(house, user) if "totp" in each] == [
        "user.totp_enabled",
        "user.totp_disabled",
    ]
    text = b"".join(event.body for event in house.tale.log)
    assert device["secret"].encode() not in text


def test_a_password_must_be_hard_to_guess_and_new(house: House, doors: Doors, user: str) -> None:
    ann, second = member(doors), member(doors)

    def change(password: str, present: str = PASSWORD) -> Any:
        return ann.post("/password", {"present": present, "password": password})

    weak = (
        "short",
        "password1234",
        "qwertyuiop[]",
        "ann@acme.example",
        "tallystick2026",
        "x" * 129,
    )
    for password in (*weak, "aaaaaaaaaaaaaaaa", PASSWORD):
        told = change(password)
        assert outcome(told) == (422, "password_refused"), password
        assert password not in told.json()["detail"]
    assert outcome(change(OTHER, "wrong wrong")) == (401, "sign_in_refused")
    assert change(OTHER).status_code == 200
    assert outcome(second.get("/portfolio")) == (401, "unauthenticated")
    assert ann.get("/portfolio").status_code == 200
    assert outcome(change(PASSWORD, OTHER)) == (422, "password_refused")
    assert outcome(sign_in(doors)) == (401, "sign_in_refused")
    assert sign_in(doors, OTHER).status_code == 200


def test_a_lost_password_comes_back_by_a_link_once(house: House, doors: Doors, user: str) -> None:
    """Bound to user and purpose, single-use, expiring; the answer is the same for any name."""
    unknown = doors(None).post("/password/lost", {"login": "nobody@acme.example"})
    known = doors(None).post("/password/lost", {"login": LOGIN})
    assert (unknown.status_code, unknown.content) == (202, known.content)
    older = lose(house, doors, user)
    token, old = lose(house, doors, user), member(doors)
    setting = {"token": token, "password": OTHER}
    assert doors(None).post("/password/set", {**setting, "password": "weak"}).status_code == 422
    assert doors(None).post("/password/set", setting).status_code == 200
    assert outcome(old.get("/portfolio")) == (401, "unauthenticated")
    again = {"token": token, "password": "another set of four words"}
    assert outcome(doors(None).post("/password/set", again)) == (410, "link_refused")
    # Every link of before is void with the password that it was to replace.
    again["token"] = older
    assert outcome(doors(None).post("/password/set", again)) == (410, "link_refused")
    assert sign_in(doors, OTHER).status_code == 200

    late = lose(house, doors, user)
    house.tale.now = later(house.tale.now, 3_700)
    foreign = house.services().links.token("invoice/FX-1/1", house.tale.now)
    for bad in (late, foreign, "x", "é", late[:-1]):
        told = doors(None).post("/password/set", {"token": bad, "password": OTHER + "!"})
        assert outcome(told) == (410, "link_refused")


def test_the_page_behind_the_link(house: House, doors: Doors, user: str) -> None:
    token = lose(house, doors, user)
    client = doors(None).client
    page = client.get("/password", params={"token": token})
    assert page.status_code == 200
    assert "script" not in page.text
    assert client.get("/password", params={"token": '"><script>'}).text.count("<script>") == 0
    weak = client.post("/password", data={"token": token, "password": "weak"})
    assert (weak.status_code, token in weak.text) == (422, True)
    assert client.post("/password", data={"token": token, "password": OTHER}).status_code == 200
    assert client.post("/password", data={"token": token, "password": OTHER}).status_code == 410
    assert sign_in(doors, OTHER).status_code == 200


def test_sessions_end_by_time_and_by_hand(house: House, doors: Doors, user: str) -> None:
    first, second, third = member(doors), member(doors), member(doors)
    assert first.post(f"/sessions/{second.told['session']}/revoke").status_code == 200
    assert outcome(second.get("/portfolio")) == (401, "unauthenticated")
    assert outcome(first.post(f"/sessions/{second.told['session']}/revoke"))[0] == 404
    assert first.post("/sessions/revoke-others").json() == {"ended": 1}
    assert outcome(third.get("/portfolio")) == (401, "unauthenticated")
    assert doors("ada").post(f"/users/{user}/revoke-sessions").json() == {"ended": 1}
    assert outcome(first.get("/portfolio")) == (401, "unauthenticated")
    assert types(house, user)[-1] == "user.sessions_revoked"

    idle = member(doors)
    house.tale.now = later(house.tale.now, 1_801)
    assert outcome(idle.get("/portfolio")) == (401, "unauthenticated")
    assert doors("pennine").get("/api/v1/sessions").json()["items"] == []
    assert outcome(doors("pennine").post("/sign-out")) == (403, "session_needed")


def test_a_session_ends_however_much_it_is_used(house: House, doors: Doors, user: str) -> None:
    token = member(doors).told["token"]
    session = house.access._sessions[digest_of_token(token)]
    lifetimes, seen = Lifetimes(), []
    for step in range(26):
        now = later(session.created_at, 1_700 * (step + 1))
        seen.append(is_alive(session, now, lifetimes))
        session = msgspec.structs.replace(session, seen_at=now)
    assert seen == [True] * 25 + [False]


def test_a_cookie_opens_but_changes_nothing_alone(house: House, doors: Doors, user: str) -> None:
    told = sign_in(doors)
    kept = told.headers["Set-Cookie"]
    for part in (f"{COOKIE}=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in kept
    browser = doors(None)
    browser.headers = {"Cookie": f"{COOKIE}={told.json()['token']}"}
    assert browser.get("/api/v1/portfolio").status_code == 200
    assert outcome(browser.post("/sessions/revoke-others")) == (403, "csrf_token_needed")
    other = sign_in(doors).json()["csrf"]
    for wrong in ("", "x", other):
        crossed = browser.post("/sessions/revoke-others", **{CSRF_HEADER: wrong})
        assert outcome(crossed) == (403, "csrf_token_needed")
    right = {CSRF_HEADER: told.json()["csrf"]}
    assert browser.post("/sessions/revoke-others", **right).json() == {"ended": 1}
    # A second sign-in in the same browser leaves no first session behind.
    again = browser.post("/sign-in", {"login": LOGIN, "password": PASSWORD})
    assert again.status_code == 200
    assert outcome(browser.get("/api/v1/portfolio")) == (401, "unauthenticated")


def test_a_closed_user_is_nobody(house: House, doors: Doors, user: str) -> None:
    ann = member(doors)
    assert outcome(doors("pennine").post(f"/users/{user}/close", {"reason": "x"}))[0] == 403
    assert doors("ada").post(f"/users/{user}/close", {"reason": "left"}).status_code == 200
    assert outcome(ann.get("/portfolio")) == (401, "unauthenticated")
    assert outcome(sign_in(doors)) == (401, "sign_in_refused")


def test_one_login_is_one_user(house: House, doors: Doors, user: str) -> None:
    body = {"subject": "brunel", "login": LOGIN.lower(), "roles": ["investor"]}
    assert outcome(doors("ada").post("/users", body, key="1")) == (409, "login_taken")
    assert outcome(doors("pennine").post("/users", body))[0] == 403
    unknown = {**body, "login": "new@acme.example", "subject": "nobody-knows"}
    assert outcome(doors("ada").post("/users", unknown, key="2")) == (404, "not_found")
    # What the log did not take is free again.
    assert doors("ada").post("/users", {**unknown, "subject": "brunel"}, key="2").status_code == 201
    repeated = {"subject": "pennine", "login": LOGIN, "roles": ["lender"]}
    again = doors("ada").post("/users", repeated, key="ann")
    assert (again.status_code, again.json()["id"]) == (201, user)
    assert again.headers["Idempotency-Replayed"] == "true"
    reused = doors("ada").post("/users", {**repeated, "login": "other@acme.example"}, key="ann")
    assert outcome(reused) == (422, "idempotency_key_reused")
    role = {"subject": "brunel", "login": "third@acme.example", "roles": ["admin"]}
    assert outcome(doors("ada").post("/users", role, key="3")) == (403, "role_missing")


@pytest.mark.capability("LB1", part="sign-in")
def test_sign_ins_and_refusals_are_audited(house: House, doors: Doors, user: str) -> None:
    """With outcome, user and a keyed MAC of the address; never with a name or an address."""
    sign_in(doors, "wrong wrong")
    sign_in(doors, login="nobody@acme.example")
    member(doors)
    lines = doors("olga").get("/api/v1/sign-ins").json()["items"]
    told = [(line["kind"], line["outcome"], line["user_id"]) for line in lines[:3]]
    assert told == [
        ("sign_in", "ok", user),
        ("sign_in", "refused", None),
        ("sign_in", "refused", user),
    ]
    text = msgspec.json.encode(lines)
    assert b"acme" not in text
    assert b"testclient" not in text
    assert {len(line["source"]) for line in lines} == {64}
    assert outcome(doors("pennine").get("/api/v1/sign-ins"))[0] == 403
    page = doors("olga").get("/api/v1/sign-ins?limit=2").json()
    rest = doors("olga").get(page["next"]).json()
    assert [line["number"] for line in page["items"] + rest["items"][:1]] == [
        line["number"] for line in lines[:3]
    ]

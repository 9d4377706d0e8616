"""What every store of logins, sessions and attempts must do."""

import asyncio

import msgspec

from application.ports.access import AccessStore, Errand, Login, Session, SignIn
from domain.kernel.calendar import later
from domain.kernel.sealed import Sealed
from domain.user.lockout import ACCOUNT_DELAYS, FORGOTTEN_SECONDS

NOW = "2026-05-22T10:42:00.000000Z"
BOX = Sealed(sealed="key-1", nonce="bm9uY2Vub25jZQ==", box="Ym94")


def login(user: str = "u1", subject: str = "pennine") -> Login:
    """Make a login that has nothing yet."""
    return Login(user_id=user, subject=subject, roles=("lender",), address=BOX)


def session(name: str, user: str = "u1", *, at: str = NOW) -> Session:
    """Make a session of an hour."""
    return Session(
        session=name,
        user_id=user,
        subject="pennine",
        role="lender",
        method="password",
        created_at=at,
        seen_at=at,
        expires_at=later(at, 3600),
    )


class AccessConformance:
    """Fixture to give: ``store``, an empty one."""

    async def test_a_name_is_taken_by_one(self, store: AccessStore) -> None:
        assert await store.add_login(login(), "name")
        assert await store.add_login(login(), "name")
        assert not await store.add_login(login("u2"), "name")
        found = await store.login_named("name")
        assert found == await store.login_of("u1") == login()
        assert await store.login_named("other") is None
        await store.drop_login("u1")
        assert await store.login_of("u1") is None
        assert await store.add_login(login("u2"), "name")

    async def test_two_at_once_get_one_name(self, store: AccessStore) -> None:
        asked = [store.add_login(login(f"u{number}"), "name") for number in range(8)]
        assert sorted(await asyncio.gather(*asked)) == [False] * 7 + [True]

    async def test_passwords_and_what_may_not_return(self, store: AccessStore) -> None:
        await store.add_login(login(), "name")
        await store.set_password("u1", "hash-2", ["hash-1"])
        found = await store.login_of("u1")
        assert found is not None
        assert (found.password, found.history) == ("hash-2", ("hash-1",))

    async def test_a_time_step_serves_once_and_never_backwards(self, store: AccessStore) -> None:
        await store.add_login(login(), "name")
        await store.set_totp("u1", BOX, recovery=["m1", "m2"])
        found = await store.login_of("u1")
        assert found is not None
        assert (found.totp, found.totp_on, found.recovery) == (BOX, False, 2)
        assert await store.spend_step("u1", 100, enable=True)
        steps = [store.spend_step("u1", 101) for _ in range(6)]
        assert sorted(await asyncio.gather(*steps)) == [False] * 5 + [True]
        assert not await store.spend_step("u1", 100)
        found = await store.login_of("u1")
        assert found is not None
        assert found.totp_on

    async def test_a_recovery_code_serves_once(self, store: AccessStore) -> None:
        await store.add_login(login(), "name")
        await store.set_totp("u1", BOX, recovery=["m1", "m2"])
        assert not await store.spend_recovery("u1", "m3")
        spent = [store.spend_recovery("u1", "m1") for _ in range(4)]
        assert sorted(await asyncio.gather(*spent)) == [False] * 3 + [True]
        found = await store.login_of("u1")
        assert found is not None
        assert found.recovery == 1

    async def test_failures_wait_longer_and_longer(self, store: AccessStore) -> None:
        at = NOW
        for number, delay in enumerate((*ACCOUNT_DELAYS, ACCOUNT_DELAYS[-1], ACCOUNT_DELAYS[-1])):
            attempt = await store.attempt("b", at, ACCOUNT_DELAYS)
            assert (attempt.allowed, attempt.failures) == (True, number + 1)
            assert attempt.next_at == later(at, delay)
            if delay:
                refused = await store.attempt("b", later(at, delay - 0.001), ACCOUNT_DELAYS)
                assert (refused.allowed, refused.next_at) == (False, attempt.next_at)
            at = attempt.next_at
        last = await store.attempt("b", at, ACCOUNT_DELAYS)
        assert last.failures == 13
        assert last.next_at == later(at, ACCOUNT_DELAYS[-1])
        assert (await store.attempt("other", at, ACCOUNT_DELAYS)).failures == 1
        fresh = await store.attempt("b", later(at, 2 * FORGOTTEN_SECONDS), ACCOUNT_DELAYS)
        assert fresh.failures == 1

    async def test_many_guesses_at_once_are_no_more_than_the_free_ones(
        self, store: AccessStore
    ) -> None:
        asked = [store.attempt("b", NOW, ACCOUNT_DELAYS) for _ in range(20)]
        allowed = [attempt.allowed for attempt in await asyncio.gather(*asked)]
        assert sum(allowed) == 5
        await store.forgive("b", all_of_them=True)
        assert (await store.attempt("b", NOW, ACCOUNT_DELAYS)).failures == 1

    async def test_sessions_are_found_listed_and_ended(self, store: AccessStore) -> None:
        await store.add_login(login(), "name")
        for number, digest in enumerate(("d1", "d2", "d3")):
            await store.open_session(digest, session(f"s{number + 1}", at=later(NOW, number)))
        assert await store.session("d1") == session("s1")
        await store.touch("d1", later(NOW, 60))
        await store.touch("d1", later(NOW, 30))
        touched = await store.session("d1")
        assert touched is not None
        assert touched.seen_at == later(NOW, 60)
        listed = [kept.session for kept in await store.sessions("u1", NOW)]
        assert listed == ["s3", "s2", "s1"]
        assert await store.sessions("u1", later(NOW, 4000)) == []
        assert not await store.end_session("u2", "s1", NOW)
        assert await store.end_session("u1", "s1", NOW)
        assert not await store.end_session("u1", "s1", NOW)
        assert await store.session("d1") is None
        assert await store.end_sessions("u1", NOW, but="s3") == 1
        assert (await store.session("d2"), await store.session("d3") is None) == (None, False)

    async def test_a_closed_user_has_no_session(self, store: AccessStore) -> None:
        await store.add_login(login(), "name")
        await store.open_session("d1", session("s1"))
        await store.close_login("u1")
        assert await store.session("d1") is None
        found = await store.login_named("name")
        assert found is not None
        assert found.closed

    async def test_a_link_serves_once(self, store: AccessStore) -> None:
        spent = [store.spend_link("reset/u1/x", later(NOW, 60)) for _ in range(4)]
        assert sorted(await asyncio.gather(*spent)) == [False] * 3 + [True]

    async def test_an_errand_ends_once_and_in_time(self, store: AccessStore) -> None:
        errand = Errand(provider="acme", nonce="n", verifier="v", browser="b", user_id="u1")
        await store.begin_errand("state-1", errand, later(NOW, 60))
        await store.begin_errand("state-2", errand, later(NOW, 60))
        assert await store.end_errand("state-1", later(NOW, 60)) is None
        assert await store.end_errand("state-1", NOW) is None
        assert await store.end_errand("state-2", NOW) == errand
        assert await store.end_errand("state-2", NOW) is None
        assert await store.end_errand("unknown", NOW) is None

    async def test_an_identity_stands_for_one_user(self, store: AccessStore) -> None:
        await store.add_login(login(), "name")
        await store.add_login(login("u2"), "other")
        assert await store.link_identity("u1", "acme", "i1")
        assert await store.link_identity("u1", "acme", "i1")
        assert not await store.link_identity("u2", "acme", "i1")
        assert not await store.link_identity("u1", "acme", "i2")
        found = await store.login_linked("i1")
        assert found is not None
        assert found.user_id == "u1"
        assert await store.unlink_identity("u1", "acme")
        assert not await store.unlink_identity("u1", "acme")
        assert await store.login_linked("i1") is None

    async def test_the_audit_is_read_backwards(self, store: AccessStore) -> None:
        for number in range(5):
            user = f"u{number % 2}"
            line = SignIn(at=NOW, kind="sign_in", outcome="refused", user_id=user, subject="a")
            await store.note(line)
        every = await store.audit(user_id=None, subject=None, before=None, limit=10)
        numbers = [line.number for line in every]
        assert numbers == sorted(numbers, reverse=True)
        assert len(numbers) == 5
        first = await store.audit(user_id="u0", subject="a", before=None, limit=2)
        rest = await store.audit(user_id="u0", subject="a", before=first[-1].number, limit=2)
        assert [len(first), len(rest)] == [2, 1]
        assert {msgspec.structs.replace(line, number=0) for line in first} == {
            SignIn(at=NOW, kind="sign_in", outcome="refused", user_id="u0", subject="a")
        }

    async def test_the_last_use_of_a_key(self, store: AccessStore) -> None:
        await store.used_key("k1", later(NOW, 5))
        await store.used_key("k1", NOW)
        assert await store.key_uses(["k1", "k2"]) == {"k1": later(NOW, 5)}
        assert await store.key_uses([]) == {}

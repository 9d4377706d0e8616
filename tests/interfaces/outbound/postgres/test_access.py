"""The store of logins in Postgres keeps its port's promises, and forgets what is over."""

from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio

from application.ports.access import SignIn
from domain.kernel.calendar import later
from interfaces.outbound.postgres.access import PostgresAccess
from interfaces.outbound.postgres.migrate import migrate
from tests.conformance.access import NOW, AccessConformance, login, session

TABLES = "logins, sessions, attempts, links, errands, identities, key_uses"


@pytest.fixture(scope="module")
def prepared(module_postgres_url: str) -> str:
    """Bring the module's database to today's tables."""
    migrate(module_postgres_url)
    return module_postgres_url


@pytest_asyncio.fixture
async def store(prepared: str) -> AsyncIterator[PostgresAccess]:
    """Open an empty store."""
    with psycopg.connect(prepared, autocommit=True) as connection:
        names = ", ".join(f"access.{name}" for name in TABLES.split(", "))
        connection.execute(f"TRUNCATE {names}".encode())
        connection.execute("DELETE FROM access.audit")
    async with PostgresAccess(prepared, sessions_max=8) as opened:
        yield opened


@pytest.mark.postgres
class TestPostgresAccess(AccessConformance):
    async def test_what_is_over_is_swept(self, store: PostgresAccess) -> None:
        await store.add_login(login(), "name")
        await store.open_session("d1", session("s1"))
        await store.spend_link("l", later(NOW, 60))
        await store.note(SignIn(at=NOW, kind="sign_in", outcome="ok"))
        await store.sweep(NOW)
        assert await store.session("d1") is not None
        assert not await store.spend_link("l", later(NOW, 60))
        await store.sweep(later(NOW, 500 * 86_400))
        assert await store.session("d1") is None
        assert await store.spend_link("l", later(NOW, 60))
        assert await store.audit(user_id=None, subject=None, before=None, limit=5) == []

    async def test_nobody_rewrites_the_audit(self, store: PostgresAccess, prepared: str) -> None:
        await store.note(SignIn(at=NOW, kind="sign_in", outcome="refused"))
        with (
            psycopg.connect(prepared) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("UPDATE access.audit SET outcome = 'ok'")

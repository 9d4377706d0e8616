"""A rebuilt view takes the other's place: nobody waits for it, and nothing goes back."""

import asyncio
from collections.abc import Iterator, Sequence

import psycopg
import pytest
from typing_extensions import override

from domain.kernel.event import Recorded
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.reader import Reader
from interfaces.outbound.postgres.rebuild import Rebuild
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.views import fold_all, prepared
from projections.accounts.project import VIEW as ACCOUNTS
from projections.accounts.queries import AccountFilter, accounts
from projections.registry import VIEWS
from tests.conformance.script import LOG

pytestmark = pytest.mark.postgres

PAUSE = 100


@pytest.fixture
def session(told: str, reader: PostgresLog) -> Iterator[Session]:
    """Fold all views and give a session."""
    session = Session(told, "test")
    runners = prepared(session, reader, VIEWS)
    while fold_all(session, reader, runners):
        pass
    yield session
    session.close()


async def test_a_long_read_holds_up_neither_the_switch_nor_other_readers(
    session: Session, told: str, reader: PostgresLog
) -> None:
    """Whoever reads the old tables ends in peace; only their removal waits for that."""
    with psycopg.connect(told) as lasting, psycopg.connect(told, autocommit=True) as looking:
        count = "SELECT count(*) FROM view_accounts.accounts"
        before = lasting.execute(count).fetchone()
        async with Reader(told) as views:
            switching = asyncio.create_task(
                asyncio.to_thread(Rebuild(ACCOUNTS, session, reader).switch)
            )
            named = "SELECT 1 FROM pg_namespace WHERE nspname = 'view_accounts_last'"
            async with asyncio.timeout(10.0):
                while looking.execute(named).fetchone() is None:
                    await asyncio.sleep(0.01)
            assert not switching.done()
            query = accounts(AccountFilter(owner="pennine"))
            assert await asyncio.wait_for(views.fetch(query), 2.0)
            assert (await views.standing()).lag == 0
            assert before is not None
            assert before[0] > 0
            lasting.rollback()
            await switching


class Halting(PostgresLog):
    """A log that seems to end once, as it does to whoever reads while others write."""

    halted = False

    @override
    def read_any(self, after: int, limit: int) -> Sequence[Recorded]:
        """Read up to the pause; the next one reads on."""
        if after >= PAUSE and not self.halted:
            self.halted = True
            return []
        return super().read_any(after, min(limit, PAUSE))


def test_the_new_view_comes_as_far_as_the_old_one_before_it_takes_over(
    session: Session, told: str, admin: psycopg.Connection
) -> None:
    """What was written during the last step is folded while the keeper of the view waits."""
    position = "SELECT position FROM view_checkpoints WHERE view = 'accounts'"
    before = admin.execute(position).fetchone()
    log = Halting(told, log=LOG)
    Rebuild(ACCOUNTS, session, log).switch()
    assert log.halted
    assert admin.execute(position).fetchone() == before
    assert Rebuild(ACCOUNTS, session, log).compare() == []
    log.close()


class Short(PostgresLog):
    """A copy of the log that has not come as far as the views have."""

    @override
    def read_any(self, after: int, limit: int) -> Sequence[Recorded]:
        """Read up to the pause and no further."""
        return super().read_any(after, min(limit, PAUSE - after)) if after < PAUSE else []


def test_a_log_that_is_behind_its_views_rebuilds_none(
    session: Session, told: str, admin: psycopg.Connection
) -> None:
    """It ends with an error, and the view stays as it is."""
    rows = "SELECT count(*), max(last_position) FROM view_accounts.accounts"
    before = admin.execute(rows).fetchone()
    log = Short(told, log=LOG)
    with pytest.raises(RuntimeError, match="ends before accounts does"):
        Rebuild(ACCOUNTS, session, log).switch()
    log.close()
    assert admin.execute(rows).fetchone() == before

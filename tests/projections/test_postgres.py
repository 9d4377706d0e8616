"""Every schema and every query on a real Postgres, filled with the tale."""

import inspect
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from types import ModuleType
from typing import Any, TypeVar

import msgspec
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from projections.access import queries as access
from projections.accounts import queries as accounts
from projections.affiliations import queries as affiliations
from projections.anchors import queries as anchors
from projections.audit import queries as audit
from projections.chain_writes import queries as chain_writes
from projections.changes import queries as changes
from projections.deadlines import queries as deadlines
from projections.invoices import queries as invoices
from projections.marketplace import queries as marketplace
from projections.query import Query
from projections.registry import VIEWS
from projections.select import PAGE_MAX, ROWS_MAX
from projections.subjects import queries as subjects
from projections.trades import queries as trades
from projections.view import Row, Table
from tests.projections import asked
from tests.projections.asked import CASH, QUERIES
from tests.projections.support import folded
from tests.projections.tale import INVOICE, TOKEN, tell

pytestmark = pytest.mark.postgres
R = TypeVar("R", bound=msgspec.Struct)
Connection = psycopg.Connection[DictRow]

MODULES = tuple(import_module(f"projections.{view.name}.queries") for view in VIEWS)


@pytest.fixture(scope="module")
def database(module_postgres_url: str) -> Iterator[Connection]:
    """Build each view in a schema of its own and fill it."""
    with psycopg.connect(module_postgres_url, row_factory=dict_row, autocommit=True) as connection:
        for view in VIEWS:
            schema = sql.Identifier(f"view_{view.name}")
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
            connection.execute(sql.SQL("SET search_path TO {}").format(schema))
            connection.execute(files(view.schema).joinpath("schema.sql").read_bytes())
            store = folded(view, tell())
            for table in view.tables:
                _insert(connection, table, store.table(table.name))
        names = [sql.Identifier(f"view_{view.name}") for view in VIEWS]
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.SQL(", ").join(names)))
        yield connection


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    columns = [sql.Identifier(column) for column in table.all_columns]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(columns),
        sql.SQL(", ").join(sql.Placeholder(column) for column in table.all_columns),
    )
    wrapped = [
        {
            name: Jsonb(value) if isinstance(value, dict | list) else value
            for name, value in row.items()
        }
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, wrapped)


def ask(database: Connection, query: Query[R]) -> list[R]:
    """Answer a query as the reader does."""
    rows = database.execute(query.sql.encode(), query.parameters).fetchall()
    return [msgspec.convert(row, query.row) for row in rows]


def _functions(module: ModuleType) -> list[str]:
    return [
        f"{module.__name__}.{name}"
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]


def test_every_query_function_is_asked_here() -> None:
    named = inspect.getsource(asked).partition("QUERIES:")[2]
    for module in MODULES:
        for name in _functions(module):
            short = ".".join(name.split(".")[1:]).replace(".queries", "")
            assert f"{short}(" in named, name


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_schema_has_the_columns_and_keys_of_the_tables(database: Connection, view: Any) -> None:
    for table in view.tables:
        found = database.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = %s AND table_name = %s ORDER BY column_name",
            (f"view_{view.name}", table.name),
        ).fetchall()
        assert [row["column_name"] for row in found] == sorted(table.all_columns)
        keys = database.execute(
            "SELECT array_agg(a.attname::text ORDER BY k.nth) AS names FROM pg_index i,"
            " unnest(i.indkey) WITH ORDINALITY AS k(attnum, nth) JOIN pg_attribute a"
            " ON a.attnum = k.attnum WHERE i.indisprimary AND i.indrelid = %s::regclass"
            " AND a.attrelid = i.indrelid",
            (f"view_{view.name}.{table.name}",),
        ).fetchone()
        assert keys is not None
        assert tuple(keys["names"]) == table.key


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_rows_come_back_as_they_were_given(database: Connection, view: Any) -> None:
    store = folded(view, tell())
    for table in view.tables:
        statement = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table.name))
        found = database.execute(statement).fetchall()
        assert sorted(found, key=repr_by_key(table)) == sorted(
            store.table(table.name), key=repr_by_key(table)
        )


def repr_by_key(table: Table) -> Any:
    return lambda row: repr([row[column] for column in table.key])


@pytest.mark.parametrize(
    "query", QUERIES, ids=[f"{number}-{query.row.__name__}" for number, query in enumerate(QUERIES)]
)
def test_postgres_takes_every_query(database: Connection, query: Query[Any]) -> None:
    """The store can plan it, and what it answers fits the type that the query names."""
    assert database.execute(b"EXPLAIN " + query.sql.encode(), query.parameters).fetchall()
    assert all(isinstance(row, query.row) for row in ask(database, query))


@pytest.mark.capability("FX14", part="broker and partner")
def test_a_broker_sees_whom_it_brought_and_a_partner_only_sums(database: Connection) -> None:
    brought = ask(database, affiliations.pipeline("bree"))
    assert [row.member for row in brought if row.active] == ["coppergate", "pennine"]
    assert ask(database, affiliations.pipeline("bree", after=brought[0].position)) == brought[1:]
    assert ask(database, affiliations.pipeline("somebody")) == []
    sums = ask(database, affiliations.tenant_sums("paul"))
    own = ask(database, invoices.invoices(invoices.InvoiceFilter(), limit=200))
    assert sum(row.invoices for row in sums) == len(own)
    assert sum(row.face for row in sums) == sum(row.face_amount for row in own)
    assert ask(database, affiliations.tenant_sums("somebody")) == []


def test_single_things_are_found(database: Connection) -> None:
    (invoice,) = ask(database, invoices.invoice(INVOICE))
    assert (invoice.state, invoice.lender, invoice.reminders) == (
        "SETTLED",
        "pennine",
        ["seven_days", "due_day"],
    )
    assert [row.trade for row in ask(database, trades.trade("T2"))] == ["T2"]
    assert ask(database, trades.trade("none")) == []
    (subject,) = ask(database, subjects.subject("pennine"))
    assert subject.email is not None
    assert subject.email.sealed == "key-1"
    wallet = subject.wallet or ""
    (owner,) = ask(database, subjects.subject_of_wallet(wallet.upper().replace("0X", "0x")))
    assert owner.subject == "pennine"
    (entry,) = ask(database, changes.ledger_entry("invoice", INVOICE))
    assert entry.value["state"] == "SETTLED"


def test_only_keys_in_force_are_found_by_digest(database: Connection) -> None:
    (key,) = ask(database, access.api_key_by_digest("d2" * 32))
    assert (key.subject, key.role) == ("brunel", "investor")
    assert ask(database, access.api_key_by_digest("d1" * 32)) == []


@pytest.mark.capability("TD2")
def test_balances_and_holders_are_told_as_of_any_position(database: Connection) -> None:
    minted = _end_of("token.minted")
    traded = _end_of("token.transferred", 2)
    (before,) = ask(database, accounts.holders_at(TOKEN, minted))
    assert (before.holder, before.units) == ("listing", 1_000_000)
    then = ask(database, accounts.holders_at(TOKEN, traded))
    assert [(row.holder, row.units) for row in then] == [("brunel", 200_000), ("pennine", 800_000)]
    assert ask(database, accounts.holders_at(TOKEN, len(tell()))) == []
    assert ask(database, accounts.holders_at(TOKEN, 1)) == []
    (now,) = ask(database, accounts.account(CASH))
    (last,) = ask(database, accounts.entry_at(CASH, len(tell())))
    assert (last.balance, last.position) == (now.balance, now.last_position)
    (deposited,) = ask(database, accounts.entry_at(CASH, minted))
    assert (deposited.balance, deposited.held) == (2_000_000, 0)
    (sold,) = ask(database, accounts.entry_at(CASH, traded))
    assert sold.balance == 2_000_000 - 976_000 + 199_150


def _end_of(event_type: str, number: int = 1) -> int:
    """Tell where the command of the n-th event of a type ends: the books follow within it."""
    found = [event for event in tell() if event.envelope.type == event_type][number - 1]
    return max(
        event.position for event in tell() if event.envelope.command == found.envelope.command
    )


@pytest.mark.capability("B5")
def test_no_transfer_is_unbalanced_and_one_that_is_shows(database: Connection) -> None:
    assert ask(database, accounts.unbalanced()) == []
    with database.transaction(force_rollback=True):
        database.execute("UPDATE entries SET amount = amount + 1 WHERE type = 'account.posted'")
        broken = ask(database, accounts.unbalanced())
    assert broken
    assert all(row.gone != row.come for row in broken)


def test_the_smallest_confirmed_anchor_covers_a_position(database: Connection) -> None:
    (confirmed,) = ask(database, anchors.latest_confirmed_anchor())
    (planned,) = ask(database, anchors.latest_planned_anchor())
    assert confirmed == planned
    (covering,) = ask(database, anchors.covering_anchor(1))
    assert covering.size == confirmed.size
    assert ask(database, anchors.covering_anchor(confirmed.size + 1)) == []


def test_gas_is_summed_by_purpose_and_token(database: Connection) -> None:
    ledger = {(row.purpose, row.token): row for row in ask(database, chain_writes.gas_ledger())}
    transfers = ledger[("transfer", TOKEN)]
    assert (transfers.writes, transfers.gas_used, transfers.fee) == (2, 2, "2")
    assert ledger[("identity", None)].writes == 5
    platform = ledger[("platform", None)]
    assert (platform.writes, platform.transactions, platform.fee) == (1, 3, "420000")


def test_chain_writes_are_counted_by_state(database: Connection) -> None:
    (unfinished,) = ask(database, chain_writes.open_chain_writes())
    assert unfinished.write == "platform/factory"
    rows = ask(database, chain_writes.chain_writes(chain_writes.ChainWriteFilter(), limit=100))
    counts = {row.state: row.writes for row in ask(database, chain_writes.writes_by_state())}
    assert counts == Counter(row.state for row in rows)


def test_filters_leave_out_what_is_not_wanted(database: Connection) -> None:
    wanted = invoices.InvoiceFilter(party="pennine")
    assert [row.number for row in ask(database, invoices.invoices(wanted))] == [INVOICE]
    everything = ask(database, invoices.invoices(invoices.InvoiceFilter(seller="coppergate")))
    assert [row.number for row in everything] == [INVOICE, "FX-INV-WRONG", "FX-INV-LATE"]
    assert ask(database, marketplace.offers(marketplace.OfferFilter())) == []
    assert ask(database, marketplace.listings(marketplace.ListingFilter())) == []
    sold = marketplace.ListingFilter(state="SOLD", price_most=199_150)
    assert len(ask(database, marketplace.listings(sold))) == 1
    lenders = ask(database, subjects.subjects(subjects.SubjectFilter(role="lender")))
    assert [row.subject for row in lenders] == ["pennine"]


def test_deadlines_are_asked_at_an_instant(database: Connection) -> None:
    assert ask(database, deadlines.due("2027-01-01T00:00:00.000000Z")) == []
    with database.transaction(force_rollback=True):
        database.execute("UPDATE deadlines SET state = 'OPEN' WHERE detail = 'seven_days'")
        assert ask(database, deadlines.due("2026-07-14T08:59:59.999999Z")) == []
        at_nine = ask(database, deadlines.due("2026-07-14T09:00:00.000000Z"))
        assert (INVOICE, "seven_days") in [(row.target, row.detail) for row in at_nine]
        (following,) = ask(database, deadlines.next_deadline())
        assert following.due_at == "2026-07-14T09:00:00.000000Z"


def test_pages_follow_one_another_without_gaps(database: Connection) -> None:
    seen: list[int] = []
    after = None
    while page := ask(database, audit.audit_trail(audit.AuditFilter(), after=after, limit=50)):
        seen += [row.position for row in page]
        after = seen[-1]
    assert seen == list(range(1, len(tell()) + 1))
    backwards = audit.audit_trail(audit.AuditFilter(), after=5, limit=3, descending=True)
    assert [row.position for row in ask(database, backwards)] == [4, 3, 2]
    assert len(ask(database, changes.changes(limit=10_000))) == ROWS_MAX > PAGE_MAX


def test_a_time_means_the_last_position_up_to_it(database: Connection) -> None:
    (last,) = ask(database, audit.last_event_at("2026-07-14T09:00:00.000000Z"))
    later = [event for event in tell() if event.at > "2026-07-14T09:00:00.000000Z"]
    assert last.position == later[0].position - 1
    assert ask(database, audit.last_event_at("2026-01-01T00:00:00.000000Z")) == []

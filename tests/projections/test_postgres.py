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

from projections.accounts import queries as accounts
from projections.anchors import queries as anchors
from projections.audit import queries as audit
from projections.chain_writes import queries as chain_writes
from projections.changes import queries as changes
from projections.deadlines import queries as deadlines
from projections.holders import queries as holders
from projections.invoices import queries as invoices
from projections.mails import queries as mails
from projections.marketplace import queries as marketplace
from projections.payments import queries as payments
from projections.query import Query
from projections.registry import VIEWS
from projections.select import PAGE_MAX, ROWS_MAX
from projections.subjects import queries as subjects
from projections.tokens import queries as tokens
from projections.trades import queries as trades
from projections.view import Row, Table
from projections.work_items import queries as work_items
from tests.projections.support import folded
from tests.projections.tale import INVOICE, TOKEN, tell

pytestmark = pytest.mark.postgres
R = TypeVar("R", bound=msgspec.Struct)
Connection = psycopg.Connection[DictRow]

MODULES = tuple(import_module(f"projections.{view.name}.queries") for view in VIEWS)
CASH = "account:pennine/cash/GBP"

QUERIES: tuple[Query[Any], ...] = (
    accounts.account(CASH),
    accounts.account_at(CASH, 200),
    accounts.accounts_at(
        accounts.AccountFilter(owner="a", purpose="cash", asset="GBP"), 200, after="a"
    ),
    accounts.accounts(accounts.AccountFilter(owner="a", purpose="cash", asset="GBP"), after="a"),
    accounts.entries(CASH, as_of=300, after=200),
    accounts.entry_at(CASH, 200),
    accounts.holds(owner="pennine", stream=CASH, after=9),
    accounts.holders_at(TOKEN, 9, after="a"),
    accounts.unbalanced(),
    accounts.units_held("pennine", after="a"),
    anchors.anchors(state="CONFIRMED", after=9),
    anchors.covering_anchor(4),
    anchors.latest_confirmed_anchor(),
    anchors.latest_planned_anchor(),
    audit.audit_trail(
        audit.AuditFilter(
            stream="s",
            actor="a",
            type="t",
            command="c",
            correlation="c",
            cause=1,
            at_from="2026",
            at_until="2027",
        ),
        after=4,
    ),
    audit.audit_trail(audit.AuditFilter(), after=4, descending=True),
    audit.last_event_at("2026-06-01T00:00:00.000000Z"),
    chain_writes.chain_write(f"suite/{TOKEN}"),
    chain_writes.chain_writes(
        chain_writes.ChainWriteFilter(
            state="MINED", purpose="p", reference="r", token="t", signer="s", transaction="0x"
        ),
        after=4,
    ),
    chain_writes.gas_ledger(purpose="mint", token=TOKEN),
    chain_writes.open_chain_writes(signer="token_agent", after=4),
    chain_writes.open_names(),
    chain_writes.ended_names(3),
    chain_writes.retracted_names(),
    chain_writes.chain_transactions(
        chain_writes.ChainTransactionFilter(write=f"suite/{TOKEN}", state="MINED"), after=400
    ),
    chain_writes.writes_by_state(),
    changes.changes(after=3, until=9),
    changes.ledger_entries("account", after="a"),
    changes.ledger_entry("invoice", INVOICE),
    deadlines.deadlines_of(INVOICE),
    deadlines.due("2026-07-14T09:00:00.000000Z"),
    deadlines.next_deadline(),
    holders.holders(TOKEN, holder="pennine", after="a"),
    holders.holders_at(TOKEN, 200, holder="pennine", after="a"),
    holders.holdings("pennine", after="a"),
    holders.registered(TOKEN, after="a"),
    invoices.invoice(INVOICE),
    invoices.invoices(
        invoices.InvoiceFilter(
            party="a",
            state="LISTED",
            seller="a",
            buyer="b",
            lender="c",
            currency="GBP",
            due_from="2026-01-01",
            due_until="2027-01-01",
        ),
        after=4,
    ),
    invoices.invoices_named([INVOICE, "none"]),
    invoices.invoices_of_tokens([TOKEN]),
    invoices.timeline(INVOICE, after=4),
    mails.mail("C1/x/y"),
    mails.mails(
        mails.MailFilter(state="SENT", template="C1", recipient="a", reference="r"), after=4
    ),
    mails.unsent_mails(after=4),
    marketplace.listing("L"),
    marketplace.listings(
        marketplace.ListingFilter(
            state="SOLD",
            token="t",
            invoice="i",
            seller="s",
            currency="GBP",
            price_least=1,
            price_most=2,
            due_from="2026-01-01",
            due_until="2027-01-01",
            yield_bps_least=1,
        ),
        after=4,
    ),
    marketplace.offers(
        marketplace.OfferFilter(
            face_least=1,
            face_most=2,
            due_from="2026-01-01",
            due_until="2027-01-01",
            discount_bps_least=1,
            discount_bps_most=300,
            buyer="b",
            seller="s",
            currency="GBP",
        ),
        after=4,
    ),
    payments.payment("p"),
    payments.payment_by_end_to_end("e"),
    payments.payments(state="SETTLED", reference="r", payee="p", after=4),
    payments.receipt("r"),
    payments.receipts(state="MATCHED", reference="r", after=4),
    payments.unanswered_payments(after=4),
    subjects.api_key_by_digest("d"),
    subjects.api_keys(subject="pennine", after="a"),
    subjects.subject("pennine"),
    subjects.subject_of_wallet("0xAB"),
    subjects.subjects(
        subjects.SubjectFilter(state="ACTIVE", role="lender", kind="person", country="GB"),
        after="a",
    ),
    tokens.operation("t", 1),
    tokens.operations("t", state="DONE", after=1),
    tokens.token("t"),
    tokens.tokens(tokens.TokenFilter(state="MINTED", invoice="i", paused=False), after=4),
    trades.trade("T1"),
    trades.trades(
        trades.TradeFilter(party="a", buyer="b", seller="s", state="x", token="t", listing="l"),
        after=4,
    ),
    trades.trades_named(["T1", "T2"]),
    work_items.work_items(process="p", code="c", after=4),
)


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
    named = inspect.getsource(import_module(__name__)).partition("QUERIES:")[2]
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
    database.execute(b"EXPLAIN " + query.sql.encode(), query.parameters)
    ask(database, query)


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
    (key,) = ask(database, subjects.api_key_by_digest("d2" * 32))
    assert (key.subject, key.role) == ("brunel", "investor")
    assert ask(database, subjects.api_key_by_digest("d1" * 32)) == []


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

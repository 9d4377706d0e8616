"""The tables of one view in one schema: made, loaded, and changed a batch at a time.

Rows travel as one JSON document for each table; ``json_populate_recordset`` reads it with the
types of the table's own columns, so nothing here knows a type.
"""

import importlib.resources
from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

from domain.kernel.event import Recorded
from projections.view import Key, Row, Rows, Table, View


class ViewTables:
    """Reads and writes a view's tables in the schema that it is given."""

    def __init__(self, view: View, schema: str) -> None:
        self.view = view
        self.schema = schema

    def create(self, connection: psycopg.Connection) -> None:
        """Make the schema with empty tables; belongs into a transaction."""
        statements = importlib.resources.files(self.view.schema).joinpath("schema.sql").read_text()
        name = sql.Identifier(self.schema)
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(name))
        connection.execute(statements.encode())
        connection.execute("SET LOCAL search_path TO DEFAULT")

    def drop(self, connection: psycopg.Connection) -> None:
        """Remove the schema and all in it, if it is there."""
        statement = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE")
        connection.execute(statement.format(sql.Identifier(self.schema)))

    def load(self, connection: psycopg.Connection, events: Sequence[Recorded]) -> Rows:
        """Load the rows that folding these events will look at: one query for each table."""
        wanted: dict[str, set[Key]] = {}
        for event in events:
            for table, key in self.view.needs(event):
                wanted.setdefault(table.name, set()).add(key)
        loaded: dict[tuple[str, Key], Row] = {}
        set_json_loads(msgspec.json.decode, connection)
        cursor = connection.cursor(row_factory=dict_row)
        for table in self.view.tables:
            if keys := wanted.get(table.name):
                cursor.execute(self._select(table), [_named(table, keys)])
                for row in cursor:
                    loaded[(table.name, tuple(row[column] for column in table.key))] = row
        return Rows(loaded)

    def save(self, connection: psycopg.Connection, rows: Rows) -> None:
        """Write what a fold has changed: one upsert and one delete for each table."""
        for table in self.view.tables:
            if upserts := rows.upserts(table):
                connection.execute(self._upsert(table), [_document(upserts)])
            if deletes := rows.deletes(table):
                connection.execute(self._delete(table), [_named(table, deletes)])

    def _select(self, table: Table) -> sql.Composed:
        statement = (
            "SELECT {columns} FROM {table} AS t"
            " JOIN json_populate_recordset(NULL::{table}, %s::json) AS wanted ON {matches}"
        )
        return self._compose(statement, table)

    def _delete(self, table: Table) -> sql.Composed:
        statement = (
            "DELETE FROM {table} AS t"
            " USING json_populate_recordset(NULL::{table}, %s::json) AS wanted WHERE {matches}"
        )
        return self._compose(statement, table)

    def _upsert(self, table: Table) -> sql.Composed:
        statement = (
            "INSERT INTO {table} ({names}) SELECT {columns}"
            " FROM json_populate_recordset(NULL::{table}, %s::json) AS t"
            " ON CONFLICT ({key}) DO {change}"
        )
        return self._compose(statement, table)

    def _compose(self, statement: LiteralString, table: Table) -> sql.Composed:
        same = sql.SQL("t.{0} = wanted.{0}")
        new = sql.SQL("{0} = excluded.{0}")
        changes = [new.format(sql.Identifier(name)) for name in table.columns]
        nothing = sql.SQL("NOTHING")
        return sql.SQL(statement).format(
            table=sql.Identifier(self.schema, table.name),
            names=_listed(table.all_columns),
            columns=_listed(table.all_columns, "t"),
            key=_listed(table.key),
            matches=sql.SQL(" AND ").join(same.format(sql.Identifier(n)) for n in table.key),
            change=sql.SQL("UPDATE SET ") + sql.SQL(", ").join(changes) if changes else nothing,
        )


def _listed(names: Iterable[str], table: str | None = None) -> sql.Composed:
    prefix = () if table is None else (table,)
    return sql.SQL(", ").join(sql.Identifier(*prefix, name) for name in names)


def _named(table: Table, keys: Iterable[Key]) -> str:
    return _document([dict(zip(table.key, key, strict=True)) for key in keys])


def _document(rows: Sequence[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()

"""The books of the simulated bank, in SQLite so that they survive its process.

Payments are settled when somebody next looks and their time has come: there is no thread that
could fall behind, and a bank that was down settles what became due meanwhile.
"""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from domain.kernel.money import LARGEST, is_known
from interfaces.outbound.payments import NOTIFICATIONS_MAX
from tools.bank.model import (
    ANY_PAYMENT,
    Account,
    BadRequest,
    Behaviour,
    Entry,
    OpenAccount,
    Order,
    Outage,
    OutsideCredit,
    Statement,
    Verdict,
)

_ENTRY: Final = (
    "number, account, direction, amount, currency, end_to_end_id, narration, counterparty,"
    " booked_at, reason"
)


class Ledger:
    """The bank's books. Not for several threads at once: the server takes turns."""

    def __init__(self, path: Path, *, now: Callable[[], str], settle_after: float) -> None:
        self._now = now
        self._settle_after = settle_after
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript((Path(__file__).parent / "schema.sql").read_text())

    def close(self) -> None:
        """Close the books."""
        self._database.close()

    def order(self, order: Order) -> Verdict:
        """Take or refuse a payment order; the same order again has the same verdict."""
        self.settle_due()
        with _Transaction(self._database):
            known = self._row(
                "SELECT digest, reason, state FROM payments"
                " WHERE message = ? AND end_to_end_id = ?",
                (order.message, order.end_to_end_id),
            )
            if known is not None and known["digest"] != order.digest:
                return Verdict(order=order, reason="AM05", conflict=True)
            behaviour = self._take_behaviour(order.end_to_end_id) or Behaviour()
            if known is not None:
                reason = known["reason"] if known["state"] == "refused" else None
                return Verdict(order=order, reason=reason, drop_answer=behaviour.drop_answer)
            reason = self._objection(order)
            if reason is None and behaviour.at_once:
                reason = behaviour.refuse
            self._write_payment(order, behaviour, reason)
            return Verdict(order=order, reason=reason, drop_answer=behaviour.drop_answer)

    def _objection(self, order: Order) -> str | None:
        debtor, creditor = self._find(order.debtor), self._find(order.creditor)
        if debtor is None:
            return "AC01"
        if creditor is None or creditor.account == debtor.account:
            return "AC03"
        if not debtor.currency == creditor.currency == order.currency:
            return "AM03"
        if order.amount <= 0:
            return "AM12"
        return "AM04" if order.amount > debtor.available else None

    def _write_payment(self, order: Order, behaviour: Behaviour, reason: str | None) -> None:
        delay = behaviour.settle_after
        values = {
            **msgspec.structs.asdict(order),
            "state": "pending" if reason is None else "refused",
            "reason": behaviour.refuse if reason is None else reason,
            "due": time.time() + (self._settle_after if delay is None else delay),
            "repeats": behaviour.repeats,
        }
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        self._database.execute(
            f"INSERT INTO payments ({names}) VALUES ({places})",  # noqa: S608 (names of a struct)
            values,
        )

    def settle_due(self) -> None:
        """Settle or reject every payment whose time has come, in the order of their times."""
        due = self._database.execute(
            "SELECT * FROM payments WHERE state = 'pending' AND due <= ? ORDER BY due, number",
            (time.time(),),
        ).fetchall()
        for payment in due:
            with _Transaction(self._database):
                self._finish(payment)

    def settle_now(self) -> None:
        """Let everything that is under way be due now."""
        self._database.execute("UPDATE payments SET due = 0 WHERE state = 'pending'")
        self.settle_due()

    def _finish(self, payment: sqlite3.Row) -> None:
        debtor = self.account(payment["debtor"])
        common = {key: payment[key] for key in ("amount", "currency", "end_to_end_id", "narration")}
        booked_at = self._now()
        state = "settled" if payment["reason"] is None else "rejected"
        self._database.execute(
            "UPDATE payments SET state = ? WHERE number = ?", (state, payment["number"])
        )
        lines = [
            {
                "account": debtor.account,
                "direction": "debit" if state == "settled" else "rejected",
                "counterparty": payment["creditor_name"],
                "reason": payment["reason"],
            }
        ]
        if state == "settled":
            lines.append(
                {
                    "account": payment["creditor"],
                    "direction": "credit",
                    "counterparty": debtor.name,
                    "reason": None,
                }
            )
        for line in lines:
            entry = self._book({**common, **line, "booked_at": booked_at, "outside_id": None})
            self._notify(line["account"], entry, times=1 + payment["repeats"])

    def _book(self, values: dict[str, object]) -> int:
        """Write an entry and move the balance; the schema refuses a negative balance."""
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        self._database.execute(
            """UPDATE accounts SET balance = balance +
                 CASE :direction WHEN 'credit' THEN :amount WHEN 'debit' THEN -:amount ELSE 0 END
               WHERE account = :account""",
            values,
        )
        written = self._database.execute(
            f"INSERT INTO entries ({names}) VALUES ({places})",  # noqa: S608 (our own names)
            values,
        )
        return int(written.lastrowid or 0)

    def _notify(self, account: str, entry: int, *, times: int = 1) -> None:
        self._database.executemany(
            "INSERT INTO notifications (account, entry) VALUES (?, ?)", [(account, entry)] * times
        )

    def open_account(self, request: OpenAccount) -> Account:
        """Open an account; asked again, it is left as it is. Raises `BadRequest`."""
        if not is_known(request.currency) or not 0 <= request.balance <= LARGEST:
            raise BadRequest("an account needs a known currency and a balance of 0 or more")
        with _Transaction(self._database):
            known = self._find(request.account)
            if known is None:
                self._database.execute(
                    "INSERT INTO accounts (account, name, currency) VALUES (?, ?, ?)",
                    (request.account, request.name, request.currency),
                )
                if request.balance:
                    self._book(self._opening(request))
            elif (known.name, known.currency) != (request.name, request.currency):
                raise BadRequest("the account exists and is somebody else's")
        return self.account(request.account)

    def _opening(self, request: OpenAccount) -> dict[str, object]:
        return {
            "account": request.account,
            "direction": "credit",
            "amount": request.balance,
            "currency": request.currency,
            "end_to_end_id": None,
            "narration": "Opening balance",
            "counterparty": request.name,
            "booked_at": self._now(),
            "reason": None,
            "outside_id": None,
        }

    def credit_from_outside(self, request: OutsideCredit) -> Entry:
        """Book money from another bank. Raises `BadRequest`."""
        account = self.account(request.account)
        if not 0 < request.amount <= LARGEST - account.balance:
            raise BadRequest("an amount is more than 0 and fits the account")
        with _Transaction(self._database):
            known = self._row("SELECT number FROM entries WHERE outside_id = ?", (request.id,))
            if known is not None:
                return self._entry(known["number"])
            values = {
                **msgspec.structs.asdict(request),
                "direction": "credit",
                "currency": account.currency,
                "booked_at": self._now(),
                "reason": None,
                "outside_id": request.id,
            }
            del values["id"]
            entry = self._book(values)
            self._notify(account.account, entry)
        return self._entry(entry)

    def notifications(self, account: str, after: int) -> list[tuple[int, Entry]]:
        """Read what was told about an account after a sequence number. Raises `BadRequest`."""
        self.settle_due()
        self.account(account)
        columns = ", ".join(f"e.{name.strip()}" for name in _ENTRY.split(","))
        rows = self._database.execute(
            f"""SELECT n.sequence, {columns}
                FROM notifications n JOIN entries e ON n.entry = e.number
                WHERE n.account = ? AND n.sequence > ? ORDER BY n.sequence LIMIT ?""",  # noqa: S608
            (account, after, NOTIFICATIONS_MAX),
        )
        return [(row["sequence"], _entry_of(row)) for row in rows]

    def statement(self, account: str, day: str) -> Statement:
        """Add up a day of an account. Raises `BadRequest`."""
        self.settle_due()
        found = self.account(account)
        moved = "SUM(CASE direction WHEN 'credit' THEN amount WHEN 'debit' THEN -amount ELSE 0 END)"
        before = self._row(
            f"SELECT COALESCE({moved}, 0) AS balance FROM entries"  # noqa: S608 (our own words)
            " WHERE account = ? AND substr(booked_at, 1, 10) < ?",
            (account, day),
        )
        rows = self._database.execute(
            f"SELECT {_ENTRY} FROM entries WHERE account = ? AND direction <> 'rejected'"  # noqa: S608
            " AND substr(booked_at, 1, 10) = ? ORDER BY number",
            (account, day),
        )
        entries = [_entry_of(row) for row in rows]
        opening = 0 if before is None else int(before["balance"])
        closing = opening + sum(
            entry.amount if entry.direction == "credit" else -entry.amount for entry in entries
        )
        return Statement(account=found, day=day, opening=opening, entries=entries, closing=closing)

    def account(self, account: str) -> Account:
        """Look an account up. Raises `BadRequest`."""
        found = self._find(account)
        if found is None:
            raise BadRequest("no such account")
        return found

    def _find(self, account: str) -> Account | None:
        row = self._row(
            """SELECT account, name, currency, balance, balance - COALESCE((SELECT SUM(amount)
                 FROM payments WHERE debtor = account AND state = 'pending'), 0) AS available
               FROM accounts WHERE account = ?""",
            (account,),
        )
        return None if row is None else Account(**dict(row))

    def _entry(self, number: int) -> Entry:
        row = self._row(f"SELECT {_ENTRY} FROM entries WHERE number = ?", (number,))  # noqa: S608
        if row is None:
            raise BadRequest("no such entry")
        return _entry_of(row)

    def behave(self, behaviour: Behaviour) -> None:
        """Remember how to treat payments to come. Raises `BadRequest`."""
        if behaviour.times < 1 or behaviour.repeats < 0 or (behaviour.settle_after or 0) < 0:
            raise BadRequest("times is 1 or more, repeats and settle_after 0 or more")
        self._database.execute(
            "INSERT INTO behaviours (end_to_end_id, behaviour, times) VALUES (?, ?, ?)",
            (behaviour.end_to_end_id, msgspec.json.encode(behaviour).decode(), behaviour.times),
        )

    def _take_behaviour(self, end_to_end_id: str) -> Behaviour | None:
        row = self._row(
            """SELECT number, behaviour FROM behaviours WHERE times > 0 AND end_to_end_id IN (?, ?)
               ORDER BY end_to_end_id = ?, number LIMIT 1""",
            (end_to_end_id, ANY_PAYMENT, ANY_PAYMENT),
        )
        if row is None:
            return None
        self._database.execute(
            "UPDATE behaviours SET times = times - 1 WHERE number = ?", (row["number"],)
        )
        return msgspec.json.decode(row["behaviour"], type=Behaviour)

    def go_down(self, outage: Outage) -> None:
        """Be down for a while; the doors ask `seconds_down`."""
        self._database.execute(
            "INSERT OR REPLACE INTO outage (one, until) VALUES (1, ?)",
            (time.time() + outage.seconds,),
        )

    def seconds_down(self) -> float:
        """Tell for how long the bank is still down."""
        row = self._row("SELECT until FROM outage")
        return 0.0 if row is None else max(0.0, row["until"] - time.time())

    def _row(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._database.execute(statement, values).fetchone()
        return found


class _Transaction:
    """All of it or nothing."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")


def _entry_of(row: sqlite3.Row) -> Entry:
    values = {key: row[key] for key in row.keys() if key != "sequence"}  # noqa: SIM118 (a Row's values iterate)
    return Entry(**values)

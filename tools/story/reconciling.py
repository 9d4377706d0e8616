"""The auditor has books and chain compared, takes the signed statement home, and verifies it."""

from pathlib import Path
from typing import Final

from rich.table import Table

from domain.reconciliation.statement import Statement, parse_statement
from interfaces.cli.reconcile import verify_file
from tools.story import cast
from tools.story.client import Api, Json
from tools.story.scenes import expect

FILE: Final = "reconciliation.txt"


def reconcile(auditor: Api, folder: Path) -> Statement:
    """Ask for a statement, wait for it, and leave it in the folder."""
    body = {"reason": "end of the story"}
    asked = auditor.post(f"/tokens/{cast.TOKEN}/reconciliations", body, key="reconcile")
    position = int(asked["position"])
    row = _newest(
        auditor.until(
            f"/reconciliations?token={cast.TOKEN}",
            lambda page: bool(page["items"]) and _newest(page)["as_of"] >= position,
        )
    )
    text = auditor.raw(f"/api/v1/reconciliations/{row['position']}/statement")
    (folder / FILE).write_bytes(text)
    statement, _ = parse_statement(text.decode())
    expect(statement.result, "agrees", "books and chain")
    return statement


def _newest(page: Json) -> Json:
    return dict(page["items"][0])


def check_statement(folder: Path) -> None:
    """Verify the statement offline with the trust file beside it."""
    said: list[str] = []
    status = verify_file(folder / FILE, folder / "trust.json", say=said.append)
    expect((status, said[0].partition(":")[0]), (0, "ok"), "verdict on the statement")


def shown(statement: Statement) -> Table:
    """Lay the statement out for people."""
    title = (
        f"Reconciliation of {statement.token}: books as of position {statement.position},"
        f" chain at block {statement.block}"
    )
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("wallet")
    table.add_column("holder")
    for side in ("books", "chain", "frozen in books", "frozen on chain"):
        table.add_column(side, justify="right")
    table.add_row("supply", "", statement.book.supply, statement.chain.supply, *_paused(statement))
    for line in statement.wallets:
        table.add_row(
            f"{line.wallet[:10]}…",
            line.holder or "",
            line.book_units,
            line.chain_units,
            _frozen(line.book_units_frozen, whole=line.book_wallet_frozen),
            _frozen(line.chain_units_frozen, whole=line.chain_wallet_frozen),
        )
    breaks = len(statement.breaks)
    table.caption = f"{statement.result}: {breaks or 'no'} breaks; signed in {FILE}"
    return table


def _paused(statement: Statement) -> tuple[str, str]:
    books, chain = statement.book.paused, statement.chain.paused
    return "paused" if books else "", "paused" if chain else ""


def _frozen(units: str, *, whole: bool) -> str:
    return "all" if whole else units

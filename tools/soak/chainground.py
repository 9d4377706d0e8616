"""Where chain runs take place: a log opened for a chain, its view, and what was canonical."""

import threading
from typing import Any, Final, cast

import psycopg
from psycopg import sql
from typing_extensions import override

from application.ports.gate import StoreUnavailable
from domain.log.commands import OpenLog
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.evm.node import LOCAL_CHAIN_ID, AnvilNode
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.viewrunner import ViewRunner
from interfaces.workers.gateway import Sender
from projections.chain_writes.project import VIEW
from tools.bench.prepared import LOG
from tools.soak.chaininvariants import PastBlock
from tools.soak.ground import TEMPLATE, Ground

NOBODY: Final = "0x" + "e1" * 20
WAIT_SECONDS: Final = 0.1


class ChainGround(Ground):
    """A server whose template is a log that is about the chain of the run's node."""

    @override
    def _make_template(self) -> None:
        with self.admin() as connection:
            name = sql.Identifier(TEMPLATE)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        url = self.server.url_of(TEMPLATE)
        migrate(url)
        opened = OpenLog(
            origin=LOG,
            keys=("key",),
            witnesses=(),
            chain_id=LOCAL_CHAIN_ID,
            registry=NOBODY,
            owner=NOBODY,
        )
        with SyncGate(url, log=LOG, clock=SystemClock()) as gate:
            Sender(gate, "soak").send(opened, "open")
        session = Session(url, "views")
        ViewRunner(VIEW, session).prepare()
        session.close()


class ViewKeeper:
    """Folds the view that the worker asks which writes are open, on a thread."""

    def __init__(self, url: str) -> None:
        self._session, self._log = Session(url, "views"), PostgresLog(url, log=LOG)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._fold, name="views", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Fold no more."""
        self._stop.set()
        self._thread.join()
        self._log.close()
        self._session.close()

    def _fold(self) -> None:
        runner = ViewRunner(VIEW, self._session)
        runner.prepare()
        while not self._stop.is_set():
            try:
                if not runner.step(self._log, 100):
                    self._log.wait(runner.position, WAIT_SECONDS)
            except StoreUnavailable:
                self._stop.wait(WAIT_SECONDS)


class Canon:
    """Follows what is canonical, and remembers every block that ever was and how deep it lay."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self._past: dict[str, PastBlock] = {}

    def look(self, node: AnvilNode) -> None:
        """Take in what has changed since the last look."""
        head = _block(node, "latest")
        height = int(head["number"], 16)
        new: list[str] = []
        block = head
        for number in range(height, -1, -1):
            if number < len(self.blocks) and self.blocks[number] == block["hash"]:
                break
            new.append(block["hash"])
            if number:
                block = _block(node, hex(number - 1))
        kept = height + 1 - len(new)
        self._bury(kept)
        self.blocks = self.blocks[:kept] + new[::-1]

    def past(self) -> dict[str, PastBlock]:
        """Tell every block that ever was on the chain."""
        self._bury(0)
        return dict(self._past)

    def _bury(self, kept: int) -> None:
        for number, block in enumerate(self.blocks[kept:], kept):
            known = self._past.get(block)
            depth = max(len(self.blocks) - number, known.depth if known else 0)
            self._past[block] = PastBlock(number, depth)


class Ledger:
    """Asks the log and the worker's table whether they know a transaction."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._lock = threading.Lock()

    def knows(self, transaction: str) -> bool:
        """Say whether both have it."""
        with self._lock:
            row = self._connection.execute(
                "SELECT EXISTS (SELECT FROM chain_raw WHERE transaction = %s) AND EXISTS ("
                " SELECT FROM events WHERE type IN ('chainwrite.signed', 'chainwrite.fee_bumped')"
                " AND position(%s::bytea IN body) > 0)",
                (transaction, transaction.encode()),
            ).fetchone()
        return bool(row and row[0])

    def close(self) -> None:
        """Close the session."""
        self._connection.close()


def _block(node: AnvilNode, which: str) -> dict[str, Any]:
    return cast("dict[str, Any]", node.request("eth_getBlockByNumber", which, False))  # noqa: FBT003

"""`tally demo`: the story with live progress, checked and proved, its results left in a folder."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from domain.kernel.roles import Role
from interfaces.cli.keys import new_key
from interfaces.outbound.clock import set_story_time
from interfaces.settings import Settings
from interfaces.wiring import gateway_of
from tools.stack import LocalStack
from tools.story import cast, leftout, proof, reconciling
from tools.story.client import Api, Json
from tools.story.scenes import SCENES, Stage
from tools.story.second import verify_again

DEFAULT_FOLDER: Final = Path(".tallystick/demo")
LOG: Final = "tallystick.example/demo"
STEPS_ON_CHAIN: Final = frozenset(
    {f"chainwrite.{step}" for step in ("nonce_assigned", "signed", "broadcast", "mined")}
)
"""Steps of a chain write that the printed timeline leaves out; the log has them."""
BEGIN: Final = "2026-05-20T08:00:00.000000Z"


class Board:
    """The scenes as they are played, redrawn in place."""

    def __init__(self, console: Console) -> None:
        self._lines: list[tuple[str, str, str, float | None]] = []
        self._began = time.monotonic()
        self._status = ""
        self.live = Live(console=console, refresh_per_second=8, get_renderable=self._draw)

    def say(self, status: str) -> None:
        """Show what goes on beside the scenes."""
        self._status = status

    def begin(self, when: str, who: str, what: str) -> None:
        """Show a scene as running."""
        self._lines.append((when, who, what, None))
        self._began = time.monotonic()

    def done(self) -> None:
        """Show the running scene as done."""
        when, who, what, _ = self._lines[-1]
        self._lines[-1] = (when, who, what, time.monotonic() - self._began)

    def _draw(self) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        for when, who, what, took in self._lines:
            mark = Text("✓", "green") if took is not None else Spinner("dots")
            seconds = f"{took:.1f} s" if took is not None else ""
            table.add_row(mark, Text(when, "dim"), Text(who, "bold"), what, Text(seconds, "dim"))
        if self._status:
            table.add_row("", "", "", Text(self._status, "dim"))
        return table


def run_demo(folder: Path, console: Console, *, keep: bool) -> None:
    """Play the story in an emptied folder; raises StoryError when it comes out otherwise."""
    folder = folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    run = folder / "run"
    run.mkdir(parents=True)
    clock = run / "clock.json"
    set_story_time(clock, BEGIN)
    settings = Settings(data=run, log=LOG, port=0, story_clock=clock, anchor_seconds=2.0)
    board = Board(console)
    with board.live, LocalStack(settings, board.say) as stack:
        board.say("")
        began = time.monotonic()
        stage = _stage(stack, clock)
        for at, who, what, scene in SCENES:
            board.begin(f"{at[8:10]} {_month(at)} {at[11:16]}", who, what)
            stage.time(at)
            scene(stage)
            board.done()
        story_seconds = time.monotonic() - began
        results = _prove(stage, stack, folder, board)
        board.say("")
        stage.close()
        board.live.stop()
        _show(console, results, story_seconds)
        if keep:
            console.print(f"still up at {stack.settings.base_url}; ctrl-C stops everything")
            if stack.supervisor is not None:
                stack.supervisor.run(threading.Event())


def _stage(stack: LocalStack, clock: Path) -> Stage:
    settings = stack.settings

    def issue_key(subject: str, role: Role) -> str:
        return new_key(settings, subject, role)[1]

    return Stage(
        url=settings.base_url,
        mailbox=stack.mailbox,
        clock=clock,
        bank=stack.bank(),
        settings=settings,
        issue_key=issue_key,
        keys={},
    )


def _prove(stage: Stage, stack: LocalStack, folder: Path, board: Board) -> proof.Results:
    auditor = stage.api(cast.AUDITOR)
    step = _stepper(board)
    step("has books and chain compared, and the result signed")
    statement = reconciling.reconcile(auditor, folder)
    board.done()
    step("waits until every event lies under an anchored root")
    last = proof.last_of_story(auditor)
    anchored = proof.await_anchor(auditor, last)
    board.done()
    step("writes feed and evidence")
    # The checkpoint first: a feed that is read after it reaches at least its size.
    (folder / "checkpoint").write_bytes(auditor.raw("/log/checkpoint"))
    # Compliance may read every body; auditors are told no reason of a review.
    records, gas = proof.write_results(folder, stage.api(cast.COMPLIANCE), stack.settings)
    board.done()
    step("compares books, bank and chain")
    accounts = proof.check_books(auditor, records)
    reconciling.check_statement(folder)
    with gateway_of(stack.settings) as gateway:
        proof.check_chain(records, gateway)
    board.done()
    step("verifies every single event")
    verified = proof.verify_everything(folder, stack.settings, len(records), anchored)
    board.done()
    step("verifies all of it again, with the second verifier")
    verify_again(folder, stack.settings, len(records), anchored)
    board.done()
    step("proves that nothing was left out of an account, and what never was")
    complete = leftout.prove_completeness(folder, auditor, stack.settings)
    board.done()
    return proof.Results(
        folder=folder,
        events=len(records),
        anchored=anchored,
        verified=verified,
        timeline=_timeline(auditor),
        accounts=accounts,
        gas=gas,
        statement=statement,
        complete=leftout.shown(complete),
    )


def _stepper(board: Board) -> Callable[[str], None]:
    return lambda what: board.begin("", "Auditor", what)


def _timeline(auditor: Api) -> list[Json]:
    return proof.all_pages(auditor, f"/invoices/{cast.INVOICE}/timeline")


def _show(console: Console, results: proof.Results, seconds: float) -> None:
    timeline = Table(title="The invoice's timeline", title_justify="left", header_style="bold")
    for column in ("position", "when", "actor", "what", "state", "transaction"):
        timeline.add_column(column, no_wrap=column != "what")
    for row in results.timeline:
        if row["type"] in STEPS_ON_CHAIN:
            continue
        transaction = str(row.get("transaction") or "")
        timeline.add_row(
            str(row["position"]),
            f"{row['at'][8:10]} {_month(row['at'])} {row['at'][11:16]}",
            row["actor"],
            row["type"],
            row.get("state") or "",
            f"{transaction[:10]}…" if transaction else "",
        )
    console.print(timeline)
    accounts = Table(title="Accounts at the end", title_justify="left", header_style="bold")
    accounts.add_column("account")
    accounts.add_column("balance", justify="right")
    for row in results.accounts:
        accounts.add_row(row["stream"].removeprefix("account:"), _amount(row))
    console.print(accounts)
    console.print(reconciling.shown(results.statement))
    console.print(
        Panel.fit(
            f"story told in [bold]{seconds:.1f} s[/]\n"
            f"{results.events} events, anchored up to {results.anchored}\n"
            f"debits equal credits for every transfer; chain and books agree\n"
            f"[bold green]{results.verified} of {results.events} events verify offline[/],"
            " by both verifiers\n"
            f"{results.complete}\n"
            "drop any file of evidence/ on verify.html to see it in a browser\n"
            f"platform deployed with {results.gas:,} gas\n"
            f"results: {results.folder}",
            title="done",
            border_style="green",
        )
    )


def _amount(row: Json) -> str:
    decimals = int(row["book_decimals"])
    sign = "-" if row["balance"] < 0 else ""
    whole, part = divmod(abs(int(row["balance"])), 10**decimals)
    return f"{sign}{whole:,}.{part:0{decimals}d} {row['asset']}"


def _month(at: str) -> str:
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return names[int(at[5:7]) - 1]

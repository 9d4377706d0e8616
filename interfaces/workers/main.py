"""The worker processes: `worker` (views, processes, effects, timers, anchors, alarms), `chain`."""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from application.ports.world import ViewBehind
from application.processes.managers import PROCESSES
from domain.check.events import Gate
from domain.invoice.events import VerificationStarted
from domain.mail.events import MailRequested
from domain.payment.events import PaymentInstructed
from domain.subject.events import ClaimRequested
from interfaces.logs import configure
from interfaces.outbound.bank.client import BankClient
from interfaces.outbound.documents.pdf import inspect_pdf
from interfaces.outbound.evm.claims import sign_claim_by
from interfaces.outbound.mail.smtp import SmtpMailer, server_of
from interfaces.outbound.mail.templates import render
from interfaces.outbound.postgres.documents import PostgresDocuments
from interfaces.outbound.postgres.gauges import first_without_anchor, stopped_views
from interfaces.outbound.postgres.holders import PostgresHolders
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.logins import LoginAddresses
from interfaces.outbound.postgres.metering import watch_read_only
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.views import run_views
from interfaces.outbound.postgres.workers import PostgresPlaces
from interfaces.outbound.texts.gateway import MailTexter
from interfaces.runtime import settle
from interfaces.settings import Settings, read_settings
from interfaces.telemetry.snapshots import Publisher
from interfaces.telemetry.traces import tracing
from interfaces.wiring import (
    clock_of,
    codes_of,
    links_of,
    log_of,
    open_gate,
    ring_of,
    vault_of,
)
from interfaces.workers import alarms, anchorwork, chain, effects, watching
from interfaces.workers.chainwork import chain_step
from interfaces.workers.checkwork import check_follower
from interfaces.workers.deadlines import CaughtUp, DeadlineWorker
from interfaces.workers.follower import Follower
from interfaces.workers.forgetwork import forget_follower
from interfaces.workers.gateway import Sender
from interfaces.workers.loop import run, run_all
from interfaces.workers.people import People
from interfaces.workers.processes import ProcessRunner
from interfaces.workers.timers import Due, TimerWorker
from projections.anchors.queries import latest_confirmed_anchor
from projections.chain_writes.queries import open_chain_writes, retracted_names
from projections.clocks.project import VIEW as CLOCKS
from projections.clocks.queries import breached_clocks, due_clocks
from projections.deadlines.queries import DeadlineRow, due
from projections.payments.project import VIEW as PAYMENTS
from projections.payments.queries import payment_by_end_to_end
from projections.reconciliations.queries import broken_tokens

Work = Callable[[], None]

MAIL_DOMAIN: Final = "tallystick.example"


class Station:
    """What the workers of one process share."""

    def __init__(self, settings: Settings, gate: SyncGate, stop: threading.Event) -> None:
        self.settings = settings
        self.gate = gate
        self.stop = stop
        self.looks: list[alarms.Look] = []
        """What workers of this process want to be watched; they are made before the watch."""

    def log(self) -> PostgresLog:
        """Open a reader of the log; each worker has its own."""
        return log_of(self.settings)

    def session(self, name: str) -> Session:
        """Open a session; each worker has its own."""
        return Session(self.settings.database_url, name)

    def sender(self, name: str) -> Sender:
        """Send commands under a process's name."""
        return Sender(self.gate, name)

    def questions(self, name: str) -> Questions:
        """Ask the views."""
        return Questions(self.session(name))

    def looping(self, name: str, step: Callable[[], float]) -> Work:
        """Run a step until the process stops."""
        return partial(run, name, step, self.stop, away=chain.AWAY)


def processes(station: Station) -> Work:
    """Run the process managers."""
    runner = ProcessRunner(
        PROCESSES,
        station.gate,
        log=station.log(),
        places=PostgresPlaces(station.session("processes")),
        register=PostgresHolders(station.settings.database_url),
    )
    return station.looping("processes", runner.step)


def documents(station: Station) -> Work:
    """Read invoices' documents when they are to be verified."""
    log = station.log()
    effect = effects.verification(
        station.sender("verification"),
        log,
        PostgresDocuments(station.settings.database_url),
        inspect_pdf,
        People(log, vault_of(station.settings)),
    )
    return _following(
        station,
        "documents",
        Follower(
            "documents",
            {VerificationStarted: effect},
            log=log,
            places=PostgresPlaces(station.session("documents")),
        ),
    )


def mails(station: Station) -> Work:
    """Send the mails that are requested."""
    settings, log = station.settings, station.log()
    mailer = SmtpMailer(
        server_of(settings.mail_url), sender=settings.mail_sender, now=clock_of(settings).now
    )
    letters = effects.Letters(
        mailer=mailer,
        codes=codes_of(settings),
        texter=MailTexter(mailer, domain=settings.text_domain),
        vault=vault_of(settings),
        links=links_of(settings),
        render=render,
        base_url=settings.base_url,
        account=settings.collections_account,
        domain=MAIL_DOMAIN,
        user_address=LoginAddresses(settings.database_url, vault_of(settings)).of,
    )
    return _following(
        station,
        "mails",
        Follower(
            "mails",
            {MailRequested: effects.mailing(station.sender("mail"), log, letters)},
            log=log,
            places=PostgresPlaces(station.session("mails")),
        ),
    )


def claims(station: Station) -> Work:
    """Sign the claims that are asked for."""
    sign = sign_claim_by(ring_of(station.settings), "claim_issuer")
    effect = effects.claiming(station.sender("claim_issuer"), sign)
    return _following(
        station,
        "claims",
        Follower(
            "claims",
            {ClaimRequested: effect},
            log=station.log(),
            places=PostgresPlaces(station.session("claims")),
        ),
    )


def _checks(station: Station, gate: Gate) -> Work:
    sender, session = station.sender(gate), station.session(gate)
    follower = check_follower(gate, station.settings, sender, log=station.log(), session=session)
    return _following(station, gate, follower)


def identity(station: Station) -> Work:
    """Have identities looked at."""
    return _checks(station, "identity")


def screening(station: Station) -> Work:
    """Have lists looked at."""
    return _checks(station, "screening")


def forgetting(station: Station) -> Work:
    """Forget whom two persons want forgotten."""
    follower = forget_follower(station.settings, station.sender("forgetting"))
    return _following(station, "forgetting", follower)


def payments(station: Station) -> Work:
    """Instruct the payments that are wished."""
    settings = station.settings
    effect = effects.paying(
        station.sender("bank"),
        BankClient(settings.bank_url),
        settings.collections_account,
        People(station.log(), vault_of(settings)),
    )
    return _following(
        station,
        "payments",
        Follower(
            "payments",
            {PaymentInstructed: effect},
            log=station.log(),
            places=PostgresPlaces(station.session("payments")),
        ),
    )


def _following(station: Station, name: str, follower: Follower) -> Work:
    return station.looping(name, follower.step)


def bank(station: Station) -> Work:
    """Take in what the bank says."""
    settings, questions, log = station.settings, station.questions("bank"), station.log()

    def payment_of(end_to_end: str) -> str | None:
        row = questions.one(payment_by_end_to_end(end_to_end))
        if row is None:
            # It was instructed before the bank could answer: only a view at the head says no.
            if questions.reached(PAYMENTS) < log.head().position:
                raise ViewBehind(PAYMENTS.name)
            row = questions.one(payment_by_end_to_end(end_to_end))
        return row.payment if row is not None else None

    listener = effects.BankListener(
        BankClient(settings.bank_url),
        station.sender("bank"),
        account=settings.collections_account,
        places=PostgresPlaces(station.session("bank")),
        payment_of=payment_of,
    )
    return station.looping("bank", listener.step)


def _once(row: DeadlineRow) -> str:
    """Name what is done at most once: a fact that was renewed lapses again at another instant."""
    return f"{row.key}/{row.due_at}" if row.kind == "lapse" else row.key


def timers(station: Station) -> Work:
    """Dispatch what falls due."""
    questions = station.questions("timers")

    def deadlines(instant: str) -> list[Due]:
        rows = questions.fetch(due(instant))
        return [Due(_once(row), row.kind, row.target, row.detail or "") for row in rows]

    worker = TimerWorker(
        station.sender("timers"), clock=clock_of(station.settings), deadlines=deadlines
    )
    return station.looping("timers", worker.step)


def clocks(station: Station) -> Work:
    """Tell which stages the clocks of the service levels have passed."""
    questions, log = station.questions("clocks"), station.log()

    due = CaughtUp(
        head=lambda: log.head().position,
        reached=lambda: questions.reached(CLOCKS),
        due=lambda instant: questions.fetch(due_clocks(instant)),
    )
    worker = DeadlineWorker(station.sender("deadlines"), clock=clock_of(station.settings), due=due)
    return station.looping("clocks", worker.step)


def anchors(station: Station) -> Work:
    """Plan anchors."""
    step, look = anchorwork.anchor_step(station.settings, station.gate)
    station.looks.append(look)
    return station.looping("anchors", step)


def late_anchors(station: Station) -> Work:
    """Freeze the log when its anchors stay away."""
    step, look = anchorwork.lateness_step(station.settings, station.gate)
    station.looks.append(look)
    return station.looping("lateness", step)


def views(station: Station) -> Work:
    """Keep all views up with the log."""
    return partial(
        run_views, station.settings.database_url, log=station.settings.log, stop=station.stop
    )


def watch(station: Station) -> Work:
    """Tell people what they must mend."""
    settings, questions = station.settings, station.questions("alarms")

    def unanchored() -> int | None:
        confirmed = questions.one(latest_confirmed_anchor())
        row = questions.one(first_without_anchor(confirmed.size if confirmed is not None else 0))
        return row.position if row is not None else None

    def open_writes() -> list[str]:
        return [row.write for row in questions.fetch(open_chain_writes())]

    worker = alarms.AlarmWorker(
        (
            alarms.read_only(lambda: station.gate.read_only),
            alarms.stopped_views(lambda: questions.fetch(stopped_views())),
            alarms.stuck_writes(open_writes, settings.stuck_write_seconds),
            alarms.retracted_writes(
                lambda: [row.write for row in questions.fetch(retracted_names())]
            ),
            alarms.late_anchor(unanchored, settings.anchor_alert_seconds),
            alarms.broken_tokens(lambda: questions.fetch(broken_tokens())),
            alarms.breached_clocks(lambda: questions.fetch(breached_clocks())),
            *station.looks,
        )
    )
    return station.looping("alarms", worker.step)


def chain_writes(station: Station) -> Work:
    """Carry chain writes out."""
    return station.looping("chain", chain_step(station.settings, station.gate))


def chain_watch(station: Station) -> Work:
    """Watch the chain, and compare it with the books."""
    step = watching.chain_watch_step(station.settings, station.gate)
    return station.looping("chain_watch", step)


KINDS: Final[dict[str, tuple[Callable[[Station], Work], ...]]] = {
    "worker": (
        views,
        processes,
        documents,
        mails,
        claims,
        identity,
        screening,
        forgetting,
        payments,
        bank,
        timers,
        clocks,
        anchors,
        late_anchors,
        watch,
    ),
    "chain": (chain_writes, chain_watch),
}


def main(kind: str) -> None:
    """Run one kind of worker process until SIGTERM or SIGINT."""
    configure(kind)
    settings, stop = read_settings(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with (
        Publisher(settings.data, kind),
        tracing(kind, settings.traces_url, share=settings.traces_share),
        open_gate(settings) as gate,
    ):
        watch_read_only(lambda: gate.read_only)
        station = Station(settings, gate, stop)
        workers = {make.__name__: make(station) for make in KINDS[kind]}
        settle()
        logging.getLogger("tallystick").info("%s is up", kind)
        run_all(workers, stop)


if __name__ == "__main__":
    main(sys.argv[1])

"""Parts of a running stack die; nothing is half-done, and work goes on by itself (issue 2).

The processes are real and die by signals; the supervisor brings them back.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from interfaces.supervisor import Supervisor
from interfaces.wiring import gateway_of
from tests.story.conftest import a_stack, play
from tools.mailbox import read_mailbox
from tools.stack import LocalStack
from tools.story import cast, proof
from tools.story.client import Api, ApiProblem
from tools.story.scenes import SCENES, Stage, await_invoice

pytestmark = [pytest.mark.postgres, pytest.mark.chain, pytest.mark.slow]

BACK_SECONDS = 120.0  # an upper bound for a machine that is busy with much else
KILL_SECONDS = 3.0


@contextmanager
def watched(stack: LocalStack) -> Iterator[Supervisor]:
    """Let the supervisor watch while a test breaks things."""
    supervisor = stack.supervisor
    assert supervisor is not None
    stop = threading.Event()
    thread = threading.Thread(target=supervisor.run, args=(stop,))
    thread.start()
    try:
        yield supervisor
    finally:
        stop.set()
        thread.join()


def eventually(good: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + BACK_SECONDS
    while time.monotonic() < deadline:
        if good():
            return
        time.sleep(0.1)
    pytest.fail(f"{what} did not come in {BACK_SECONDS} s")


def _status(api: Api) -> int:
    response = api._http.post(
        "/api/v1/subjects",
        json={"subject": "late", "name": "Late", "kind": "person", "country": "GB", "roles": []},
        headers={"Idempotency-Key": "late"},
    )
    if response.status_code == 503:
        assert int(response.headers["Retry-After"]) > 0
        assert response.headers["content-type"].startswith("application/problem+json")
    return response.status_code


def test_a_dead_store_is_said_and_comes_back(tmp_path: Path) -> None:
    """Postgres is killed: 503 with Retry-After, then the same request acts once."""
    with a_stack(tmp_path) as (stack, stage):
        play(stage, "lets everybody in")
        admin = stage.api(cast.ADMIN)
        before = admin.get("/subjects/coppergate")
        assert b"tallystick_store_up 1.0" in admin.raw("/metrics")
        postgres = stack.supervisor._postgres if stack.supervisor is not None else None
        assert postgres is not None
        os.kill(postgres.pid, signal.SIGKILL)
        # Nobody starts it again yet: the outage lasts until the doors have said so.
        eventually(lambda: _status(admin) == 503, "the problem document")
        # Just now the metrics are wanted, and nobody can look the key up.
        eventually(lambda: b"tallystick_store_up 0.0" in admin.raw("/metrics"), "the metrics")
        with watched(stack):
            eventually(lambda: _status(admin) == 201, "the store")
            eventually(lambda: _readable(admin), "the views")
            restarted = b'tallystick_process_restarts_total{part="postgres",process="supervisor"} 1'
            eventually(lambda: restarted in admin.raw("/metrics"), "the count of restarts")
            assert admin.get("/subjects/coppergate") == before
            created = [
                each
                for each in proof.feed_records(
                    stage.api(cast.AUDITOR).raw("/feed", Accept="application/x-ndjson")
                )
                if each.get("stream") == "subject:late"
            ]
            assert len(created) == 1
            play_on(stage, "funds the cash accounts", "submits")


def _readable(api: Api) -> bool:
    try:
        api.get("/subjects/late")
    except ApiProblem:
        return False
    return True


def play_on(stage: Stage, *starts: str) -> None:
    """Play single scenes."""
    for at, _, what, scene in SCENES:
        if what.startswith(starts):
            stage.time(at)
            scene(stage)


@pytest.mark.capability("B4", part="restarts")
def test_workers_that_die_all_the_time_lose_and_double_nothing(tmp_path: Path) -> None:
    """The worker, chain and api processes are killed again and again while the story runs."""
    with a_stack(tmp_path) as (stack, stage), watched(stack) as supervisor:
        play(stage, "submits")
        over = threading.Event()

        def kill() -> None:
            names = ["chain", "worker"]
            turn = 0
            # A little later each time: on a busy machine they would die before they have begun.
            while not over.wait(KILL_SECONDS * 1.2**turn):
                name = names[turn % len(names)]
                turn += 1
                child = next(each for each in supervisor._children if each.name == name)
                if child.process.poll() is None:
                    child.process.kill()
                    child._wait = 0.1

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            play_on(stage, "confirms")
            eventually(lambda: _state(stage) == "LISTED", "the listing")
            lender = stage.api(cast.PENNINE)
            lender.post(f"/invoices/{cast.INVOICE}/fund", {"discount_bps": 240}, key="fund")
            eventually(lambda: _state(stage) == "DISBURSED", "the advance")
        finally:
            over.set()
            killer.join()
        await_invoice(stage, "DISBURSED")
        eventually(lambda: _mails(stack)[cast.COPPERGATE.email] == 2, "the seller's mails")
        assert stage.bank.account(cast.COPPERGATE.account or "").balance == cast.PAYOUT
        assert set(Counter(mail.message_id for mail in read_mailbox(stack.mailbox)).values()) == {1}
        _each_write_once(stack, stage.api(cast.ADMIN))


def _state(stage: Stage) -> str:
    try:
        return str(stage.api(cast.COPPERGATE).get(f"/invoices/{cast.INVOICE}")["state"])
    except ApiProblem:
        return ""


def _mails(stack: LocalStack) -> Counter[str]:
    return Counter(mail.to for mail in read_mailbox(stack.mailbox))


def _each_write_once(stack: LocalStack, admin: Api) -> None:
    """Count on chain: as many transactions of each sender as confirmed writes, no gap, no twin."""
    bookkeeping = {"PLANNED", "SIGNED", "BROADCAST", "MINED"}
    eventually(
        lambda: (
            not {each["state"] for each in proof.all_pages(admin, "/chain-writes")} & bookkeeping
        ),
        "the end of all chain writes",
    )
    writes = proof.all_pages(admin, "/chain-writes")
    assert {each["state"] for each in writes} == {"CONFIRMED"}
    senders = Counter(each["sender"] for each in writes)
    with gateway_of(stack.settings) as gateway:
        for sender, count in senders.items():
            assert gateway.nonce(sender).latest == count
            nonces = sorted(each["nonce"] for each in writes if each["sender"] == sender)
            assert nonces == list(range(count))


def test_a_chain_a_whole_stack_and_a_bank_that_go_away_are_waited_for(tmp_path: Path) -> None:
    """One after the other, over one folder, because to start a stack takes long."""
    with a_stack(tmp_path) as (stack, stage), watched(stack) as supervisor:
        play(stage, "confirms")
        _stop_the_node_in_mid_tokenisation(supervisor)
        await_invoice(stage, "LISTED")
        _each_write_once(stack, stage.api(cast.ADMIN))
        head = _chained(stage)
        secrets = {name: api._http.headers["Authorization"] for name, api in stage.keys.items()}
    # Stopped in the middle and started again over the same folder: keys, store, chain.
    with a_stack(tmp_path) as (stack, stage):
        for name, secret in secrets.items():
            stage.keys[name] = Api(stage.url, secret.removeprefix("Bearer "))
        assert _chained(stage)[: len(head)] == head
        # The bank is down while a payment is due: it is made once when the bank is back.
        stage.bank.go_down(3.0)
        play_on(stage, "funds at 2.4 %", "splits in 5", "passes the check")
        await_invoice(stage, "DISBURSED")
        assert stage.bank.account(cast.COPPERGATE.account or "").balance == cast.PAYOUT
        assert stack.mailbox.is_dir()


def _stop_the_node_in_mid_tokenisation(supervisor: Supervisor) -> None:
    """Stop the chain's node; the supervisor starts another with its state."""
    node = supervisor._node
    assert node is not None
    os.kill(node.pid, signal.SIGTERM)
    eventually(lambda: supervisor._node is not node, "another node")


def _chained(stage: Stage) -> list[str]:
    """Read the chain value of every event."""
    records = proof.feed_records(
        stage.api(cast.AUDITOR).raw("/feed", Accept="application/x-ndjson")
    )
    return [each["chain"] for each in records]

"""The witness as a process: its doors over HTTP, and what it knows after it was killed."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from interfaces.outbound.witness.client import parse_witnesses
from tests.tools.witness.loghouse import ORIGIN, Log

LOG = Log()
ROUNDS = 3

Start = Callable[[], tuple["subprocess.Popen[str]", str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the witness on one folder, as often as asked; gives process and URL."""
    running: list[subprocess.Popen[str]] = []

    def run() -> tuple["subprocess.Popen[str]", str]:
        command = [sys.executable, "-m", "tools.witness", "--data", str(tmp_path / "witness")]
        command += ["--log", LOG.key.text(), "--name", "witness.example/w1"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        [url] = parse_witnesses(line.removeprefix("TALLYSTICK_WITNESSES=")).values()
        return process, url

    yield run
    for process in running:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_the_doors_over_http(start: Start) -> None:
    process, url = start()
    with httpx.Client(base_url=url, trust_env=False) as http:
        assert http.post("/add-checkpoint", content=LOG.submission(0, 3)).status_code == 200
        conflict = http.post("/add-checkpoint", content=LOG.submission(0, 4))
        assert (conflict.status_code, conflict.text) == (409, "3\n")
        assert conflict.headers["content-type"] == "text/x.tlog.size"
        assert http.post("/elsewhere", content="x").status_code == 404
        assert http.get("/add-checkpoint").status_code == 404
        long = http.post("/add-checkpoint", content=b"x" * 70_000)
        assert long.status_code == 413
        chunked = http.post("/add-checkpoint", content=iter([b"old 0\n"]))
        assert chunked.status_code == 411
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


@pytest.mark.slow
def test_a_killed_witness_knows_all_that_it_signed(start: Start, tmp_path: Path) -> None:
    """SIGKILL at any moment: its memory is whole, and no smaller than what was answered."""
    answered = 0
    for number in range(ROUNDS):
        process, url = start()
        killer = threading.Timer(0.05 + 0.03 * number, process.kill)
        with httpx.Client(base_url=url, trust_env=False) as http:
            known = http.post("/add-checkpoint", content=LOG.submission(0, 1))
            # One whose answer was lost is known as well.
            answered += _more(known, answered)
            killer.start()
            answered = _grow(http, answered)
        killer.join()
        assert process.wait() == -signal.SIGKILL
    assert answered > ROUNDS
    [file] = (tmp_path / "witness").glob("*.note")
    assert file.read_text().startswith(f"{ORIGIN}\n")


def _grow(http: httpx.Client, answered: int) -> int:
    """Have ever longer logs signed until the witness is gone."""
    while True:
        try:
            answer = http.post("/add-checkpoint", content=LOG.submission(answered, answered + 1))
        except httpx.HTTPError:
            return answered
        assert answer.status_code == 200
        answered += 1


def _more(known: httpx.Response, answered: int) -> int:
    size = 1 if known.status_code == 200 else int(known.text)
    assert size - answered in (0, 1)
    return size - answered

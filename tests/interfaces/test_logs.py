"""Logs: one JSON object a line, the ids of the work at hand, and nothing about persons."""

import asyncio
import io
import logging
import logging.config
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from typing_extensions import override

from domain.kernel.refusal import NotFound, Refused
from interfaces.logs import configure, describe_error, quiet_loop, take_over_servers
from interfaces.telemetry.context import about, working_on

PERSON = "ann@acme.example"


class Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    yield from _configured(io.StringIO())


@pytest.fixture
def terminal() -> Iterator[io.StringIO]:
    yield from _configured(Terminal())


def _configured(stream: io.StringIO) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level, hook = list(root.handlers), root.level, sys.excepthook
    handler = configure("api", stream=stream)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        for each in before:
            root.addHandler(each)
        root.setLevel(level)
        logging.captureWarnings(capture=False)
        sys.excepthook = hook


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_an_object(stream: io.StringIO) -> None:
    """Instant, level, process, logger and message; nothing that is not known."""
    logging.getLogger("tallystick.writer").warning("waits %.1f s", 0.5)
    [line] = lines(stream)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "WARNING",
        "process": "api",
        "logger": "tallystick.writer",
        "message": "waits 0.5 s",
    }


def test_a_line_carries_the_ids_of_the_work_at_hand(stream: io.StringIO) -> None:
    with working_on(lambda: {"correlation": "c-1", "command": "k-1"}):
        logging.getLogger("x").info("inside")
    logging.getLogger("x").info("outside", extra={"command": "k-2"})
    inside, outside = lines(stream)
    assert (inside["command"], inside["correlation"]) == ("k-1", "c-1")
    assert outside["command"] == "k-2"
    assert "correlation" not in outside
    assert not about()


def test_a_terminal_gets_plain_text(terminal: io.StringIO) -> None:
    with working_on(lambda: {"command": "k-1"}):
        logging.getLogger("x").info("for people")
    assert terminal.getvalue().endswith(" api INFO x: for people command=k-1\n")


def test_the_text_of_a_foreign_exception_stays_out(stream: io.StringIO) -> None:
    """A KeyError quotes its key; only its type and the lines of code are told."""
    try:
        try:
            dict[str, int]()[PERSON]
        except KeyError as error:
            raise ValueError(PERSON) from error
    except ValueError:
        logging.getLogger("x").exception("a step failed")
    [line] = lines(stream)
    assert PERSON not in stream.getvalue()
    assert line["error"].endswith("KeyError")
    assert "test_logs.py" in line["error"]
    assert "ValueError\ncaused by:\n" in line["error"]


def test_a_refusal_is_told_by_its_code() -> None:
    refused = Refused(NotFound(kind="subject", identity=PERSON))
    assert describe_error(refused) == "Refused: not_found"


@pytest.mark.parametrize("name", ["uvicorn.access", "hypercorn.error", "_granian"])
def test_a_server_logs_our_way(stream: io.StringIO, name: str) -> None:
    """Whatever handlers a server brought, its lines are ours."""
    own = io.StringIO()
    logger = logging.getLogger(name)
    logger.addHandler(logging.StreamHandler(own))
    logger.propagate = False
    take_over_servers()
    logger.error("from a server")
    assert not own.getvalue()
    assert lines(stream)[0]["logger"] == name


def test_warnings_are_lines(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old thing", stacklevel=1)
    assert lines(stream)[0]["logger"] == "py.warnings"


async def test_what_nobody_caught_in_the_loop_quotes_nothing(stream: io.StringIO) -> None:
    async def fail() -> None:
        raise KeyError(PERSON)

    loop = asyncio.get_running_loop()
    quiet_loop(loop)
    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    loop.call_exception_handler({"message": PERSON, "exception": task.exception(), "task": task})
    assert PERSON not in stream.getvalue()
    assert lines(stream)[0]["error"].endswith("KeyError")


def test_what_ends_a_process_or_a_thread_is_a_line() -> None:
    """An exception that reaches the top is logged like any other, without its text."""
    program = (
        "import threading\n"
        "from interfaces.logs import configure\n"
        "configure('api')\n"
        "def fail(): raise KeyError('ann' + '@acme')\n"
        "thread = threading.Thread(target=fail, name='views')\n"
        "thread.start(); thread.join()\n"
        "fail()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    told = [msgspec.json.decode(line) for line in done.stderr.splitlines()]
    assert [line["message"] for line in told] == ["the thread views ends", "the process ends"]
    assert "ann@acme" not in done.stderr

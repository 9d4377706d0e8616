"""How processes log: one JSON object a line to standard error, without personal data.

On a terminal the same lines are written for people. An exception is told by its type and the
lines of code that it came through; its text only where it is a sentence of our own, because
the texts of others quote what they were given: a row, an address, a body.
"""

import asyncio
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TextIO

import msgspec
from typing_extensions import override

from domain.kernel.refusal import Refused
from interfaces.telemetry.context import about

NOISY: Final = ("httpx", "httpcore", "aiosmtplib", "web3", "granian.access", "urllib3")
"""These name every request; addresses of mails and accounts must not pass through logs."""

SERVERS: Final = (
    "_granian",
    "granian",
    "granian.access",
    "hypercorn",
    "hypercorn.access",
    "hypercorn.error",
    "uvicorn",
    "uvicorn.access",
    "uvicorn.error",
    "py.warnings",
)
"""These bring handlers of their own; their lines go the way of all others instead."""

OWN: Final = ("domain.", "application.", "projections.", "interfaces.", "tools.")

_encode: Final = msgspec.json.Encoder().encode


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a log; ``at`` is an RFC 3339 instant of the machine's clock."""

    at: str
    level: str
    process: str
    logger: str
    message: str
    command: str | None = None
    correlation: str | None = None
    error: str | None = None
    alert: str | None = None


class _Lines(logging.Formatter):
    """Makes the line of a record; subclasses write it."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def line(self, record: logging.LogRecord) -> Line:
        """Say what a record says, with what the work at hand is about."""
        names = {**about(), **_extras(record)}
        instant = datetime.fromtimestamp(record.created, UTC)
        return Line(
            at=f"{instant:%Y-%m-%dT%H:%M:%S.%f}Z",
            level=record.levelname,
            process=self._process,
            logger=record.name,
            message=_message(record),
            command=names.get("command"),
            correlation=names.get("correlation"),
            error=_error(record),
            alert=names.get("alert"),
        )


class JsonLines(_Lines):
    """Writes a record as one JSON object."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        return _encode(self.line(record)).decode()


class PlainLines(_Lines):
    """Writes a record for people."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = self.line(record)
        names = "".join(
            f" {name}={value}"
            for name, value in (("command", line.command), ("correlation", line.correlation))
            if value is not None
        )
        text = f"{line.at} {line.process} {line.level} {line.logger}: {line.message}{names}"
        return text if line.error is None else f"{text}\n{line.error}"


def configure(
    process: str, *, level: int = logging.INFO, stream: TextIO | None = None
) -> logging.Handler:
    """Log under the process's name, to standard error: JSON, or plain text on a terminal.

    Gives the handler that all lines of the process go through.
    """
    target = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(target)
    handler.setFormatter(PlainLines(process) if target.isatty() else JsonLines(process))
    root = logging.getLogger()
    for other in list(root.handlers):
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(level)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    take_over_servers()
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    return handler


def take_over_servers() -> None:
    """Let what servers and libraries log go through our handler; call it after they are made."""
    for name in SERVERS:
        logger = logging.getLogger(name)
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
        logger.propagate = True


def quiet_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Let an event loop log what nobody caught by its type and place, not by its text."""

    def handle(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        logging.getLogger("asyncio").error(
            "an error that nobody caught in the event loop",
            exc_info=error if isinstance(error, BaseException) else None,
        )

    loop.set_exception_handler(handle)


def describe_error(error: BaseException) -> str:
    """Tell an exception and what caused it: types, places, and texts of our own only."""
    told: list[str] = []
    seen: set[int] = set()
    present: BaseException | None = error
    while present is not None and id(present) not in seen:
        seen.add(id(present))
        places = "".join(traceback.format_tb(present.__traceback__))
        told.append(f"{places}{_name(present)}")
        suppressed = None if present.__suppress_context__ else present.__context__
        present = present.__cause__ or suppressed
    return "\ncaused by:\n".join(told)


def _name(error: BaseException) -> str:
    if isinstance(error, Refused):
        return f"Refused: {error.refusal.CODE}"
    own = type(error).__module__.startswith(OWN)
    return f"{type(error).__name__}: {error}" if own else type(error).__name__


def _message(record: logging.LogRecord) -> str:
    if record.name == "asyncio":
        # What follows the first line is the representation of tasks and their exceptions.
        return str(record.msg).partition("\n")[0]
    return record.getMessage()


def _error(record: logging.LogRecord) -> str | None:
    error = record.exc_info[1] if record.exc_info else None
    return None if error is None else describe_error(error)


def _extras(record: logging.LogRecord) -> dict[str, str]:
    names = ("command", "correlation", "alert")
    return {name: str(getattr(record, name)) for name in names if hasattr(record, name)}


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("tallystick").critical("the process ends", exc_info=(kind, error, trace))


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    error = arguments.exc_value
    if error is not None:
        name = arguments.thread.name if arguments.thread is not None else "unknown"
        logging.getLogger("tallystick").critical("the thread %s ends", name, exc_info=error)

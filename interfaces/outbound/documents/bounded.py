"""Runs a small program over a document of a stranger, in a process with bounds of its own."""

import subprocess
import sys
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec


class Limits(Protocol):
    """What looking at one document may cost; the program sets the bounds of memory itself."""

    @property
    def seconds(self) -> int:
        """How long it may take."""
        ...


class Finding(msgspec.Struct, frozen=True):
    """What such a program found: more in a subclass, or the code of what stopped it."""

    refused: str | None = None


F = TypeVar("F", bound=Finding)


def look(program: Path, content: bytes, limits: Limits, finding: type[F]) -> F:
    """Hand a document to a program of the standard input and read what it found.

    Refused with ``document_too_slow`` after its time, with ``document_unreadable`` when a limit
    of the system ended it or its parser crashed.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(program), msgspec.json.encode(limits).decode()],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            cwd="/",
            env={"LC_ALL": "C.UTF-8"},
            timeout=limits.seconds,
        )
    except subprocess.TimeoutExpired:
        return finding(refused="document_too_slow")
    if done.returncode != 0:
        return finding(refused="document_unreadable")
    return msgspec.json.decode(done.stdout, type=finding)

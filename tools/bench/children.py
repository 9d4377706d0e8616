"""Child processes of a benchmark: asked and answering in JSON lines over their own pipes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec

T = TypeVar("T")

STOP_SECONDS: Final = 30.0


class ChildFailed(Exception):
    """A child process ended before it answered; the text ends with its last words."""


class Child:
    """Runs ``python -m <package>.<module>``; its end of input is its order to stop."""

    def __init__(
        self, module: str, wish: msgspec.Struct, folder: Path, *, package: str = "tools.bench"
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._words = folder / f"{module}.log"
        with self._words.open("ab") as words:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"{package}.{module}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
            )
        self.tell(wish)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self.process.pid

    def tell(self, wish: msgspec.Struct) -> None:
        """Ask for something."""
        if self.process.stdin is None:
            raise ChildFailed(self._last_words())
        try:
            self.process.stdin.write(msgspec.json.encode(wish) + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise ChildFailed(self._last_words()) from error

    def hear(self, kind: type[T]) -> T:
        """Wait for the next answer. Raises ChildFailed."""
        line = self.process.stdout.readline() if self.process.stdout else b""
        if not line:
            raise ChildFailed(self._last_words())
        return msgspec.json.decode(line, type=kind)

    def ask(self, wish: msgspec.Struct, kind: type[T]) -> T:
        """Ask and wait for the answer. Raises ChildFailed."""
        self.tell(wish)
        return self.hear(kind)

    def stop(self) -> None:
        """Let the process end; one that does not listen is killed."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _last_words(self) -> str:
        return self._words.read_text(errors="replace")[-2000:]


class Ready(msgspec.Struct, frozen=True):
    """A child has set itself up."""

    ready: bool = True


def wishes(kind: type[T]) -> Iterator[T]:
    """Read what this process is asked, until it is told to stop; for children."""
    for line in sys.stdin.buffer:
        yield msgspec.json.decode(line, type=kind)


def answer(value: msgspec.Struct) -> None:
    """Answer whoever asked; for children."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()

"""Two machines on one: network namespaces, each with a line of its own to the server."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from typing import Self

import msgspec


class Line(msgspec.Struct, frozen=True):
    """A namespace and its line: the server's end, its address, and how to run things inside."""

    namespace: str
    device: str
    server: str
    """The address under which the server is reached from inside."""

    @property
    def prefix(self) -> tuple[str, ...]:
        """The words before a command that is to run inside."""
        return ("ip", "netns", "exec", self.namespace)

    def cut(self) -> None:
        """Take the line away: what is on its way is lost, and neither end is told."""
        _ip("-n", self.namespace, "link", "set", "inside", "down")

    def mend(self) -> None:
        """Give it back."""
        _ip("-n", self.namespace, "link", "set", "inside", "up")


class Networks:
    """Makes namespaces; all are gone with the context. Needs the right to administer networks."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def join(self) -> Line:
        """Make a namespace with a line to here."""
        self._number += 1
        number, pid = self._number, os.getpid()
        name, device = f"tally-{pid}-{number}", f"ts{pid}n{number}"
        # A block of addresses for each process, so that test runs do not meet.
        block, host = f"10.{128 + (pid >> 8) % 64}.{pid % 256}", 4 * number
        self._stack.enter_context(_namespace(name))
        _ip("link", "add", device, "type", "veth", "peer", "name", "inside", "netns", name)
        _ip("addr", "add", f"{block}.{host + 1}/30", "dev", device)
        _ip("link", "set", device, "up")
        _ip("-n", name, "addr", "add", f"{block}.{host + 2}/30", "dev", "inside")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "link", "set", "inside", "up")
        return Line(name, device, f"{block}.{host + 1}")


@contextlib.contextmanager
def _namespace(name: str) -> Iterator[None]:
    _ip("netns", "add", name)
    try:
        yield
    finally:
        # The line goes with it, and so does its other end.
        _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"ip {' '.join(words)}: {done.stderr.strip()}"
        raise PermissionError(message)

"""Several machines on one: network namespaces, each behind a router of its own.

    here 10.x.y.1 --- 10.x.y.2 router 10.x.y.5 --- 10.x.y.6 namespace

A line is cut in the router, which then drops every packet without a word: neither end is told,
as when a cable is pulled somewhere between two machines.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Self

import msgspec


class NoNetworks(Exception):
    """This machine or this user makes no network namespaces."""


class Line(msgspec.Struct, frozen=True):
    """A namespace and the way to it."""

    namespace: str
    router: str
    server: str
    """The address under which this machine is reached from inside."""
    network: str
    """Every address of the line."""

    @property
    def prefix(self) -> tuple[str, ...]:
        """The words before a command that is to run inside."""
        return ("ip", "netns", "exec", self.namespace)

    def cut(self) -> None:
        """Lose everything that is on its way, in both directions."""
        _forward(self.router, 0)

    def mend(self) -> None:
        """Let packets through again."""
        _forward(self.router, 1)


class Networks:
    """Makes namespaces; all are gone with the context. Raises NoNetworks."""

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
        pid, host = os.getpid(), 8 * self._number
        inside, router = f"tally-{pid}-{self._number}", f"tally-{pid}-{self._number}-router"
        # A block of addresses for each process, so that test runs do not meet.
        block, device = f"10.{128 + (pid >> 8) % 64}.{pid % 256}", f"ts{pid}n{self._number}"
        for namespace in (inside, router):
            self._stack.enter_context(_namespace(namespace))
        _ip("link", "add", device, "type", "veth", "peer", "name", "near", "netns", router)
        _ip(*_at(router), "link", "add", "far", "type", "veth", "peer", "name", "line")
        _ip(*_at(router), "link", "set", "line", "netns", inside)
        _address((), device, f"{block}.{host + 1}/30")
        _address(_at(router), "near", f"{block}.{host + 2}/30")
        _address(_at(router), "far", f"{block}.{host + 5}/30")
        _address(_at(inside), "line", f"{block}.{host + 6}/30")
        _ip(*_at(inside), "link", "set", "lo", "up")
        _ip(*_at(inside), "route", "add", "default", "via", f"{block}.{host + 5}")
        _ip("route", "add", f"{block}.{host + 4}/30", "via", f"{block}.{host + 2}")
        _forward(router, 1)
        return Line(inside, router, f"{block}.{host + 1}", f"{block}.{host}/29")


@contextlib.contextmanager
def _namespace(name: str) -> Iterator[None]:
    _ip("netns", "add", name)
    try:
        yield
    finally:
        # Its lines go with it, and so do their other ends.
        _ip("netns", "delete", name)


def _at(namespace: str) -> tuple[str, str]:
    return ("-n", namespace)


def _address(where: tuple[str, ...], device: str, address: str) -> None:
    _ip(*where, "addr", "add", address, "dev", device)
    _ip(*where, "link", "set", device, "up")


def _forward(router: str, on: int) -> None:
    _ip("netns", "exec", router, "sh", "-c", f"echo {on} > /proc/sys/net/ipv4/ip_forward")


def _ip(*words: str) -> None:
    if shutil.which("ip") is None:
        raise NoNetworks("network namespaces need the program ip, of Debian's package iproute2")
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNetworks(f"ip {' '.join(words)}: {done.stderr.strip()} (only root may, as a rule)")

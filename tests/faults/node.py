"""A node of a fault test as a process of its own: it writes, follows, or sits on the lock.

    python tests/faults/node.py '{"url": "…", "log": "…", "work": "write", "name": "left"}'

It says ``ready``, waits for a line on its input, and then writes one line per fact, each with
the machine's monotonic clock: ``ack <position> <command's number> <seconds>``,
``seen <position> <seconds>``, ``held <seconds>``. It ends when its input ends.
"""

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal

import msgspec
import psycopg
import uvloop

from application.ports.gate import Request, StoreUnavailable
from domain.subject.commands import CreateSubject
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.postgres import feed, log
from interfaces.outbound.postgres.appending import LOG_LOCK, Appender
from interfaces.outbound.postgres.feed import PostgresFeed
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.writer import Writer

NEVER: Final = 3_600.0
"""Seconds; a follower with this time-out is woken by notifications or not at all."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a node does, under which name.

    ``every`` spaces the commands of one client; ``poll`` is how often a follower looks by itself.
    """

    url: str
    log: str
    work: Literal["write", "follow", "feed", "ask", "hold", "half"]
    name: str = ""
    clients: int = 8
    every: float = 0.0
    poll: float = NEVER


def say(*words: object) -> None:
    """Write one line at once."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def create(name: str) -> Request:
    """Ask for a new subject under a key of its own."""
    command = CreateSubject(
        subject=name, name=name, kind="institution", country="GB", roles=("seller",)
    )
    return Request(command=command, actor="subject:admin", role="admin", key=name)


async def write(wish: Wish, go: Awaitable[None]) -> None:
    """Let clients create one subject after the other, each until it is answered."""

    async def client(number: int) -> None:
        count = 0
        while True:
            name = f"{wish.name}-{number}-{count}"
            try:
                accepted = await writer.dispatch(create(name))
            except StoreUnavailable:
                await asyncio.sleep(0.02)  # the same command again, as every caller may
                continue
            say("ack", accepted.position, name, time.monotonic())
            count += 1
            await asyncio.sleep(wish.every)

    async with Writer(wish.url, log=wish.log, clock=SystemClock()) as writer:
        say("ready")
        await go
        await asyncio.gather(*map(client, range(wish.clients)))


async def follow(wish: Wish, go: Awaitable[None]) -> None:
    """Follow the log, by its notifications alone where nothing else is wished."""
    await asyncio.to_thread(_follow, wish)
    await go


def _follow(wish: Wish) -> None:
    log.POLL_SECONDS = wish.poll  # type: ignore[misc]
    reader, place = PostgresLog(wish.url, log=wish.log), 0
    reader.wait(0, 0.0)
    say("ready")
    while True:
        try:
            reader.wait(place, NEVER)
            found = reader.read(place, 10_000)
        except StoreUnavailable:
            time.sleep(0.1)
            continue
        for event in found:
            place = event.position
            say("seen", place, time.monotonic())


async def follow_feed(wish: Wish, go: Awaitable[None]) -> None:
    """Follow the feed likewise."""
    feed.POLL_SECONDS = wish.poll  # type: ignore[misc]
    async with PostgresFeed(wish.url, log=wish.log) as source:
        say("ready")
        await go
        place = 0
        while True:
            await source.wait(place, NEVER)
            try:
                found = await source.entries(place, 10_000)
            except StoreUnavailable:
                await asyncio.sleep(0.1)
                continue
            for entry in found:
                place = entry.position
                say("seen", place, time.monotonic())


async def ask(wish: Wish, go: Awaitable[None]) -> None:
    """Ask something small again and again, as a worker or a door does."""
    await asyncio.to_thread(_ask, wish.url)
    await go


def _ask(url: str) -> None:
    session = Session(url, "asking")
    say("ready")
    while True:
        with contextlib.suppress(StoreUnavailable):
            session.run(lambda connection: connection.execute("SELECT 1"))
            say("answered", time.monotonic())
        time.sleep(0.1)


async def hold(wish: Wish, go: Awaitable[None]) -> None:
    """Take the log's lock as a writer does that keeps missing, and never come back."""
    say("ready")
    await go
    appender = Appender(wish.url)
    await appender.open()
    async with appender.locked():
        say("held", time.monotonic())
        await asyncio.sleep(NEVER)


async def half(wish: Wish, go: Awaitable[None]) -> None:
    """Send a batch's statement but never the message that ends it: the line broke in between."""
    say("ready")
    await go
    appender = Appender(wish.url)
    await appender.open()
    assert appender._connection is not None
    raw = appender._connection.pgconn
    raw.enter_pipeline_mode()
    raw.send_query_params(b"SELECT pg_advisory_xact_lock($1)", [str(LOG_LOCK).encode()])
    raw.send_flush_request()
    while raw.flush():
        await asyncio.sleep(0.001)
    while raw.is_busy():
        await asyncio.sleep(0.001)
        raw.consume_input()
    say("held", time.monotonic())
    await asyncio.sleep(NEVER)


WORKS: Final[Mapping[str, Callable[[Wish, Awaitable[None]], Awaitable[None]]]] = {
    "write": write,
    "follow": follow,
    "feed": follow_feed,
    "ask": ask,
    "hold": hold,
    "half": half,
}


async def work(wish: Wish) -> None:
    """Do it when told to, until the input ends."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def go() -> None:
        await told.wait()

    def listen() -> None:
        if sys.stdin.readline():
            loop.call_soon_threadsafe(told.set)
            sys.stdin.read()
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    try:
        await WORKS[wish.work](wish, go())
    except psycopg.Error as error:
        say("lost", type(error).__name__, time.monotonic())
        await asyncio.sleep(NEVER)


def main() -> None:
    """Run the process."""
    wish = msgspec.json.decode(sys.argv[1].encode(), type=Wish)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(wish))


if __name__ == "__main__":
    main()

"""The faults of a campaign: each strikes at a moment that its seed chooses, and then heals."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Final

from tools.soak.run import Plan, Run, freeze
from tools.soak.smalldisk import may_mount
from tools.soak.watching import execute, query
from tools.soak.wire import STEPS, Step, Trap
from tools.soak.work import Habits

APPENDS_MAX: Final = 12
HANGING_SECONDS: Final = 1.5
DEAD_SECONDS: Final = (0.05, 0.4)

_WRITERS: Final = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'tallystick writer'
"""
_TERMINATE: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'tallystick {}'
"""


async def _nothing(_: Run) -> None:
    """No fault: what a run is like when all goes well."""


def _kill_at(step: Step) -> Callable[[Run], Awaitable[None]]:
    async def inject(run: Run) -> None:
        """Kill a node at a step of one of its next appends, and start another a little later."""
        post = run.some_post()

        async def kill() -> None:
            run.hurt(post)
            post.node.kill()

        trap = Trap(step, run.random.randint(1, APPENDS_MAX), kill)
        post.wire.set(trap)
        await trap.sprung.wait()
        await asyncio.sleep(run.random.uniform(*DEAD_SECONDS))
        await post.fill()

    return inject


async def _kill_any_time(run: Run) -> None:
    """Kill a node at any moment, whatever it is at, and start another a little later."""
    post = run.some_post()
    await run.after(run.random.randint(0, 10))
    await asyncio.sleep(run.random.uniform(0.0, 0.02))
    run.hurt(post)
    post.node.kill()
    await asyncio.sleep(run.random.uniform(*DEAD_SECONDS))
    await post.fill()


async def _lose_reply(run: Run) -> None:
    """Let the server commit and the node never hear of it, several times."""

    async def silence() -> None:
        run.hurt()

    for _ in range(run.random.randint(1, 3)):
        post = run.some_post()
        trap = Trap("after_commit", run.random.randint(1, APPENDS_MAX), silence)
        post.wire.set(trap)
        await trap.sprung.wait()


async def _terminate(run: Run) -> None:
    """End the writers' sessions again and again."""
    for _ in range(run.random.randint(1, 5)):
        await run.after(run.random.randint(1, 20))
        run.hurt()
        await asyncio.to_thread(execute, run.url, _TERMINATE.format("writer"))


async def _deafen(run: Run) -> None:
    """End the sessions that listen."""
    for _ in range(run.random.randint(1, 4)):
        await run.after(run.random.randint(1, 20))
        await asyncio.to_thread(execute, run.url, _TERMINATE.format("%listener"))


async def _hang_line(run: Run) -> None:
    """Let a line hang between INSERT and COMMIT: the log's lock is held, and nobody hangs up."""
    post = run.some_post()

    async def hang() -> None:
        run.hurt(post)
        await asyncio.sleep(HANGING_SECONDS)

    trap = Trap("before_commit", run.random.randint(1, APPENDS_MAX), hang)
    post.wire.set(trap)
    await trap.sprung.wait()
    await asyncio.sleep(HANGING_SECONDS)


async def _kill_store(run: Run) -> None:
    """Kill the postmaster under load and start it again."""
    await run.after(run.random.randint(1, 40))
    run.ground.kill()
    await asyncio.sleep(run.random.uniform(0.0, 0.3))
    await asyncio.to_thread(run.ground.revive)


async def _stop_writer(run: Run) -> None:
    """Stop a node in the middle of an append; continue it when others have gone on."""
    post = run.some_post()
    step: Step = run.random.choice(("before_insert", "before_commit", "after_commit"))
    seconds = run.random.uniform(0.3, 2.0)

    async def stop() -> None:
        run.hurt(post)
        task = asyncio.create_task(freeze(post, seconds))
        frozen.append(task)
        await asyncio.sleep(0)
        if step == "before_insert":
            # The append of a zombie arrives long after its time. The server may hang up before
            # that; the node is continued all the same.
            await asyncio.shield(task)

    frozen: list[asyncio.Task[None]] = []
    trap = Trap(step, run.random.randint(1, APPENDS_MAX), stop, goes_on=True)
    post.wire.set(trap)
    await trap.sprung.wait()
    while not frozen:
        await asyncio.sleep(0.001)
    await asyncio.gather(*frozen)


async def _fill_disk(run: Run) -> None:
    """Let the disk with the tables run full; make room when callers were turned away."""
    await run.after(run.random.randint(1, 20))
    disk = run.ground.demand_disk()
    await asyncio.to_thread(disk.fill)
    try:
        await _turned_away(run, run.random.randint(1, 10))
        await asyncio.sleep(run.random.uniform(0.0, 0.3))
    finally:
        disk.free()


async def _fill_wal(run: Run) -> None:
    """Let the disk with the write-ahead log run full: the server panics; make room, start it."""
    await run.after(run.random.randint(1, 20))
    disk = run.ground.demand_disk()
    try:
        turned_away = asyncio.create_task(_turned_away(run, 1))
        while not turned_away.done():
            await asyncio.to_thread(disk.fill)
            await asyncio.to_thread(execute, run.url, "SELECT pg_switch_wal()")
            await asyncio.sleep(0.01)
        await asyncio.sleep(run.random.uniform(0.0, 0.5))
    finally:
        disk.free()
    await asyncio.to_thread(run.ground.revive)


async def _kill_session(run: Run) -> None:
    """Kill the server's process of one writer: Postgres ends all sessions and recovers."""
    await run.after(run.random.randint(1, 40))
    for (pid,) in (await asyncio.to_thread(query, run.url, _WRITERS))[:1]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(run.ground.revive)


async def _turned_away(run: Run, times: int) -> None:
    goal = run.turned_away + times
    while run.turned_away < goal:
        await asyncio.sleep(0.005)


async def _restart_consumer(run: Run) -> None:
    """Kill the consumer in mid-batch, several times; at the end two of them work side by side."""
    for _ in range(run.random.randint(1, 3)):
        await run.after(run.random.randint(1, 15))
        await asyncio.sleep(run.random.uniform(0, 0.01))
        run.consumers[-1].kill()
        run.consume(run.url)
    run.consume(run.url)
    await run.after(10)


HASTY: Final = Habits(patience_seconds=0.3)
BUSY: Final = Habits(twins=0.5, repeats=0.3, forgeries=0.1)

PLANS: Final[dict[str, Plan]] = {
    plan.name: plan
    for plan in (
        Plan(name="calm", inject=_nothing),
        *(
            Plan(
                name=f"kill-{step.replace('_', '-')}",
                inject=_kill_at(step),
                nodes=(1, 2, 2),
                spares=True,
            )
            for step in STEPS
        ),
        Plan(name="kill-any-time", inject=_kill_any_time, nodes=(1, 2, 2), spares=True),
        Plan(name="commit-reply-lost", inject=_lose_reply),
        Plan(name="session-terminated", inject=_terminate),
        Plan(name="listener-lost", inject=_deafen),
        Plan(name="line-hangs", inject=_hang_line, nodes=(2,), spares=True),
        Plan(name="store-killed", inject=_kill_store),
        Plan(name="store-session-killed", inject=_kill_session),
        Plan(name="writer-stopped", inject=_stop_writer, nodes=(2,), habits=HASTY, spares=True),
        Plan(name="duplicates", inject=_nothing, nodes=(2,), habits=BUSY),
        Plan(name="clock-set-back", inject=_nothing, nodes=(2,), jumps=True),
        Plan(name="consumer-killed", inject=_restart_consumer),
        Plan(name="disk-full", inject=_fill_disk, small="tablespace"),
        Plan(name="wal-disk-full", inject=_fill_wal, small="wal"),
    )
}


def available() -> list[str]:
    """Name the faults that this process may cause: filling a disk takes the right to mount one."""
    return [name for name, plan in PLANS.items() if plan.small is None or may_mount()]

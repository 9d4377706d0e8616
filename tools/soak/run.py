"""One run: a fresh database, nodes, clients, consumers, one fault, recovery, all invariants."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final

import msgspec

from tools.soak.consumer import VIEWS, Consumer
from tools.soak.crew import Being, NodeProcess, start_consumer
from tools.soak.ground import SUBJECTS, Ground, Small
from tools.soak.invariants import Evidence, Violation, violations
from tools.soak.node import Node
from tools.soak.starving import Starved
from tools.soak.watching import Afterwards, FeedFollower, Glimpses, LogFollower
from tools.soak.wire import Wire
from tools.soak.work import Client, Habits

CLIENTS: Final = (3, 6, 6, SUBJECTS - 1)
STREAMS_MAX: Final = (4, 100_000, 100_000)
"""Of a node: with few streams it has to fetch what a command needs, and decides in two turns."""
RECOVERY_SECONDS: Final = 30.0
INJECTION_SECONDS: Final = 20.0
STOP_SECONDS_MAX: Final = 1.0
AFTER_SECONDS: Final = 0.25


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run."""

    fault: str
    seed: int
    seconds: float
    commands: int
    acknowledged: int
    events: int
    stop_ms: float
    """The longest wait at a node that the fault did not hit; 0 where all or none were hit."""
    wait_ms: float
    """The longest that a client was without its verdict, all attempts together."""
    violations: list[Violation] = []


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a fault needs."""

    name: str
    inject: Callable[["Run"], Awaitable[None]]
    nodes: tuple[int, ...] = (1, 2)
    """How many nodes there may be; the seed chooses."""
    jumps: bool = False
    habits: Habits = Habits()
    small: Small | None = None
    """What lies on a small disk."""
    spares: bool = False
    """Whether a fault of one node must not stop another for more than a second."""


class Post:
    """A node's place: the process that holds it now and the line that leads to the store."""

    def __init__(
        self, number: int, wire: Wire, *, streams_max: int, jumps: str | None = None
    ) -> None:
        self.number = number
        self.wire = wire
        self.starts = 0
        self._streams_max = streams_max
        self._jumps = jumps
        self._node: NodeProcess | None = None

    @property
    def node(self) -> NodeProcess:
        """The process."""
        if self._node is None:
            message = "nobody is at this post"
            raise RuntimeError(message)
        return self._node

    async def fill(self) -> None:
        """Start a process here, in the place of one that died."""
        if self._node is not None:
            await self._node.bury()
        self.starts += 1
        jumps = None if self._jumps is None else f"{self._jumps}/{self.starts}"
        wish = Node(url=self.wire.url, streams_max=self._streams_max, jumps=jumps)
        self._node = await NodeProcess.start(wish)

    async def clear(self) -> None:
        """Leave nobody here."""
        await self.node.bury()

    async def relieve(self) -> str | None:
        """Stop the process in good order; tells what was not in order."""
        code = await self.node.end()
        await self.node.bury()
        return None if code == 0 else f"node {self.number} ended with {code}"


class Run:
    """What faults and clients see of a run."""

    def __init__(self, ground: Ground, plan: Plan, seed: int) -> None:
        self.ground = ground
        self.plan = plan
        self.random = random.Random(f"{plan.name}/{seed}")  # noqa: S311 - to be repeated
        self.posts: list[Post] = []
        self.consumers: list[Being] = []
        self.clients: list[Client] = []
        self.url = ""
        self.seed = seed
        self.hurt_at = 0.0
        self.victim = -1
        self.injected = False
        self.log_follower: LogFollower | None = None
        self.starved = Starved()

    @property
    def acknowledged(self) -> int:
        """Verdicts that clients hold so far."""
        return sum(len(client.heard) for client in self.clients)

    def hurt(self, post: Post | None = None) -> None:
        """Note that the fault strikes now."""
        self.hurt_at = time.monotonic()
        self.victim = post.number if post else -1

    @property
    def turned_away(self) -> int:
        """Times that a client was told to come again."""
        return sum(client.turned_away for client in self.clients)

    async def after(self, verdicts: int) -> None:
        """Wait until so many more verdicts have been heard."""
        goal = self.acknowledged + verdicts
        while self.acknowledged < goal:
            await asyncio.sleep(0.002)

    def open_posts(self) -> list[tuple[int, NodeProcess]]:
        """List the nodes that can be asked."""
        return [(post.number, post.node) for post in self.posts if not post.node.lost]

    def some_post(self) -> Post:
        """Choose a node."""
        return self.random.choice(self.posts)

    def consume(self, url: str) -> Being:
        """Start one more consumer."""
        seed = f"{self.seed}/{len(self.consumers)}"
        self.consumers.append(start_consumer(Consumer(url=url, seed=seed)))
        return self.consumers[-1]


def failed(plan: str, seed: int, why: str) -> Outcome:
    """Tell of a run that did not come to its end: a violation too."""
    return Outcome(
        fault=plan,
        seed=seed,
        seconds=0.0,
        commands=0,
        acknowledged=0,
        events=0,
        stop_ms=0.0,
        wait_ms=0.0,
        violations=[Violation("-", why)],
    )


async def run_once(ground: Ground, plan: Plan, seed: int) -> Outcome:
    """Carry out one run and check it."""
    begin = time.monotonic()
    run = Run(ground, plan, seed)
    async with AsyncExitStack() as stack:
        evidence = await _carry_out(run, stack)
    found = list(violations(evidence))
    stop = _longest_stop(run)
    if not run.injected:
        found.append(Violation("-", "the fault could not be injected"))
    if plan.spares and len(run.posts) > 1 and stop > STOP_SECONDS_MAX:
        found.append(Violation("B2", f"a node that died stopped another for {stop:.2f} s"))
    return Outcome(
        fault=plan.name,
        seed=seed,
        seconds=time.monotonic() - begin,
        commands=len({heard.command for heard in evidence.heard}),
        acknowledged=sum(heard.verdict == "accepted" for heard in evidence.heard),
        events=len(evidence.rows),
        stop_ms=stop * 1000,
        wait_ms=1000 * max(run.starved.net(*client.longest) for client in run.clients),
        violations=found[:10],
    )


async def _carry_out(run: Run, stack: AsyncExitStack) -> Evidence:
    run.url = await asyncio.to_thread(run.ground.create)
    stack.push_async_callback(asyncio.to_thread, run.ground.drop, run.url)
    await _man(run, stack)
    log_follower, feed = LogFollower(run.url), FeedFollower(run.url)
    run.log_follower = log_follower
    glimpses = Glimpses(run.url)
    stack.callback(glimpses.stop)
    stack.push_async_callback(feed.stop)
    stack.push_async_callback(asyncio.to_thread, log_follower.stop)
    await _work(run)
    exits = [exit_ for post in run.posts if (exit_ := await post.relieve())]
    glimpses.stop()
    afterwards = Afterwards(run.url)
    stack.callback(afterwards.close)
    head = await asyncio.to_thread(afterwards.head)
    await _reach(
        lambda: min(log_follower.reached, feed.reached, afterwards.reached()) >= head, "readers"
    )
    await feed.stop()
    view = run.random.choice(VIEWS)
    return Evidence(
        rows=afterwards.rows(),
        heard=[heard for client in run.clients for heard in client.heard],
        unresolved=[f"{one.actor} {key}" for one in run.clients for key in one.unresolved],
        seen=[log_follower.seen, feed.seen],
        glimpses=glimpses.taken,
        counted=afterwards.counted(),
        balances=afterwards.balances(),
        differing=await asyncio.to_thread(afterwards.differing, view),
        permitted=afterwards.permitted(),
        exits=exits,
    )


async def _man(run: Run, stack: AsyncExitStack) -> None:
    """Start nodes and a consumer, each on a line of its own."""
    count = run.random.choice(run.plan.nodes)
    for number in range(count):
        wire = await stack.enter_async_context(Wire(run.url))
        jumps = f"{run.seed}/{number}" if run.plan.jumps else None
        streams_max = run.random.choice(STREAMS_MAX)
        run.posts.append(Post(number, wire, streams_max=streams_max, jumps=jumps))
    for post in run.posts:
        await post.fill()
        stack.push_async_callback(post.clear)
    run.consume(run.url)
    stack.push_async_callback(_end_consumers, run)
    for number in range(run.random.choice(CLIENTS)):
        name = f"{run.plan.name}/{run.seed}"
        run.clients.append(Client(number, name, run.open_posts, run.plan.habits))


async def _end_consumers(run: Run) -> None:
    for consumer in run.consumers:
        await consumer.gone()


async def _work(run: Run) -> None:
    """Let the clients work while the fault happens and a moment longer."""
    over = asyncio.Event()
    starving = asyncio.create_task(run.starved.watch())
    working = [asyncio.create_task(client.run(over.is_set)) for client in run.clients]
    try:
        async with asyncio.timeout(INJECTION_SECONDS):
            await run.plan.inject(run)
        run.injected = True
    except TimeoutError:
        pass
    await asyncio.sleep(AFTER_SECONDS)
    over.set()
    await asyncio.gather(*working)
    starving.cancel()
    await asyncio.gather(*(client.repeat_some(2) for client in run.clients))


async def _reach(good: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while not await asyncio.to_thread(good):
        if time.monotonic() > deadline:
            message = f"{what} did not come to the end of the log"
            raise TimeoutError(message)
        await asyncio.sleep(0.02)


def _longest_stop(run: Run) -> float:
    """Tell how long a caller of a survivor waited at most, from the moment of the fault.

    What the machine kept this process and the node from running is taken off: it is no wait for
    the dead.
    """
    if not run.hurt_at:
        return 0.0
    waits = (wait for client in run.clients for wait in client.waits)
    return max(
        (
            run.starved.net(max(asked, run.hurt_at), answered)
            for node, asked, answered in waits
            if node != run.victim and answered > run.hurt_at
        ),
        default=0.0,
    )


async def freeze(post: Post, seconds: float) -> None:
    """Stop a node with SIGSTOP for some time."""
    post.node.send(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    post.node.send(signal.SIGCONT)

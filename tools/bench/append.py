"""`append`: commands of one event each, acknowledged after the commit."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from tools.bench.children import Child, Ready
from tools.bench.figures import Figure, Floor, Run, figure, latency
from tools.bench.keeper import Keep
from tools.bench.library import NAME, THREADS, Library, Stored, Wish
from tools.bench.node import Load, Node, Sent
from tools.bench.stage import Stage

BENCH: Final = "append"
MANY: Final = 256
FEW: Final = 16
FLOORS: Final = {
    MANY: (Floor(value=15_000, times=20), 20.0),
    FEW: (Floor(times=9), 5.0),
}
"""Commands a second against the library, and the 99th percentile in ms, by clients."""


def append(stage: Stage, clients: int | None = None, nodes: int | None = None) -> list[Figure]:
    """Measure the cases that are asked for: clients of one node, or two nodes on one log."""
    figures: list[Figure] = []
    if nodes != 2:
        for wanted in (MANY, FEW) if clients is None else (clients,):
            figures += one_node(stage, wanted)
    if nodes == 2 or (nodes is None and clients is None):
        figures += two_nodes(stage, clients or MANY)
    return figures


@contextmanager
def writing(stage: Stage, url: str, *names: str, clients: int) -> Iterator[Sequence[Child]]:
    """Run writer nodes on one log, with the tree's keeper beside them."""
    with ExitStack() as stack:
        nodes = []
        for name in names:
            wish = Node(url=url, name=name, clients=clients // len(names))
            nodes.append(stack.enter_context(Child("node", wish, stage.logs)))
            nodes[-1].hear(Ready)
        keeper = stack.enter_context(Child("keeper", Keep(url), stage.logs))
        keeper.hear(Ready)
        load(nodes, Load(seconds=stage.sizes.warm_seconds))
        yield nodes


def load(nodes: Sequence[Child], wish: Load) -> list[Sent]:
    """Let all nodes send at the same time."""
    for node in nodes:
        node.tell(wish)
    return [node.hear(Sent) for node in nodes]


def one_node(stage: Stage, clients: int) -> list[Figure]:
    """Measure one writer against the library's recorder with 8 threads, in turn."""
    ours: list[Run] = []
    library: list[float] = []
    sizes = stage.sizes
    with (
        stage.database() as url,
        stage.database(migrated=False) as other,
        writing(stage, url, "one", clients=clients) as nodes,
        Child("library", Library(other), stage.logs) as peer,
    ):
        peer.hear(Ready)
        peer.ask(Wish(seconds=sizes.warm_seconds), Stored)
        for _ in range(sizes.runs):
            [sent] = load(nodes, Load(seconds=sizes.seconds))
            ours.append(Run(sent.rate, sent.p99_ms))
            library.append(peer.ask(Wish(seconds=sizes.seconds), Stored).rate)
    floor, ceiling = FLOORS.get(clients, (None, None))
    case, beside = f"{clients} clients", (f"{NAME}, {THREADS} threads", library)
    return [
        figure(BENCH, case, "events/s", ours, floor=floor, peer=beside),
        latency(BENCH, case, ours, ceiling),
    ]


def two_nodes(stage: Stage, clients: int) -> list[Figure]:
    """Measure two writers on one log against one with as many clients in all, in turn."""
    both: list[Run] = []
    alone: list[float] = []
    shares: list[Run] = []
    waits: list[Run] = []
    sizes = stage.sizes
    with (
        stage.database() as url,
        stage.database() as other,
        writing(stage, url, "left", "right", clients=clients) as nodes,
        writing(stage, other, "alone", clients=clients) as single,
    ):
        for _ in range(sizes.runs):
            sent = load(nodes, Load(seconds=sizes.seconds))
            commands = sum(one.commands for one in sent)
            longest = max(one.seconds for one in sent)
            both.append(Run(commands / longest, max(one.p99_ms for one in sent)))
            shares.append(Run(100 * min(one.commands for one in sent) / commands))
            waits.append(Run(max(one.longest_ms for one in sent)))
            alone.append(load(single, Load(seconds=sizes.seconds))[0].rate)
    case = f"2 nodes, {clients} clients"
    beside = (f"one node, {clients} clients", alone)
    return [
        figure(BENCH, case, "events/s", both, floor=Floor(times=0.6), peer=beside),
        figure(BENCH, f"{case}, smaller share", "%", shares, floor=Floor(value=30)),
        latency(BENCH, f"{case}, the slower node", both, 100.0),
        figure(BENCH, f"{case}, longest wait", "ms", waits),
    ]

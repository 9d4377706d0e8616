"""`http`: authenticated idempotent REST commands on 64 connections."""

from typing import Final

from tools.bench.children import Child, Ready
from tools.bench.doors import Doors, headers, open_doors
from tools.bench.figures import Figure, Floor, Run, figure, latency
from tools.bench.load import Answered, Hit, Target
from tools.bench.stage import Stage

BENCH: Final = "http"
CONNECTIONS: Final = 64


class RequestRefused(Exception):
    """A request of the load generator was not answered with success; the text is the answer."""


def commanding(stage: Stage) -> list[Figure]:
    """Measure commands through the doors; the load comes from a process of its own."""
    sizes = stage.sizes
    subjects = [f"http-{number}" for number in range(CONNECTIONS)]
    runs: list[Run] = []
    with stage.database() as url, open_doors(stage, url, subjects) as doors:
        target = _target(doors, subjects)
        with Child("load", target, stage.logs) as load:
            load.hear(Ready)
            hit(load, sizes.warm_seconds)
            for _ in range(sizes.runs):
                answered = hit(load, sizes.seconds)
                runs.append(Run(answered.rate, answered.p99_ms))
    case = f"{CONNECTIONS} connections"
    return [
        figure(BENCH, case, "requests/s", runs, floor=Floor(value=2_000)),
        latency(BENCH, case, runs, 50.0),
    ]


def hit(load: Child, seconds: float) -> Answered:
    """Let the generator send for some seconds. Raises RequestRefused."""
    answered = load.ask(Hit(seconds=seconds), Answered)
    if answered.refused:
        raise RequestRefused(answered.refused)
    return answered


def _target(doors: Doors, subjects: list[str]) -> Target:
    return Target(
        host=doors.host,
        port=doors.port,
        authorization=headers()["Authorization"],
        subjects=subjects,
    )

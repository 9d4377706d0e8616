"""Each benchmark runs in its quick mode and says what it found; nothing is asserted about time."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tools.bench.cli import BENCHES
from tools.bench.figures import LINE, Figure, Floor, Run, figure
from tools.bench.report import Record, report
from tools.bench.stage import QUICK, Stage

PEERS = {"append", "chain", "cold", "held", "import", "project", "scale"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("bench"), msgspec.structs.replace(QUICK, runs=1)) as ready:
        yield ready


@pytest.mark.postgres
@pytest.mark.parametrize("name", BENCHES)
def test_a_benchmark_runs_and_tells_figures_beside_floors(name: str, stage: Stage) -> None:
    figures = BENCHES[name](stage)
    assert {one.bench for one in figures} == {name}
    # What a check adds is a difference, which may be below zero when so little is measured.
    assert all(one.value >= 0 or name == "access" for one in figures)
    assert any(one.floor is not None for one in figures) == (name != "cold")
    assert any(one.peer for one in figures) == (name in PEERS)
    for one in figures:
        assert tuple(msgspec.json.decode(one.line())) == LINE


def test_a_floor_is_the_larger_of_its_value_and_its_multiple_of_the_peer() -> None:
    floor = Floor(value=15_000, times=20)
    runs = [Run(value) for value in (19_000.0, 17_000.0, 18_000.0)]
    slow = figure("b", "c", "events/s", runs, floor=floor, peer=("p", [700, 600, 650]))
    assert (slow.value, slow.peer_value, slow.floor, slow.met) == (18_000, 650, 15_000, True)
    fast = figure("b", "c", "events/s", runs, floor=floor, peer=("p", [1_000, 1_000, 1_000]))
    assert (fast.floor, fast.ratio, fast.met) == (20_000, 18, False)


def test_of_a_latency_less_is_better() -> None:
    assert figure("b", "c", "ms", [Run(4.0)], floor=Floor(value=5)).met
    assert figure("b", "c", "ms", [Run(6.0)], floor=Floor(value=5)).met is False


def test_the_report_keeps_the_latest_figures_of_each_benchmark(tmp_path: Path) -> None:
    results = tmp_path / "RESULTS.md"

    def one(bench: str, value: float) -> list[Figure]:
        return [figure(bench, "a case", "events/s", [Run(value)], floor=Floor(value=100))]

    Record(tmp_path, results).keep("append", one("append", 1.0))
    Record(tmp_path, results).keep("feed", one("feed", 200.0))
    Record(tmp_path, results).keep("append", one("append", 300.0))
    rows = [line for line in results.read_text().splitlines() if "a case" in line]
    assert len(rows) == 2
    assert "300 events/s" in rows[0]
    assert rows[1].endswith("| yes |")


def test_the_report_shows_what_was_missed() -> None:
    assert report([]).startswith("# Results")

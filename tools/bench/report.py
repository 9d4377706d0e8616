"""What benchmarks found: a table beside the floors, and RESULTS.md with machine and dates."""

import datetime
import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from interfaces.outbound.postgres.cluster import BINARIES
from tools.bench.figures import AT_MOST, Figure

RESULTS: Final = Path(__file__).with_name("RESULTS.md")
NOTES: Final = Path(__file__).with_name("NOTES.md")
"""What a person found out about the figures: why a floor was missed, what a case means."""

PACKAGES: Final = ("eventsourcing", "psycopg", "msgspec", "uvloop", "litestar")
GIBIBYTE: Final = 1 << 30
BEGINNING: Final = (
    "Medians of at least five runs, peers in the same run on the same Postgres with `fsync` on."
    " `make bench` takes them anew; `tally bench NAME` takes one."
)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one benchmark, and when they were taken."""

    bench: str
    date: str
    figures: tuple[Figure, ...]


def table_of(figures: Sequence[Figure]) -> Table:
    """Draw figures beside their floors."""
    table = Table(title=None)
    for name in ("bench", "case"):
        table.add_column(name)
    for name in ("value", "p99", "peer", "ratio", "floor"):
        table.add_column(name, justify="right")
    table.add_column("met")
    for figure in figures:
        table.add_row(*_cells(figure), _mark(figure, "[green]yes[/]", "[bold red]no[/]"))
    return table


def show(console: Console, figures: Sequence[Figure]) -> None:
    """Print the table."""
    console.print(table_of(figures))


class Record:
    """Keeps the latest figures of each benchmark in a file, and writes RESULTS.md from it."""

    def __init__(self, folder: Path, results: Path = RESULTS) -> None:
        self._file = folder / "figures.json"
        self._results = results

    def keep(self, bench: str, figures: Sequence[Figure]) -> None:
        """Put a benchmark's figures in the place of its earlier ones, and write the report."""
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        kept = {session.bench: session for session in self._sessions()}
        kept[bench] = Session(bench=bench, date=today, figures=tuple(figures))
        self._file.write_bytes(msgspec.json.encode(list(kept.values())))
        self._results.write_text(report(list(kept.values())))

    def _sessions(self) -> list[Session]:
        if not self._file.exists():
            return []
        return msgspec.json.decode(self._file.read_bytes(), type=list[Session])


def report(sessions: Sequence[Session]) -> str:
    """Write the report in Markdown."""
    lines = [
        "# Results",
        "",
        BEGINNING,
        "",
        *(f"- {fact}" for fact in machine()),
        "",
        "| bench | date | case | value | p99 | peer | ratio | floor | met |",
        "|---|---|---|---:|---:|---:|---:|---:|---|",
    ]
    for session in sessions:
        for figure in session.figures:
            bench, case, *numbers = _cells(figure)
            cells = (bench, session.date, case, *numbers, _mark(figure, "yes", "**no**"))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", NOTES.read_text()])


def machine() -> list[str]:
    """Tell what the figures were taken on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIBIBYTE
    postgres = subprocess.run(
        [BINARIES / "bin" / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return [
        f"{os.cpu_count()} cores of {processor()}, {memory:.0f} GiB, {system}",
        "clients, node and store share the cores",
        f"{postgres.stdout.strip()}, Python {platform.python_version()}, {packages}",
    ]


def processor() -> str:
    """Name the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _cells(figure: Figure) -> tuple[str, ...]:
    late = "" if figure.p99_ms is None or figure.unit == "ms" else f"{figure.p99_ms:,.4g} ms"
    beside = "" if figure.peer_value is None else f"{_number(figure.peer_value)} ({figure.peer})"
    floor = ""
    if figure.floor is not None:
        sign = "<=" if figure.unit in AT_MOST else ">="
        floor = f"{sign} {_number(figure.floor)} ({figure.rule})"
    ratio = "" if figure.ratio is None else f"{figure.ratio:g}"
    return (
        figure.bench,
        figure.case,
        f"{_number(figure.value)} {figure.unit}",
        late,
        beside,
        ratio,
        floor,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:g}"


def _mark(figure: Figure, yes: str, no: str) -> str:
    if figure.met is None:
        return ""
    return yes if figure.met else no

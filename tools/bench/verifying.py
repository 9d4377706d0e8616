"""`verify`: the auditor's program over a whole feed, as the auditor runs it."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from typing_extensions import override

from application.ports.log import FeedEntry
from interfaces.inbound.http.feed.records import writer
from tools import verify
from tools.bench.figures import Figure, Floor, Run, figure
from tools.bench.prepared import chained, prepared_log
from tools.bench.stage import Stage

BENCH: Final = "verify"
CASES: Final = (
    ("fields=proof: chain, tree, versions", True, True, Floor(value=100_000)),
    ("fields=proof: all checks", True, False, Floor(value=45_000)),
    ("full records: all checks, and each record against its body", False, False, None),
)
"""What it is called; whether only the members of a proof, and whether quickly; its floor."""

LOOK_SECONDS: Final = 0.01
UNTRUSTED: Final = verify.STATUS["untrusted"]
"""The exit status of a feed that holds together, without a trust file to believe."""


class FeedRefused(Exception):
    """The verifier found a fault in the feed of the benchmark; the text is its answer."""


def verifying(stage: Stage) -> list[Figure]:
    """Measure both ways to verify, and the memory that they take for a long feed."""
    sizes = stage.sizes
    figures: list[Figure] = []
    peaks: list[Figure] = []
    with stage.scratch() as folder:
        for case, proof, quick, floor in CASES:
            file = write_feed(folder / "feed.ndjson", sizes.verified_events, proof=proof)
            runs = []
            for _ in range(sizes.runs):
                seconds, _memory = run_verifier(file, quick=quick)
                runs.append(Run(sizes.verified_events / seconds))
            figures.append(figure(BENCH, case, "events/s", runs, floor=floor))
            file = write_feed(file, sizes.remembered_events, proof=proof)
            peak = Run(run_verifier(file, quick=quick)[1])
            name = f"peak memory, {sizes.remembered_events:,} events, {case}"
            peaks.append(figure(BENCH, name, "MB", [peak], floor=Floor(value=200)))
    return figures + peaks


def write_feed(path: Path, size: int, *, proof: bool) -> Path:
    """Write the feed of a prepared log as the doors would."""
    write = writer("auditor", proof=proof)
    with path.open("wb") as file:
        for entry in entries(size):
            file.write(write(entry) + b"\n")
    return path


def entries(size: int) -> Iterator[FeedEntry]:
    """Give a log's entries with changes of the usual length: the entry's state afterwards."""
    for position, event, chain in chained(prepared_log(size)):
        kind, _, key = event.stream.partition(":")
        value = {"balance": position, "held": 0, "holds": {}, "opened": True, "book_decimals": 2}
        changes = [{"effect": "updated", "entry": kind, "key": key, "value": value}]
        yield FeedEntry(position, event.type, event.body, chain, msgspec.json.encode(changes))


def run_verifier(file: Path, *, quick: bool) -> tuple[float, float]:
    """Run the verifier as a process of its own; tells seconds and peak memory in MB.

    Raises FeedRefused.
    """
    arguments = [sys.executable, verify.__file__, str(file), *(["--quick"] if quick else [])]
    begin = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE)
    peak = Peak(process.pid)
    peak.start()
    said, _ = process.communicate()
    seconds = time.perf_counter() - begin
    peak.join()
    if process.returncode != UNTRUSTED:
        raise FeedRefused(said.decode())
    return seconds, peak.megabytes


class Peak(threading.Thread):
    """Watches the peak memory of a process until it ends.

    The kernel's own account for parents (``ru_maxrss``) begins with what the parent had.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._file = Path("/proc") / str(pid) / "status"
        self.megabytes = 0.0

    @override
    def run(self) -> None:
        """Look until there is nothing to see."""
        while found := self._look():
            self.megabytes = max(self.megabytes, found)
            time.sleep(LOOK_SECONDS)

    def _look(self) -> float:
        try:
            lines = self._file.read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            return 0.0
        # A process that has ended but was not waited for has no memory to show.
        return next((int(line.split()[1]) / 1024 for line in lines if "VmHWM" in line), 0.0)

"""Time as the log wants it, and a story's time that moves only forwards."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from interfaces.outbound.clock import StoryClock, SystemClock, set_story_time

FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
START = "2026-05-22T10:42:00.000000Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name the file of a story clock in a folder that is not there yet."""
    return tmp_path / "story" / "clock.json"


def test_the_system_clock_tells_utc_with_six_decimals() -> None:
    earlier, later = SystemClock().now(), SystemClock().now()
    assert FORM.fullmatch(earlier)
    assert earlier <= later


def test_a_story_runs_on_from_where_it_was_set(path: Path) -> None:
    assert set_story_time(path, START) == START
    clock = StoryClock(path)
    first = clock.now()
    time.sleep(0.02)
    second = clock.now()
    assert FORM.fullmatch(first)
    assert START <= first < second < "2026-05-22T10:43"


def test_a_story_is_moved_on_for_every_clock_that_reads_it(path: Path) -> None:
    set_story_time(path, START)
    clocks = [StoryClock(path), StoryClock(path)]
    assert all(clock.now() < "2026-05-22T10:43" for clock in clocks)
    set_story_time(path, "2026-07-21T11:14:00Z")
    assert all(clock.now() >= "2026-07-21T11:14:00.000000Z" for clock in clocks)


def test_a_story_never_goes_back(path: Path) -> None:
    set_story_time(path, "2026-07-21T11:14:00Z")
    shown = set_story_time(path, START)
    assert shown >= "2026-07-21T11:14:00.000000Z"
    assert StoryClock(path).now() >= shown


def test_an_offset_is_turned_into_utc(path: Path) -> None:
    assert set_story_time(path, "2026-05-22T11:42:00+01:00") == START


def test_a_machine_clock_set_back_does_not_set_the_story_back(path: Path) -> None:
    set_story_time(path, START)
    path.write_text(f'{{"base":"{START}","started":{time.time() + 3600}}}')
    assert StoryClock(path).now() == START


@pytest.mark.parametrize("wrong", ["", "soon", "2026-05-22T10:42:00"])
def test_what_is_no_time_is_refused(path: Path, wrong: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid isoformat|offset"):
        set_story_time(path, wrong)
    assert not path.exists()


def test_a_clock_without_a_story_says_so(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        StoryClock(path).now()


WRITER = """
import sys
from pathlib import Path
from interfaces.outbound.clock import set_story_time
for minute in range(60):
    set_story_time(Path(sys.argv[1]), f"2026-05-22T10:{minute:02d}:00Z")
"""


def test_a_reader_never_sees_half_a_file_or_an_earlier_time(path: Path) -> None:
    set_story_time(path, "2026-05-22T09:00:00Z")
    clock, latest = StoryClock(path), ""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)]) as writer:
        while writer.poll() is None:
            now = clock.now()
            assert now >= latest
            latest = now
    assert writer.returncode == 0
    assert StoryClock(path).now() >= "2026-05-22T10:59:00.000000Z"

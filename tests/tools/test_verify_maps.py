"""The auditor's verifier on the stream maps of a feed: they must be those of its records."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.capability("B9")


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _load("verify_log")
Log = Any
Answer = tuple[str, int | None]
Run = Callable[..., Answer]
COMMITTED = "log.streams_committed"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that verifies a log's feed and gives the code and the position."""
    verifier = made.verifier(tmp_path, capsys)

    def start(log: Log, *arguments: str, **options: object) -> Answer:
        answer = verifier(log if isinstance(log, list) else log.proofs(), *arguments, **options)
        return answer["code"], answer["position"]

    return start


def right(log: Log, size: int) -> dict[str, Any]:
    """Say what a commitment to the map at a size says."""
    streams = log.map(size)
    return {"size": size, "count": streams.count, "root": streams.root().hex()}


def committing(**data: Any) -> Log:
    """Return a log whose event 20 commits to the map of the first nineteen, with other data."""
    log = made.books()
    content = {**right(log, 19), **data}
    log.add("log:main", COMMITTED, {name: value for name, value in content.items() if value})
    log.add("case:0", "case.closed", {})
    return log


def test_each_map_of_a_growing_log_is_made_anew(run: Run) -> None:
    """Of one stream and of many, of every shape that a tree of so many leaves has."""
    log = made.books()
    for number in range(20):
        log.commit()
        log.add(f"deal:{number % 14}", "deal.struck", {})
    assert run(log) == ("ok", None)
    assert run(log.records()) == ("ok", None)
    assert run(log, trust=None) == ("untrusted", None)


def test_a_commitment_may_come_later_than_its_size(run: Run) -> None:
    log = made.books()
    for size in (3, 7, 19, 20):
        log.add("log:main", COMMITTED, right(log, size))
        log.add(f"case:{size}", "case.opened", {})
    assert run(log) == ("ok", None)


@pytest.mark.parametrize(
    "data",
    [
        {"root": "0" * 64},
        {"root": "00"},
        {"count": 1},
        {"count": 400},
        {"size": 18},
        {"size": 20},
        {"size": 21},
        {"size": 10**12},
        {"size": None},
        {"size": "19"},
        {"size": True},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_commitment_to_another_map(run: Run, data: dict[str, Any]) -> None:
    """Also where the log's own checkpoint vouches for the feed: it is what the log said."""
    log = committing(**data)
    assert run(log) == ("map_mismatch", 20)
    assert run(log, checkpoint=log.checkpoint()) == ("map_mismatch", 20)


@pytest.mark.parametrize("later", [5, 18, 19])
def test_sizes_only_rise(run: Run, later: int) -> None:
    """A map of an earlier size, or the same once more, is no commitment of this log."""
    log = committing()
    log.add("log:main", COMMITTED, right(log, later))
    assert run(log) == ("map_mismatch", 22)


def test_a_stream_that_was_left_out_or_ended_early_is_seen(run: Run) -> None:
    log = made.books()
    whole = log.map(19)
    for ends in (whole.ends[:-1], (*whole.ends[1:], log.map(9).ends[0])):
        told = made.books()
        streams = made.stream_map({each.stream: each for each in ends}.values())
        data = {"size": 19, "count": streams.count, "root": streams.root().hex()}
        told.add("log:main", COMMITTED, data)
        assert run(told) == ("map_mismatch", 20)


def test_maps_are_compared_up_to_the_first_record_that_is_hidden(run: Run) -> None:
    """Whoever may not read a body does not know whose it is; what came before still counts."""
    log = committing(root="0" * 64)
    assert run(log.redacted(3)) == ("ok", None)
    assert run(log.redacted(20)) == ("ok", None)
    assert run(log.redacted(21)) == ("map_mismatch", 20)


def test_in_a_hurry_no_map_is_made(run: Run) -> None:
    assert run(committing(root="0" * 64), "--quick") == ("ok", None)


def test_faults_of_a_commitment_come_behind_those_of_its_stream_and_of_the_books(run: Run) -> None:
    """And before another tree that is vouched for at its place."""
    log = committing(root="0" * 64)
    feed = log.proofs()
    feed[19]["chain"] = "0" * 64
    assert run(feed) == ("chain_mismatch", 20)
    owed = made.books()
    owed.account("pennine/cash/GBP", "debited", "x", transfer="t9", amount=1, balance=299, held=0)
    owed.add("log:main", COMMITTED, {**right(owed, 20), "root": "0" * 64})
    assert run(owed) == ("unbalanced", 20)
    other = committing(root="1" * 64)
    assert run(log, checkpoint=other.checkpoint(20)) == ("map_mismatch", 20)


def test_a_commitment_of_another_schema_is_none(run: Run) -> None:
    log = made.books()
    log.add("log:main", COMMITTED, right(log, 19), schema=2)
    assert run(log) == ("map_mismatch", 20)

"""The auditor's verifier on feeds and on a chain: gaps, forks, cut tails, books, anchors."""

import importlib.util
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import verify


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _load("verify_log")
LOG = made.books()
lines = made.lines
Record = dict[str, Any]
Answer = tuple[str, int | None]
Run = Callable[..., Answer]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that verifies a feed and gives the code and the position."""
    verifier = made.verifier(tmp_path, capsys)

    def start(evidence: object, *arguments: str, **options: object) -> Answer:
        answer = verifier(evidence, *arguments, **options)
        return answer["code"], answer["position"]

    return start


FORMS = {"proof": LOG.proofs(), "full": LOG.records(), "redacted": LOG.redacted(3, 9, 19)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("quick", [(), ("--quick",)])
def test_a_true_feed_verifies_in_every_form(run: Run, form: str, quick: tuple[str, ...]) -> None:
    assert run(FORMS[form], *quick) == ("ok", None)
    assert run(FORMS[form], *quick, checkpoint=LOG.checkpoint()) == ("ok", None)
    assert run(FORMS[form], *quick, checkpoint=LOG.checkpoint(5)) == ("ok", None)
    assert run(FORMS[form], *quick, trust=None) == ("untrusted", None)


def test_the_answer_claims_only_what_was_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verifier = made.verifier(tmp_path, capsys)
    claims = [
        (LOG.proofs(), (), "['chain', 'tree', 'bodies', 'versions', 'books', 'maps']"),
        (LOG.proofs(), ("--quick",), "['chain', 'tree', 'versions']"),
        (LOG.redacted(9), (), "1 redacted; checked: ['chain', 'tree', 'bodies']"),
    ]
    for feed, arguments, claim in claims:
        assert claim in verifier(feed, *arguments)["detail"]


def _with(place: int, **members: Any) -> list[Record]:
    feed = [dict(record) for record in LOG.proofs()]
    feed[place - 1].update(members)
    return feed


MALFORMED: dict[str, str] = {
    "not JSON": lines(LOG.proofs()[:6]) + "{\n",
    "an empty line": lines(LOG.proofs()[:6]) + "\n",
    "two records in a line": lines(LOG.proofs()[:6]) + lines(LOG.proofs()[6:8]).replace("\n", ""),
    "a list": lines(LOG.proofs()[:6]) + "[]\n",
    "duplicate key": lines(LOG.proofs()[:6]) + '{"position":7,' + lines(LOG.proofs()[6:7])[1:],
    "position a text": lines(_with(7, position="7")),
    "position true": lines(_with(7, position=True)),
    "chain upper case": lines(_with(7, chain=LOG.proofs()[6]["chain"].upper())),
    "chain short": lines(_with(7, chain="00")),
    "chain a number": lines(_with(7, chain=1)),
    "body an object": lines(_with(7, body={})),
    "no body": lines([*LOG.proofs()[:6], {"position": 7, "chain": "0" * 64}]),
    "body hash short": lines(
        [*LOG.proofs()[:6], {"position": 7, "chain": "0" * 64, "body_hash": "00"}]
    ),
    "too deep": lines(LOG.proofs()[:6]) + "[" * 100_000,
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed(run: Run, case: str) -> None:
    assert run(MALFORMED[case]) == ("malformed", 7)


def test_an_empty_feed_is_malformed(run: Run) -> None:
    assert run("") == ("malformed", None)


def test_a_record_in_the_wrong_place_is_a_gap(run: Run) -> None:
    feed = LOG.proofs()
    assert run([*feed[:6], *feed[7:]]) == ("gap", 7)
    assert run([*feed[:6], feed[7], feed[6], *feed[8:]]) == ("gap", 7)
    assert run([*feed[:7], feed[6], *feed[7:]]) == ("gap", 8)
    assert run(feed[1:]) == ("gap", 1)


def test_rows_that_changed_places_and_numbers_break_the_chain(run: Run) -> None:
    feed = [dict(record) for record in LOG.proofs()]
    feed[14]["body"], feed[15]["body"] = feed[15]["body"], feed[14]["body"]
    assert run(feed) == ("chain_mismatch", 15)


@pytest.mark.parametrize("quick", [(), ("--quick",)])
def test_a_changed_body_breaks_the_chain(run: Run, quick: tuple[str, ...]) -> None:
    body = LOG.proofs()[6]["body"].replace("Tür", "Tor")
    assert run(_with(7, body=body), *quick) == ("chain_mismatch", 7)
    body = LOG.proofs()[10]["body"].replace("200", "201")
    assert run(_with(11, body=body), *quick) == ("chain_mismatch", 11)
    assert run(_with(7, chain="0" * 64), *quick) == ("chain_mismatch", 7)


@given(st.integers(0, 10**9))
def test_one_changed_bit_anywhere_in_a_feed_is_found(bit: int) -> None:
    raw = bytearray(lines(LOG.proofs()).encode())
    bit %= len(raw) * 8
    raw[bit // 8] ^= 1 << bit % 8
    rest = iter(bytes(raw).splitlines(keepends=True))

    class File:
        def readline(self, _limit: int) -> bytes:
            return next(rest, b"")

    tree = LOG.size, *LOG.words(LOG.size)
    with pytest.raises(verify.Fault):
        verify.Feed(LOG.name, [tree], quick=False).run(File())  # type: ignore[arg-type]


def test_a_body_that_is_not_canonical_is_found_although_the_chain_holds(run: Run) -> None:
    log = made.Log()
    log.put(json.dumps({"a": 1}).encode())
    assert run(log.proofs()) == ("body_mismatch", 2)
    assert run(log.proofs(), "--quick") == ("body_mismatch", 2)


def test_time_never_runs_back(run: Run) -> None:
    log = made.Log()
    log.add("a:1", "a.done", {}, at="2026-05-22T10:42:00.000000Z")
    assert run(log.proofs()) == ("body_mismatch", 2)


def test_a_log_begins_once_with_log_opened(run: Run) -> None:
    log = made.Log()
    log.add("log:main", "log.opened", {})
    assert run(log.proofs()) == ("body_mismatch", 2)


@pytest.mark.parametrize(
    "members",
    [
        {"type": "invoice.paid"},
        {"stream": "invoice:FX-2"},
        {"version": 2},
        {"version": True},
        {"data": {"note": "other"}},
        {"actor": "subject:mallory"},
        {"id": "0" * 64},
        {"paging_token": "8"},
        {"secret": 1},
    ],
    ids=str,
)
def test_a_record_says_what_its_body_says(run: Run, members: Record) -> None:
    feed = LOG.records()
    feed[6] = {**feed[6], **members}
    assert run(feed) == ("body_mismatch", 7)


@pytest.mark.parametrize("quick", [(), ("--quick",)])
def test_version_gap(run: Run, quick: tuple[str, ...]) -> None:
    for version in (3, 1):
        log = made.books()
        log.add("invoice:FX-1", "invoice.paid", {}, version=version)
        assert run(log.proofs(), *quick) == ("version_gap", 20)
    log = made.books()
    log.add("invoice:new", "invoice.submitted", {}, version=2)
    assert run(log.proofs(), *quick) == ("version_gap", 20)


def test_a_gap_that_redacted_records_explain_is_none_and_no_more_than_that(run: Run) -> None:
    log = made.books()
    log.add("invoice:FX-1", "invoice.paid", {})
    assert run(log.redacted(8, 13)) == ("ok", None)
    log.add("invoice:FX-2", "invoice.submitted", {}, version=4)
    assert run(log.redacted(8, 13)) == ("version_gap", 21)


def test_wrong_log(run: Run) -> None:
    stranger = made.Log("tallystick.example/other")
    assert run(stranger.proofs()) == ("wrong_log", 1)
    assert run(stranger.proofs(), trust=None) == ("untrusted", None)
    assert run(LOG.proofs(), checkpoint=stranger.checkpoint()) == ("wrong_log", 1)
    first = LOG.redacted(1)
    assert run(first) == ("ok", None)
    assert run(first, trust=None) == ("wrong_log", 1)


def test_an_event_of_another_log_is_refused(run: Run) -> None:
    log = made.books()
    log.add("a:1", "a.done", {}, log="tallystick.example/other")
    assert run(log.proofs()) == ("body_mismatch", 20)


def test_a_cut_tail_is_found(run: Run) -> None:
    assert run(LOG.proofs()[:-1]) == ("ok", None)
    assert run(LOG.proofs()[:-1], checkpoint=LOG.checkpoint()) == ("tail_missing", 19)
    assert run(LOG.proofs()[:4], checkpoint=LOG.checkpoint()) == ("tail_missing", 5)


def test_a_fork_is_found(run: Run) -> None:
    """Another history, consistent in itself, against the checkpoint that another auditor holds."""
    fork = made.Log()
    for number in range(18):
        fork.add(f"case:{number}", "case.opened", {})
    assert run(fork.proofs()) == ("ok", None)
    assert run(fork.proofs(), checkpoint=LOG.checkpoint()) == ("fork", 19)
    assert run(fork.proofs(), checkpoint=LOG.checkpoint(4)) == ("fork", 4)


def test_a_fork_is_only_claimed_against_a_signed_root(run: Run) -> None:
    forged = LOG.checkpoint(5, signer=3)
    assert run(LOG.proofs(), checkpoint=forged) == ("checkpoint_signature", None)
    assert run(LOG.proofs(), checkpoint="no checkpoint") == ("malformed", None)


@pytest.mark.slow
def test_a_long_feed_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    """What came since the last map is remembered, 72 bytes an event; logs commit to one often."""
    log = made.Log()
    for number in range(20_000):
        if number % 2_000 == 1_999:
            log.commit(at=_at(number))
        log.add(f"case:{number % 100}", "case.noted", {"text": "x" * 300}, at=_at(number))
    (tmp_path / "feed").write_text(lines(log.proofs()))
    with (tmp_path / "feed").open("rb") as file:
        tracemalloc.start()
        verify.Feed(log.name, [], quick=False).run(file)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (tmp_path / "feed").stat().st_size > 12_000_000
    assert peak < 500_000


def _at(number: int) -> str:
    return f"2026-05-22T10:43:00.{number:06}Z"

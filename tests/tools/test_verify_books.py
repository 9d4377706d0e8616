"""The auditor's verifier on the books: every way in which accounts can lie is found."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _load("verify_log")
LOG = made.books()
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


CASH, PENNINE = "outside/cash/GBP", "pennine/cash/GBP"
Move = tuple[str, str, str, dict[str, Any]]
T = {"transfer": "t9", "amount": 10}
H = {"transfer": "h9", "hold": "h9", "amount": 10}
BAD_BOOKS: dict[str, tuple[list[Move], int]] = {
    "a debit alone": ([(CASH, "debited", "x", {**T, "balance": -510, "held": 0})], 20),
    "a credit alone": ([(PENNINE, "credited", "x", {**T, "balance": 310, "held": 0})], 20),
    "a debit and a credit in two commands": (
        [
            (CASH, "debited", "x", {**T, "balance": -510, "held": 0}),
            (PENNINE, "credited", "y", {**T, "balance": 310, "held": 0}),
        ],
        20,
    ),
    "another asset": (
        [
            (CASH, "debited", "x", {**T, "balance": -510, "held": 0}),
            ("pennine/cash/EUR", "opened", "x", {"book_decimals": 2}),
            ("pennine/cash/EUR", "credited", "x", {**T, "balance": 10, "held": 0}),
        ],
        22,
    ),
    "more credited than debited": (
        [
            (CASH, "debited", "x", {**T, "balance": -510, "held": 0}),
            (PENNINE, "credited", "x", {**T, "amount": 11, "balance": 311, "held": 0}),
        ],
        21,
    ),
    "wrong balance": ([(CASH, "debited", "x", {**T, "balance": -509, "held": 0})], 20),
    "wrong held": ([(CASH, "debited", "x", {**T, "balance": -510, "held": 1})], 20),
    "negative balance": (
        [(PENNINE, "debited", "x", {**T, "amount": 301, "balance": -1, "held": 0})],
        20,
    ),
    "no amount": ([(CASH, "debited", "x", {**T, "amount": 0, "balance": -500, "held": 0})], 20),
    "negative amount": (
        [(CASH, "debited", "x", {**T, "amount": -1, "balance": -499, "held": 0})],
        20,
    ),
    "amount a text": ([(CASH, "debited", "x", {**T, "amount": "1", "balance": 0, "held": 0})], 20),
    "amount true": (
        [(CASH, "debited", "x", {**T, "amount": True, "balance": -501, "held": 0})],
        20,
    ),
    "amount missing": ([(CASH, "debited", "x", {"balance": -510, "held": 0})], 20),
    "never opened": ([("new/cash/GBP", "credited", "x", {**T, "balance": 10, "held": 0})], 20),
    "opened twice": ([(CASH, "opened", "x", {"book_decimals": 2})], 20),
    "no purpose": ([("new/GBP", "opened", "x", {"book_decimals": 2})], 20),
    "held more than there is": (
        [(PENNINE, "held", "x", {**H, "amount": 301, "balance": 300, "held": 301})],
        20,
    ),
    "a hold begun twice": (
        [
            (PENNINE, "held", "x", {**H, "balance": 300, "held": 10}),
            (PENNINE, "held", "x", {**H, "balance": 300, "held": 20}),
        ],
        21,
    ),
    "posted more than was held": (
        [
            (PENNINE, "held", "x", {**H, "balance": 300, "held": 10}),
            (PENNINE, "posted", "x", {**H, "amount": 11, "balance": 289, "held": -1}),
        ],
        21,
    ),
    "posted from another hold": (
        [
            (PENNINE, "held", "x", {**H, "balance": 300, "held": 10}),
            (PENNINE, "posted", "x", {**H, "hold": "h1", "balance": 290, "held": 0}),
        ],
        21,
    ),
    "released in part": (
        [
            (PENNINE, "held", "x", {**H, "balance": 300, "held": 10}),
            (PENNINE, "released", "x", {**H, "amount": 9, "balance": 300, "held": 1}),
        ],
        21,
    ),
    "released without a hold": (
        [(PENNINE, "released", "x", {**H, "balance": 300, "held": -10})],
        20,
    ),
}


@pytest.mark.capability("B5", part="auditor")
@pytest.mark.parametrize("case", BAD_BOOKS)
def test_unbalanced(run: Run, case: str) -> None:
    moves, position = BAD_BOOKS[case]
    log = made.books()
    for stream, fact, command, data in moves:
        log.account(stream, fact, command, **data)
    log.add("case:last", "case.opened", {})
    assert run(log.proofs(), checkpoint=log.checkpoint()) == ("unbalanced", position)
    assert run(log.proofs(), "--quick") == ("ok", None)
    assert run(log.redacted(2)) == ("ok", None)


def test_an_account_event_outside_an_account_is_refused(run: Run) -> None:
    log = made.books()
    log.add("accounts:a/b/c", "account.opened", {"book_decimals": 2})
    assert run(log.proofs()) == ("unbalanced", 20)

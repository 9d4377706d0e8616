"""When a witness signs, and with which status it does not (C2SP tlog-witness)."""

import threading
from collections.abc import Iterator
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

import pytest

from domain.integrity.checkpoint import CheckpointError, parse_tree_head, witnesses_of
from domain.integrity.witnessing import parse_submission, submission_text
from interfaces.outbound.signer.keyring import Ed25519Signer
from interfaces.outbound.witness.ed25519 import verified
from tests.tools.witness.loghouse import ORIGIN, Log, witness_key
from tools.witness.memory import EVIDENCE_MAX, FolderTaken, Memory
from tools.witness.rules import Answer, Witness

LOG = Log()
KEY, PRIVATE = witness_key(1)
TIME = 1_790_000_000


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "witness") as memory:
        yield memory


@pytest.fixture
def witness(memory: Memory) -> Witness:
    return witness_of(memory)


def witness_of(memory: Memory) -> Witness:
    return Witness(memory, key=KEY, sign=PRIVATE.sign, logs=[(ORIGIN, LOG.key)], now=lambda: TIME)


def said(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.content


def add(witness: Witness, old: int, new: int, log: Log = LOG) -> Answer:
    return witness.add_checkpoint(log.submission(old, new).encode())


def test_a_growing_log_is_cosigned(witness: Witness) -> None:
    """Each answer is one line that makes the checkpoint cosigned at the witness's time."""
    for old, new in ((0, 3), (3, 3), (3, 8), (8, 300)):
        answer = add(witness, old, new)
        assert answer.status == HTTPStatus.OK
        note = LOG.note(new) + answer.content
        assert witnesses_of(parse_tree_head(note), [KEY], verified) == [KEY]
        stamp = parse_tree_head(note).signatures[-1].signature[:8]
        assert int.from_bytes(stamp) == TIME


def test_another_old_size_is_told_the_right_one(witness: Witness) -> None:
    add(witness, 0, 5)
    for old, new in ((0, 9), (4, 9), (6, 9), (0, 3), (3, 3)):
        answer = add(witness, old, new)
        assert said(answer) == (HTTPStatus.CONFLICT, "5\n")
        assert answer.kind == "text/x.tlog.size"


def test_a_split_view_is_refused_and_kept(witness: Witness, tmp_path: Path) -> None:
    """Of two histories, only the first is ever signed; the other is kept as evidence."""
    fork = Log(fork_at=4)
    add(witness, 0, 6)
    assert said(add(witness, 6, 6, fork)) == (HTTPStatus.CONFLICT, "6\n")
    assert add(witness, 6, 9, fork).status == HTTPStatus.UNPROCESSABLE_ENTITY
    mixed = submission_text(6, LOG.path(6, 9), fork.note(9))
    assert witness.add_checkpoint(mixed.encode()).status == HTTPStatus.UNPROCESSABLE_ENTITY
    kept = {path.read_text() for path in (tmp_path / "witness" / "refused").iterdir()}
    assert kept == {fork.submission(6, 6), fork.submission(6, 9), mixed}
    assert add(witness, 6, 9).status == HTTPStatus.OK


def test_evidence_fills_no_disk(memory: Memory, tmp_path: Path) -> None:
    for number in range(EVIDENCE_MAX + 5):
        memory.keep_evidence(str(number))
    assert len(list((tmp_path / "witness" / "refused").iterdir())) == EVIDENCE_MAX


@pytest.mark.parametrize("path", [[], [b"\0" * 32], "short", "long"])
def test_a_proof_must_be_the_proof(witness: Witness, path: list[bytes] | str) -> None:
    add(witness, 0, 5)
    right = LOG.path(5, 9)
    given = {"short": right[:-1], "long": [*right, right[0]]}.get(str(path), path)
    content = submission_text(5, given, LOG.note(9))  # type: ignore[arg-type]
    assert witness.add_checkpoint(content.encode()).status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert add(witness, 5, 9).status == HTTPStatus.OK


def test_only_the_logs_own_key_counts(witness: Witness) -> None:
    """A stranger's signature is 403 under our origin; an unknown origin is 404."""
    stranger = Log(signer=Ed25519Signer(b"\x07" * 32, name=ORIGIN))
    assert add(witness, 0, 3, stranger).status == HTTPStatus.FORBIDDEN
    both = LOG.submission(0, 3) + stranger.note(3).partition("\n\n")[2]
    assert witness.add_checkpoint(both.encode()).status == HTTPStatus.OK
    other = LOG.submission(3, 5).replace(ORIGIN, "tallystick.example/other")
    assert witness.add_checkpoint(other.encode()).status == HTTPStatus.NOT_FOUND


GOOD = LOG.submission(2, 5)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" + GOOD.encode(),
        GOOD.replace("old 2", "old 02").encode(),
        GOOD.replace("old 2", "old -2").encode(),
        GOOD.replace("old 2", "new 2").encode(),
        GOOD.replace("old 2", "old 6").encode(),
        GOOD.replace("\n\n", "\n", 1).encode(),
        GOOD.replace("=\n", "\n", 1).encode(),
        GOOD.partition("\n\n")[0].encode(),
        GOOD[:-1].encode(),
        submission_text(2, [b"\0" * 32] * 64, LOG.note(5)).encode(),
        GOOD.replace(f"{ORIGIN}\n5\n", f"{ORIGIN}\n05\n").encode(),
    ],
)
def test_what_is_no_request_is_a_bad_one(witness: Witness, content: bytes) -> None:
    assert witness.add_checkpoint(content).status == HTTPStatus.BAD_REQUEST


def test_a_request_is_read_back() -> None:
    asked = parse_submission(GOOD)
    assert (asked.old, list(asked.path), asked.note) == (2, LOG.path(2, 5), LOG.note(5))
    assert parse_submission(LOG.submission(0, 5)).path == ()
    with pytest.raises(CheckpointError):
        parse_submission("old 1\n")


def test_a_witness_goes_on_where_it_was(tmp_path: Path) -> None:
    """What was signed outlives the process; one folder serves one process."""
    folder = tmp_path / "witness"
    with Memory(folder) as memory:
        add(witness_of(memory), 0, 7)
        with pytest.raises(FolderTaken), Memory(folder):
            pass
    with Memory(folder) as memory:
        again = witness_of(memory)
        assert said(add(again, 0, 9)) == (HTTPStatus.CONFLICT, "7\n")
        name = sha256(ORIGIN.encode()).hexdigest()
        shown = parse_tree_head(again.last_note(name).content)
        assert (shown.size, witnesses_of(shown, [KEY], verified)) == (7, [KEY])
        assert again.last_note("0" * 64).status == HTTPStatus.NOT_FOUND


def test_a_damaged_memory_signs_nothing(memory: Memory, tmp_path: Path) -> None:
    witness = witness_of(memory)
    add(witness, 0, 7)
    [file] = (tmp_path / "witness").glob("*.note")
    file.write_text("nonsense\n")
    assert add(witness, 0, 9).status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert add(witness, 7, 9).status == HTTPStatus.INTERNAL_SERVER_ERROR


def test_of_two_at_once_only_one_counts(witness: Witness) -> None:
    """Requests from one size race; whoever comes second is told the new size."""
    answers: list[Answer] = []
    requests = [LOG.submission(0, size).encode() for size in range(1, 30)]
    threads = [
        threading.Thread(target=lambda each=each: answers.append(witness.add_checkpoint(each)))  # type: ignore[misc]
        for each in requests
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers)[:2] == [HTTPStatus.OK, HTTPStatus.CONFLICT]

"""The auditor's verifier on files of many bundles, on consistency files, on what is too deep."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.integrity import evidence as documents
from tools import verify


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _load("verify_log")
LOG = made.committed()
PENNINE = "account:pennine/cash/GBP"
Answer = tuple[str, int | None, str]
Run = Callable[..., Answer]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that verifies a file and gives code, position and sentence."""
    verifier = made.verifier(tmp_path, capsys)

    def start(evidence: object, *arguments: str, **options: object) -> Answer:
        answer = verifier(evidence, *arguments, **options)
        return answer["code"], answer["position"], answer["detail"]

    return start


def _many() -> list[dict[str, Any]]:
    return [
        *(LOG.bundle(position) for position in (1, 7, 23)),
        LOG.completeness(PENNINE, 12),
        LOG.bundle(7, 19),
    ]


def test_a_file_of_many_bundles(run: Run) -> None:
    assert run(_many()) == ("ok", None, "5 bundles under 2 checkpoints")
    assert run(made.lines(_many()).rstrip("\n"))[0] == "ok"
    assert run(_many(), trust=None)[0] == "untrusted"
    assert run(made.lines(_many()[:1]))[::2] == ("ok", "event 1 of the log of 23 events")
    assert run(made.lines(_many()[:1]) + " \n\t\r\n")[0] == "ok"


def test_the_first_faulty_line_is_the_answer(run: Run) -> None:
    many = _many()
    many[1]["root"] = many[4]["head"] = "0" * 64
    code, position, detail = run(many)
    assert (code, position) == ("root_mismatch", 7)
    assert detail.startswith("line 2: ")
    many[0]["index"] = 3
    assert run(many)[:2] == ("malformed", None)
    forged = [LOG.bundle(7), LOG.bundle(7, text=LOG.checkpoint(signer=3))]
    assert run(forged)[:2] == ("checkpoint_signature", None)


@pytest.mark.parametrize(
    "after",
    ["\n" + made.lines([LOG.bundle(1)]), "{}\n", "x", "[]", "\udcff\n", "\x0b", "\xa0", " \n x"],
    ids=repr,
)
def test_what_follows_a_bundle_must_be_bundles(run: Run, after: str) -> None:
    assert run(made.lines([LOG.bundle(1)]) + after)[:2] == ("malformed", None)


def test_a_bundle_over_several_lines_is_one(run: Run) -> None:
    text = json.dumps(LOG.bundle(7), indent=2)
    assert run(text)[0] == "ok"
    assert run(text + "\n" + text)[0] == "malformed"


def test_a_bundle_has_at_most_eight_mebibytes(run: Run) -> None:
    text = json.dumps(LOG.bundle(7), indent=2)
    fill = 2 * verify.LINE_LIMIT - len(text.encode())
    assert run(text + " " * fill)[0] == "ok"
    assert run(text + " " * (fill + 1))[0] == "malformed"


def test_consistency_between_any_two_sizes(run: Run) -> None:
    log = made.books()
    trust = verify.read_trust(documents.document(made.TRUST).decode())
    for new in range(1, log.size + 1):
        for old in range(1, new + 1):
            file, sentence = (
                log.consistency(old, new),
                f"the log of {new} events extends that of {old}",
            )
            assert verify.check_consistency(json.dumps(file), trust) == sentence
            if new in (1, 8, 13):
                assert run(json.dumps(file, indent=1)) == ("ok", None, sentence)


def _nothing() -> str:
    """Return a checkpoint of the empty log."""
    empty = made.Checkpoint(made.NAME, 0, made.merkle.EMPTY_ROOT, LOG.chain[0])
    return str(made.sign_checkpoint(empty, made.KEY, made.PRIVATE[0].sign))


def test_every_log_extends_the_empty_one(run: Run) -> None:
    file = {**LOG.consistency(1, 1), "old": _nothing()}
    assert run(file)[0] == "ok"
    assert run({**file, "new": _nothing()})[0] == "ok"
    assert run({**file, "path": ["0" * 64]})[0] == "path_length"
    forged = made.Checkpoint(made.NAME, 0, made.merkle.EMPTY_ROOT, LOG.chain[1])
    text = made.sign_checkpoint(forged, made.KEY, made.PRIVATE[0].sign)
    assert run({**file, "old": text})[0] == "root_mismatch"
    assert run({**file, "old": text, "new": text})[0] == "root_mismatch"


FILE = LOG.consistency(7, 23)
PATH = FILE["path"]
STRANGER = made.Log("other").checkpoint()
CONSISTENCY: list[tuple[str, dict[str, Any]]] = [
    ("malformed", {"extra": 1}),
    ("malformed", {"old": "x"}),
    ("malformed", {"path": ["00"]}),
    ("malformed", {"old": FILE["new"], "new": FILE["old"]}),
    ("wrong_log", {"old": STRANGER}),
    ("wrong_log", {"new": STRANGER, "old": STRANGER}),
    ("path_length", {"path": PATH[1:]}),
    ("path_length", {"path": [*PATH, PATH[0]]}),
    ("path_length", {"path": []}),
    ("path_length", {"old": FILE["new"]}),
    ("root_mismatch", {"path": PATH[::-1]}),
    ("root_mismatch", {"path": [*PATH[:-1], "0" * 64]}),
    ("root_mismatch", {"path": ["0" * 64, *PATH[1:]]}),
    ("path_length", {"old": LOG.checkpoint(16)}),
    ("checkpoint_signature", {"old": LOG.checkpoint(7, signer=3)}),
    ("checkpoint_signature", {"new": LOG.checkpoint(23, signer=3)}),
]


@pytest.mark.parametrize(("code", "members"), CONSISTENCY)
def test_a_consistency_file_that_is_wrong(run: Run, code: str, members: dict[str, Any]) -> None:
    assert run({**FILE, **members})[:2] == (code, None)


def test_a_fork_is_no_extension(run: Run) -> None:
    fork = made.books()
    fork.add("case:x", "case.opened", {})
    for number in range(3):
        fork.add(f"case:y{number}", "case.opened", {})
    for old in (20, 21, 23):
        file = {**fork.consistency(old, 23), "old": LOG.checkpoint(old)}
        assert run(file)[:2] == ("root_mismatch", None)


def test_consistency_and_what_goes_with_it(run: Run) -> None:
    assert run(FILE, "--rpc", "http://127.0.0.1:1")[0] == "usage"
    assert run({**FILE, "path": 1}, "--rpc", "http://127.0.0.1:1")[0] == "usage"
    assert run(FILE, checkpoint=LOG.checkpoint())[0] == "usage"
    assert run(FILE, trust=None)[0] == "untrusted"
    trust = documents.with_witnesses(made.TRUST, made.WITNESSES, 1)
    assert run(FILE, trust=trust)[0] == "witness_quorum"


@pytest.mark.parametrize(("depth", "code"), [(898, "chain_mismatch"), (899, "body_mismatch")])
def test_depth_has_a_limit(run: Run, depth: int, code: str) -> None:
    """Two objects are around the lists: the limit of 900 lies between the two cases."""
    body = LOG.bodies[6].decode()
    deep = body.replace('"note":', '"n":' + "[" * depth + "]" * depth + ',"note":')
    assert run({**LOG.bundle(7), "body": deep})[0] == code


@given(st.integers(0, 900), st.integers(0, 900))
def test_brackets_in_texts_are_no_depth(objects: int, lists: int) -> None:
    depth = objects + lists
    text = '{"[":' * objects + "[" * lists + '"[[{{\\"["' + "]" * lists + "}" * objects
    if depth <= verify.DEPTH_LIMIT:
        verify.strict(text)
    else:
        with pytest.raises(ValueError, match="deep"):
            verify.strict(text)

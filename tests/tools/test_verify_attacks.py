"""A lying server, document by document: each lie has its own answer.

One bit of every member, paths one too long and one too short, places outside the tree, another
log, an inner node as a leaf, the root of another size, a forged checkpoint, another contract.
"""

import importlib.util
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
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
LOG = made.committed()
PENNINE = "account:pennine/cash/GBP"
Json = dict[str, Any]
Run = Callable[..., tuple[str, int | None]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that verifies a document and gives the code and the position."""
    verifier = made.verifier(tmp_path, capsys)

    def start(evidence: object, *arguments: str, **options: object) -> tuple[str, int | None]:
        answer = verifier(evidence, *arguments, **options)
        return answer["code"], answer["position"]

    return start


EVIDENCE = LOG.bundle(7, anchored=True)
ACCOUNT = LOG.completeness(PENNINE, 10)
ABSENT = LOG.completeness("nobody:3", 19)
CONSISTENCY = LOG.consistency(7, 23)
DOCUMENTS = {
    "evidence": EVIDENCE,
    "account": ACCOUNT,
    "absent": ABSENT,
    "consistency": CONSISTENCY,
}
assert len(ABSENT["neighbours"]) == 2

Place = tuple[str | int, ...]


def _places(value: object, place: Place = ()) -> Iterator[Place]:
    """List the places of all texts and numbers of a document."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _places(member, (*place, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _places(member, (*place, index))
    elif value is not None:
        yield place


def _at(document: Any, place: Place) -> Any:
    for step in place:
        document = document[step]
    return document


def _with(document: Json, place: Place, value: object) -> Json:
    changed: Json = json.loads(json.dumps(document))
    _at(changed, place[:-1])[place[-1]] = value
    return changed


def _bent(value: object) -> object:
    """Flip the lowest bit that leaves a value of the same form."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1 or 2
    text = str(value)
    if re.fullmatch("(0x)?[0-9a-f]{40,}", text):
        return text[:-1] + f"{int(text[-1], 16) ^ 1:x}"
    return text[:-1] + chr(ord(text[-1]) ^ 1)


# What one bit says in evidence, by member.
CODES = {
    "format": "malformed",
    "log": "wrong_log",
    "position": "malformed",
    "body": "body_mismatch",
    "previous": "chain_mismatch",
    "chain": "chain_mismatch",
    "index": "malformed",
    "size": "root_mismatch",
    "path": "root_mismatch",
    "root": "root_mismatch",
    "head": "root_mismatch",
    "checkpoint": "malformed",
    "chain_id": "anchor_mismatch",
    "registry": "anchor_mismatch",
}


@pytest.mark.parametrize("place", list(_places(EVIDENCE)), ids=str)
def test_one_bit_of_evidence(run: Run, place: Place) -> None:
    name = next(str(step) for step in reversed(place) if isinstance(step, str))
    # Where an anchor stands is looked up on chain only: see the tests with an endpoint.
    expected = CODES.get(name, "ok" if place[0] == "anchor" else "")
    assert run(_with(EVIDENCE, place, _bent(_at(EVIDENCE, place))))[0] == expected


# What one bit says in a completeness bundle, outside its parts.
MAP_CODES = {
    "format": "malformed",
    "log": "wrong_log",
    "stream": "map_mismatch",
    "complete": "malformed",
    "key": "map_mismatch",
    "version": "map_mismatch",
    "chain": "map_mismatch",
    "index": "map_mismatch",
    "path": "map_mismatch",
}


@pytest.mark.parametrize("kind", ["account", "absent"])
def test_one_bit_of_a_completeness_bundle(run: Run, kind: str) -> None:
    document = DOCUMENTS[kind]
    # Nothing happened to the account between 10 and 11, nor to the absent stream anywhere.
    answers = {**MAP_CODES, "as_of": "ok"}
    if kind == "absent":
        answers["stream"] = "neighbour_mismatch"
    for place in _places(document):
        names = [str(step) for step in place if isinstance(step, str)]
        is_part = names[0] in verify.PARTS
        expected = CODES.get(names[-1], "malformed") if is_part else answers[names[-1]]
        if is_part and (names[-1] == "checkpoint" or "anchor" in names):
            expected = "malformed"  # for it is no longer that of the other parts
            if kind == "absent" and "anchor" in names:
                expected = CODES.get(names[-1], "ok")
        bent = _with(document, place, _bent(_at(document, place)))
        assert run(bent)[0] == expected, place


def test_one_bit_of_a_consistency_file(run: Run) -> None:
    codes = {"format": "malformed", "old": "malformed", "new": "malformed"}
    for place in _places(CONSISTENCY):
        bent = _with(CONSISTENCY, place, _bent(_at(CONSISTENCY, place)))
        assert run(bent)[0] == codes.get(str(place[0]), "root_mismatch"), place


def _lines(text: str, number: int, line: str) -> str:
    lines = text.split("\n")
    lines[number] = line
    return "\n".join(lines)


def test_each_line_of_a_forged_checkpoint(run: Run) -> None:
    text = EVIDENCE["checkpoint"]
    other = LOG.checkpoint(22).split("\n")
    cases = [
        (_lines(text, 0, "tallystick.example/mine"), "wrong_log"),
        (_lines(text, 1, "24"), "root_mismatch"),
        (_lines(text, 2, other[2]), "root_mismatch"),
        (_lines(text, 3, other[3]), "root_mismatch"),
        (_lines(text, 4, "x"), "malformed"),
        (_lines(text, 5, other[5]), "checkpoint_signature"),
        (
            _lines(text, 5, text.split("\n")[5].replace("— tally", "— Tally")),
            "checkpoint_signature",
        ),
        (text.replace("—", "-"), "malformed"),
        (text + "\n", "malformed"),
        (text[:-1], "malformed"),
        (text.replace("\n", "\r\n"), "malformed"),
        (text.replace("23", "023", 1), "malformed"),
        (text.replace("23", "9007199254740993", 1), "root_mismatch"),
        (text + text.split("\n")[5] + "\n", "ok"),
        (text + "— stranger AAAAAAAA\n", "ok"),
    ]
    for number, (forged, code) in enumerate(cases):
        assert run({**EVIDENCE, "checkpoint": forged})[0] == code, number
    consistency = [
        (_lines(text, 0, "tallystick.example/mine"), "wrong_log"),
        (_lines(text, 2, other[2]), "root_mismatch"),
        (_lines(text, 3, other[3]), "checkpoint_signature"),
        (_lines(text, 5, other[5]), "checkpoint_signature"),
    ]
    for forged, code in consistency:
        assert run({**CONSISTENCY, "new": forged})[0] == code


def test_the_root_of_another_size(run: Run) -> None:
    for size in (7, 8, 16, 22):
        other = LOG.bundle(7, size)
        mixed = {**EVIDENCE, "checkpoint": other["checkpoint"]}
        assert run(mixed)[0] == "root_mismatch"
        mixed |= {"root": other["root"], "head": other["head"], "size": size}
        same_length = len(other["path"]) == len(EVIDENCE["path"])
        assert run(mixed)[0] == ("root_mismatch" if same_length else "path_length")
        expected = "root_mismatch" if same_length else "path_length"
        assert run({**EVIDENCE, "size": size})[0] == expected


def test_a_place_outside_the_tree(run: Run) -> None:
    for position in (0, 24, 2**53 - 1):
        assert run({**EVIDENCE, "position": position, "index": position - 1})[0] == "malformed"
    assert run({**EVIDENCE, "size": 6})[0] == "malformed"
    assert run({**EVIDENCE, "size": 0})[0] == "malformed"


def test_an_inner_node_offered_as_a_leaf(run: Run) -> None:
    """The hash of two leaves cannot be made a leaf, and a path from it is one too short."""
    nodes = made.merkle.nodes_of(LOG.leaves(23))
    for level in (1, 2, 3):
        inner, path = nodes(level, 6 >> level).hex(), EVIDENCE["path"][level:]
        assert run({**EVIDENCE, "path": path})[0] == "path_length"
        assert run({**EVIDENCE, "chain": inner})[0] == "chain_mismatch"
        place = {"position": (6 >> level) + 1, "index": 6 >> level, "path": path}
        assert run({**EVIDENCE, **place})[0] in {"chain_mismatch", "body_mismatch"}
    leaf = ACCOUNT["leaf"]
    shorter = {**leaf, "index": leaf["index"] >> 1, "path": leaf["path"][1:]}
    assert run({**ACCOUNT, "leaf": shorter})[0] == "path_length"


def test_paths_one_too_long_and_one_too_short(run: Run) -> None:
    for kind, place in [
        ("evidence", ("path",)),
        ("account", ("leaf", "path")),
        ("account", ("commitment", "path")),
        ("account", ("last", "path")),
        ("account", ("next", "path")),
        ("absent", ("neighbours", 0, "path")),
        ("absent", ("neighbours", 1, "path")),
        ("consistency", ("path",)),
    ]:
        path = _at(DOCUMENTS[kind], place)
        for wrong in (path[:-1], path[1:], [*path, path[-1]], [path[0], *path], []):
            assert run(_with(DOCUMENTS[kind], place, wrong))[0] == "path_length", (kind, place)


def test_numbers_and_texts_that_no_reader_may_take(run: Run) -> None:
    text = json.dumps(EVIDENCE, ensure_ascii=False)
    for old, new in [
        ('"position": 7', '"position": 7.0'),
        ('"position": 7', '"position": 07'),
        ('"position": 7', '"position": +7'),
        ('"position": 7', '"position": 0x7'),
        ('"position": 7', '"position": 9007199254740992'),
        ('"position": 7', '"position": 1e400'),
        ('"position": 7', '"position": NaN'),
        ('"position": 7', '"position": ٧'),
        ('"size": 23', '"size": -0'),
        ('"index": 6', '"index": 6, "index": 6'),
        ('"index": 6', '"\\u0069ndex": 6, "index": 6'),
        ('"index": 6', '"index": 6,'),
        ('"index": 6', '"index": 6, "ïndex": 6'),
        ('"index": 6', '"index": 6, "__proto__": {}'),
        ('"index": 6', '"index": 6, "constructor": null'),
        ('"index": 6', '"index" 6'),
        ('"index": 6', '"index"\xa0: 6'),
        ('"index": 6', '/**/"index": 6'),
        ('"index": 6', "'index': 6"),
        ("{", "\ufeff{"),
        ("{", "\x00{"),
        ('"format"', '"format\t"'),
    ]:
        assert old in text
        assert run(text.replace(old, new, 1))[0] == "malformed", new
    assert run(text.replace('"index"', '"\\u0069ndex"'))[0] == "ok"
    assert run(text.replace(": ", " :\t\r\n "))[0] == "ok"


def _verdict(text: str) -> str:
    trust = verify.read_trust(made.documents.document(made.TRUST).decode())
    try:
        if "tallystick/consistency/v1" in text:
            verify.check_consistency(text, trust)
        else:
            verify.Judge(trust).bundle(text)
    except verify.Fault as fault:
        return str(fault.args[0])
    return "ok"


def _meaning(text: str) -> object:
    """Return what a document says: an address means the same in any case."""
    return verify.strict(text.lower())


TEXTS = {kind: json.dumps(each, ensure_ascii=False) for kind, each in DOCUMENTS.items()}
FREE = {"block", "block_hash", "transaction"}  # looked up on chain only


@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_any_other_bytes_are_never_believed_unless_they_say_the_same(
    kind: str, data: st.DataObject
) -> None:
    raw = bytearray(TEXTS[kind].encode())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(raw)))
        stop = min(len(raw), start + data.draw(st.integers(0, 40)))
        raw[start:stop] = data.draw(st.binary(max_size=8) | st.just(raw[start:stop] * 2))
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return
    if _verdict(text) == "ok":
        assert _plain(_meaning(text)) == _plain(_meaning(TEXTS[kind]))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name not in FREE}
    return [_plain(each) for each in value] if isinstance(value, list) else value


VALUES: st.SearchStrategy[object] = st.sampled_from(
    [None, True, 0, 1, -1, 2**53 - 1, 2**53, "", "0" * 64, "é", "\ud800", [], {}, [[]]]
)


@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_any_member_exchanged_for_another_is_never_believed(kind: str, data: st.DataObject) -> None:
    """Values wander between all places of all documents."""
    document = DOCUMENTS[kind]
    place = data.draw(st.sampled_from(list(_places(document))))
    place = place[: data.draw(st.integers(1, len(place)))]
    source = DOCUMENTS[data.draw(st.sampled_from(sorted(DOCUMENTS)))]
    origin = data.draw(st.sampled_from(list(_places(source))))
    origin = origin[: data.draw(st.integers(1, len(origin)))]
    value = data.draw(VALUES | st.just(_at(source, origin)))
    text = json.dumps(_with(document, place, value))
    allowed = _at(document, place) == value or place[-1] in FREE
    # Other claims, as true as the first: of another position, or without the anchor.
    claims = {("absent", "as_of"), ("absent", "stream"), ("account", "as_of")}
    allowed = allowed or (kind, place[0]) in claims or (kind, place) == ("evidence", ("anchor",))
    if _verdict(text) == "ok":
        assert allowed


@settings(max_examples=60)
@given(st.binary(max_size=300), st.sampled_from(sorted(TEXTS)), st.integers(0, 4000))
def test_no_file_whatever_makes_the_verifier_stumble(raw: bytes, kind: str, at: int) -> None:
    """Raw bytes alone, inside a document, and behind one: always a code, never a traceback."""
    whole = TEXTS[kind].encode()
    with tempfile.TemporaryDirectory() as folder:
        file, trust = Path(folder) / "evidence", Path(folder) / "trust"
        trust.write_bytes(made.documents.document(made.TRUST))
        for content in (raw, whole[:at] + raw + whole[at:], whole + b"\n" + raw, whole[:at]):
            file.write_bytes(content)
            assert verify.main([str(file), "--trust", str(trust)]) in {0, 1}

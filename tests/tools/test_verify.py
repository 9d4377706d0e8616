"""The auditor's verifier on evidence bundles: every code, by tampering with a true one."""

import importlib.util
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
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
LOG = made.books()
STRANGER = made.Log("tallystick.example/other")
Answer = tuple[str, int]
Run = Callable[..., Answer]
Bundle = dict[str, Any]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that verifies a bundle and gives the code and the exit status."""
    verifier = made.verifier(tmp_path, capsys)

    def start(evidence: object, *arguments: str, **options: object) -> Answer:
        answer = verifier(evidence, *arguments, **options)
        return answer["code"], answer["status"]

    return start


def _flip(text: str, at: int = 0) -> str:
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


@pytest.mark.capability("B1", part="verifier")
@pytest.mark.parametrize("size", [1, 2, 5, 8, 19])
def test_every_event_of_a_true_log_verifies(run: Run, size: int) -> None:
    for position in range(1, size + 1):
        assert run(LOG.bundle(position, size)) == ("ok", 0)


def test_without_a_trust_file_the_best_answer_is_untrusted(run: Run) -> None:
    assert run(LOG.bundle(7), trust=None) == ("untrusted", 4)
    assert run({**LOG.bundle(7), "root": "0" * 64}, trust=None) == ("root_mismatch", 1)


def _changed(**members: Any) -> Bundle:
    return {**LOG.bundle(7), **members}


def _without(name: str) -> Bundle:
    return {member: value for member, value in LOG.bundle(7).items() if member != name}


def _checkpoint(old: str, new: str) -> Bundle:
    bundle = LOG.bundle(7)
    assert old in bundle["checkpoint"]
    return {**bundle, "checkpoint": bundle["checkpoint"].replace(old, new)}


ANCHOR = json.loads(json.dumps(LOG.bundle(7, anchored=True)["anchor"]))
MALFORMED: dict[str, object] = {
    "empty": "",
    "not JSON": "{",
    "a list": "[]",
    "two documents": json.dumps(LOG.bundle(7)) * 2,
    "duplicate key": json.dumps(LOG.bundle(7)).replace('"index":', '"index": 6, "index":', 1),
    "unknown member": _changed(extra=1),
    "other format": _changed(format="tallystick/evidence/v2"),
    "upper case": _changed(root=LOG.bundle(7)["root"].upper()),
    "short hash": _changed(chain="00"),
    "long hash": _changed(previous="0" * 66),
    "hash with a line end": _changed(head="0" * 64 + "\n"),
    "index is not position - 1": _changed(index=7),
    "position zero": _changed(position=0, index=-1),
    "position above size": _changed(position=20, index=19),
    "position true": _changed(position=True, index=0),
    "position a fraction": json.dumps(_changed()).replace('"position": 7', '"position": 7.0'),
    "position an exponent": json.dumps(_changed()).replace('"position": 7', '"position": 7e0'),
    "size beyond 2^53": _changed(size=2**53),
    "size beyond all bounds": json.dumps(_changed()).replace(
        '"size": 19', f'"size": 1{"0" * 5000}'
    ),
    "body not a text": _changed(body={}),
    "body with half a character": _changed(body="\ud800"),
    "path not a list": _changed(path="00"),
    "path of numbers": _changed(path=[1]),
    "path of short hashes": _changed(path=["00"]),
    "checkpoint no note": _changed(checkpoint="x"),
    "checkpoint with size 019": _checkpoint("\n19\n", "\n019\n"),
    "checkpoint without chain": _checkpoint("\nchain ", "\nhead "),
    "checkpoint with stray bits": _checkpoint("=\nchain", "\nchain"),
    "anchor a list": _changed(anchor=[]),
    "anchor incomplete": _changed(anchor={"chain_id": 1}),
    "anchor with more": _changed(anchor={**ANCHOR, "x": 1}),
    "anchor hash": _changed(anchor={**ANCHOR, "block_hash": "cd" * 32}),
    "too deep": "[" * 100_000,
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed(run: Run, case: str) -> None:
    assert run(MALFORMED[case]) == ("malformed", 1)


@pytest.mark.parametrize("name", sorted(LOG.bundle(7)))
def test_a_missing_member_is_malformed(run: Run, name: str) -> None:
    assert run(_without(name)) == ("malformed", 1)


def test_wrong_log(run: Run) -> None:
    assert run(STRANGER.bundle(1)) == ("wrong_log", 1)
    assert run(_changed(log="other")) == ("wrong_log", 1)
    assert run(_checkpoint("tallystick.example/main\n19", "tallystick.example/mine\n19")) == (
        "wrong_log",
        1,
    )


BODY = LOG.bodies[6].decode()
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "log.json").read_text())
BODIES = {
    "white space": BODY + " ",
    "reordered": json.dumps(dict(reversed(json.loads(BODY).items())), separators=(",", ":")),
    "escaped": BODY.replace("€", "\\u20ac"),
    "control character": BODY.replace("Tür", "T\\u0001r"),
    "carriage return": BODY.replace("Tür", "T\\rr"),
    "key not ASCII": BODY.replace('"note"', '"nöte"'),
    "integer too large": BODY.replace('"version":1', '"version":9007199254740992'),
    "integer in data too large": BODY.replace('"note":', '"n":9007199254740993,"note":'),
    "integer in a list too large": BODY.replace('"note":', '"n":[1,-9007199254740993],"note":'),
    "fraction in data": BODY.replace('"note":', '"n":1.5,"note":'),
    "duplicate key": BODY.replace('"note":', '"note":"","note":'),
    "member missing": BODY.replace('"schema":1,', ""),
    "member unknown": BODY.replace('"schema":1,', '"schema":1,"secret":1,'),
    "member unknown, before the log": BODY.replace('"log":', '"extra":{},"log":'),
    "other log": BODY.replace("tallystick.example/main", "tallystick.example/mine"),
    "actor without kind": BODY.replace("subject:coppergate", "coppergate"),
    "time without zone": BODY.replace("000000Z", "000000"),
    "impossible time": BODY.replace("2026-05-22", "2026-02-30"),
    "command is no UUIDv8": BODY.replace('"command":"', '"command":"0'),
    "cause that comes later": BODY.replace('"command"', '"cause":7,"command"'),
    "salt too short": BODY.replace("AAECAwQFBgcICQoLDA0ODw==", "AAEC"),
    "schema zero": BODY.replace('"schema":1', '"schema":0'),
    "version null": BODY.replace('"version":1', '"version":null'),
    "stream without aggregate": BODY.replace("invoice:FX-1", "FX-1"),
    "log.opened not first": BODY.replace("invoice.submitted", "log.opened"),
    "authorisation incomplete": BODY.replace('"command"', '"authorisation":{},"command"'),
    "too deep": BODY.replace('"note":', '"n":' + "[" * 2000 + "]" * 2000 + ',"note":'),
    "too long": BODY.replace("Tür", "T" * 65536),
    "not JSON": "{",
    "empty": "",
}


@pytest.mark.parametrize("case", BODIES)
def test_body_mismatch(run: Run, case: str) -> None:
    assert BODIES[case] != BODY
    assert run(_changed(body=BODIES[case])) == ("body_mismatch", 1)


@pytest.mark.parametrize("case", VECTORS["not_canonical"], ids=lambda case: str(case["why"]))
def test_what_is_not_canonical_is_no_body(run: Run, case: dict[str, str]) -> None:
    data = BODY.replace('"data":{', f'"data":{{"_":{case["body"]},')
    assert run(_changed(body=data)) == ("body_mismatch", 1)


def test_suspicious_but_innocent_bodies_verify(run: Run) -> None:
    """Long digits and escapes in texts are no numbers and no control characters."""
    log = made.Log()
    log.add("note:1", "note.made", {"a": '":1234567890123456789', "b": ["x,1234567890123456"]})
    log.add("note:1", "note.made", {"a": "C:\\boot\\files\\users", "b": [2**53 - 1, "\x7f\u2028"]})
    assert run(log.bundle(2)) == ("ok", 0)
    assert run(log.bundle(3)) == ("ok", 0)


def test_chain_mismatch(run: Run) -> None:
    bundle = LOG.bundle(7)
    assert run(_changed(previous=_flip(bundle["previous"]))) == ("chain_mismatch", 1)
    assert run(_changed(chain=_flip(bundle["chain"]))) == ("chain_mismatch", 1)
    assert run(_changed(body=BODY.replace("Tür", "Tor"))) == ("chain_mismatch", 1)
    assert run(_changed(position=8, index=7)) == ("chain_mismatch", 1)


def test_the_first_event_follows_the_genesis_of_its_log(run: Run) -> None:
    """A whole forged log that starts elsewhere is not believed, even if it is consistent."""
    forged = made.Log()
    forged.chain, body = [b"\x00" * 32], forged.bodies.pop()
    forged.put(body)
    assert run(forged.bundle(1)) == ("chain_mismatch", 1)


def test_path_length(run: Run) -> None:
    path = LOG.bundle(7)["path"]
    for wrong in (path[1:], [*path, path[0]], []):
        assert run(_changed(path=wrong)) == ("path_length", 1)


def test_root_mismatch(run: Run) -> None:
    bundle = LOG.bundle(7)
    path = [_flip(bundle["path"][0]), *bundle["path"][1:]]
    assert run(_changed(path=path)) == ("root_mismatch", 1)
    assert run(_changed(path=bundle["path"][::-1])) == ("root_mismatch", 1)
    assert run(_changed(root=_flip(bundle["root"]))) == ("root_mismatch", 1)
    assert run(_changed(head=_flip(bundle["head"]))) == ("root_mismatch", 1)
    assert run(_checkpoint("\n19\n", "\n20\n")) == ("root_mismatch", 1)
    assert run(_changed(checkpoint=LOG.checkpoint(18))) == ("root_mismatch", 1)


def test_the_last_events_chain_is_the_head(run: Run) -> None:
    """A signed checkpoint with the head of another position is a fault of its own."""
    log = made.books()
    log.chain[19], leaf = log.chain[18], log.chain[19]
    text = log.checkpoint().split("\n")
    log.chain[19] = leaf
    stated = made.Checkpoint(log.name, 19, log.words(19)[0], log.chain[18])
    signed = made.sign_checkpoint(stated, made.KEY, made.PRIVATE[0].sign)
    assert text[0] == log.name
    assert run(log.bundle(19, text=signed)) == ("root_mismatch", 1)


def test_checkpoint_signature(run: Run) -> None:
    assert run(LOG.bundle(7, text=LOG.checkpoint(signer=3))) == ("checkpoint_signature", 1)
    line = LOG.checkpoint().split("— ")[1]
    unnamed = LOG.checkpoint().replace(line, line.replace("tallystick.example/main", "other"))
    assert run(LOG.bundle(7, text=unnamed)) == ("checkpoint_signature", 1)
    twice = LOG.checkpoint(signer=3) + "— " + line
    assert run(LOG.bundle(7, text=twice)) == ("ok", 0)


@pytest.mark.parametrize(
    ("witnesses", "quorum", "expected"),
    [
        ((), 0, ("ok", 0)),
        ((), 1, ("witness_quorum", 1)),
        ((0,), 1, ("ok", 0)),
        ((1,), 2, ("witness_quorum", 1)),
        ((1, 1), 2, ("witness_quorum", 1)),
        ((0, 1), 2, ("ok", 0)),
    ],
)
def test_witness_quorum(
    run: Run, witnesses: tuple[int, ...], quorum: int, expected: Answer
) -> None:
    trust = documents.with_witnesses(made.TRUST, made.WITNESSES, quorum)
    bundle = LOG.bundle(7, text=LOG.checkpoint(witnesses=witnesses))
    assert run(bundle, trust=trust) == expected


def test_a_cosignature_of_another_time_is_none(run: Run) -> None:
    trust = documents.with_witnesses(made.TRUST, made.WITNESSES, 1)
    text = LOG.checkpoint()
    line = made.cosign(made.parse_checkpoint(text), made.WITNESSES[0], 1, made.PRIVATE[1].sign)
    name, encoded = line[2:-1].split(" ")
    raw = bytearray(b64decode(encoded))
    raw[11] ^= 2
    forged = f"— {name} {b64encode(raw).decode()}\n"
    assert run(LOG.bundle(7, text=text + line), trust=trust) == ("ok", 0)
    assert run(LOG.bundle(7, text=text + forged), trust=trust) == ("witness_quorum", 1)


def test_an_anchor_outside_the_trusted_registry_is_refused_without_a_chain(run: Run) -> None:
    assert run(LOG.bundle(7, anchored=True)) == ("ok", 0)
    other = {**ANCHOR, "registry": "0x" + "3" * 40}
    assert run(_changed(anchor=other)) == ("anchor_mismatch", 1)
    assert run(_changed(anchor={**ANCHOR, "chain_id": 1})) == ("anchor_mismatch", 1)


def _resigned(text: str) -> str:
    """Change one letter in the middle of the signature."""
    return text[:-40] + ("A" if text[-40] != "A" else "B") + text[-39:]


TAMPERED: list[tuple[str, Callable[[Bundle], None]]] = [
    ("malformed", lambda bundle: bundle.update(index=99)),
    ("wrong_log", lambda bundle: bundle.update(log="other")),
    ("body_mismatch", lambda bundle: bundle.update(body=bundle["body"] + " ")),
    ("chain_mismatch", lambda bundle: bundle.update(previous=_flip(bundle["previous"]))),
    ("path_length", lambda bundle: bundle.update(path=bundle["path"][1:])),
    ("root_mismatch", lambda bundle: bundle.update(root=_flip(bundle["root"]))),
    (
        "checkpoint_signature",
        lambda bundle: bundle.update(checkpoint=_resigned(bundle["checkpoint"])),
    ),
    ("anchor_mismatch", lambda bundle: bundle.update(anchor={**ANCHOR, "chain_id": 1})),
]


@given(st.sets(st.integers(0, len(TAMPERED) - 1), min_size=1))
def test_the_first_fault_in_the_order_of_the_format_is_the_answer(faults: set[int]) -> None:
    bundle = LOG.bundle(7)
    for number in sorted(faults):
        TAMPERED[number][1](bundle)
    trust = verify.read_trust(documents.document(made.TRUST).decode())
    with pytest.raises(verify.Fault) as caught:
        verify.Judge(trust).bundle(json.dumps(bundle))
    assert caught.value.args[0] == TAMPERED[min(faults)][0]


@given(st.data())
def test_one_changed_bit_anywhere_in_a_bundle_is_found(data: st.DataObject) -> None:
    raw = documents.document(msgspec.convert(LOG.bundle(7), documents.Evidence))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    bent = bytearray(raw)
    bent[bit // 8] ^= 1 << bit % 8
    trust = verify.read_trust(documents.document(made.TRUST).decode())
    try:
        text = bytes(bent).decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(verify.Fault):
        verify.Judge(trust).bundle(text)


@pytest.mark.parametrize(
    "trust",
    [
        b"",
        b"{}",
        documents.document(made.TRUST).replace(b'"quorum": 0', b'"quorum": 1'),
        documents.document(made.TRUST).replace(b'"quorum": 0', b'"quorum": -1'),
        documents.document(made.TRUST).replace(b"+", b"+0", 1),
        documents.document(made.TRUST).replace(made.KEY.key_id.hex().encode(), b"00000000"),
        documents.document(made.TRUST).replace(b'"keys"', b'"witnesses"', 1),
        documents.document(documents.with_witnesses(made.TRUST, [made.KEY], 1)),
    ],
)
def test_a_trust_file_that_is_none_is_a_usage_error(run: Run, trust: bytes) -> None:
    assert run(LOG.bundle(7), trust=trust) == ("usage", 2)


def test_usage_errors(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(tmp_path / "nowhere")]) == 2
    assert "usage: " in capsys.readouterr().out
    assert run(LOG.bundle(7), "--checkpoint", str(tmp_path / "nowhere")) == ("usage", 2)
    assert run(LOG.bundle(7), "--rpc", "http://localhost", trust=None) == ("usage", 2)
    assert run(LOG.bundle(7), "--rpc", "file:///etc/hostname") == ("usage", 2)
    (tmp_path / "checkpoint").write_text(LOG.checkpoint())
    assert run(LOG.bundle(7), "--checkpoint", str(tmp_path / "checkpoint")) == ("usage", 2)
    with pytest.raises(SystemExit) as caught:
        verify.main([])
    assert caught.value.code == 2

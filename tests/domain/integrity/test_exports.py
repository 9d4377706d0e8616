"""Evidence in others' formats, read by others: Chainpoint by its library, tlog-proof by hand."""

import base64
import json
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from domain.integrity import merkle
from domain.integrity.chain import extend, genesis
from domain.integrity.checkpoint import Checkpoint, VerifierKey, parse_checkpoint, sign_checkpoint
from domain.integrity.evidence import Anchor, Evidence, LoggedEvent, evidence
from domain.integrity.exports import NotAnchored, chainpoint, tlog_proof

LOG = "tallystick.example/main"
FOLDER = Path(__file__).parents[2] / "chainpoint"
SIZE = 21
TRANSACTION = "0x" + "ab" * 32
ANCHOR = Anchor(31337, "0x" + "1" * 40, TRANSACTION, 12, "0x" + "cd" * 32)
BODIES = [
    f'{{"at":"2026-05-22T10:42:{number:02}.000001Z","n":{number}}}'.encode()
    for number in range(SIZE)
]


def _chain() -> list[bytes]:
    chain = [genesis(LOG)]
    for position, body in enumerate(BODIES, 1):
        chain.append(extend(position, chain[-1], body))
    return chain


CHAIN = _chain()


def _evidence(position: int, size: int = SIZE, *, anchor: Anchor | None = ANCHOR) -> Evidence:
    leaves = [merkle.leaf_hash(each) for each in CHAIN[1 : size + 1]]
    stated = Checkpoint(LOG, size, merkle.root(leaves), CHAIN[size])
    text = sign_checkpoint(stated, VerifierKey(LOG, b"\x01" * 32), lambda _: b"\x02" * 64)
    event = LoggedEvent(position, BODIES[position - 1], CHAIN[position - 1], CHAIN[position])
    path = merkle.inclusion_path(position - 1, size, merkle.nodes_of(leaves))
    return evidence(event, path, signed=parse_checkpoint(text), text=text, anchor=anchor)


def _read(version: str, documents: list[dict[str, object]]) -> list[dict[str, Any]]:
    """Ask the library of Chainpoint's makers, which also holds a document against its schema."""
    done = subprocess.run(
        ["node", str(FOLDER / "parse.js"), version],
        input="\n".join(map(json.dumps, documents)),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.capability("B9", part="exports")
@pytest.mark.parametrize("version", ["v3", "v4"])
def test_chainpoint_leads_from_the_body_to_the_root(version: Any) -> None:
    """Every event of trees of several sizes, by the library `chainpoint-parse`."""
    bundles = [
        _evidence(position, size) for size in (1, 2, 7, 8, SIZE) for position in range(1, size + 1)
    ]
    found = _read(version, [chainpoint(bundle, version) for bundle in bundles])
    assert len(found) == len(bundles)
    for bundle, read in zip(bundles, found, strict=True):
        assert "error" not in read
        assert read["hash"] == sha256(bundle.body.encode()).hexdigest()
        (branch,) = read["branches"]
        (anchor,) = branch["anchors"]
        assert anchor == {
            "type": "eth",
            "anchor_id": TRANSACTION[2:],
            "expected_value": bundle.root,
        }


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_a_bent_chainpoint_leads_elsewhere(version: Any) -> None:
    """The library is no rubber stamp."""
    bundle = _evidence(7)
    document: Any = chainpoint(bundle, version)
    bent = json.loads(json.dumps(document))
    bent["branches"][0]["ops"][0]["l"] = bent["branches"][0]["ops"][0]["l"][:-1] + "0"
    wrong = {**document, "hash": "x"}
    (read, refused) = _read(version, [bent, wrong])
    assert read["branches"][0]["anchors"][0]["expected_value"] != bundle.root
    assert "error" in refused


def test_the_name_of_a_chainpoint_is_that_of_the_event() -> None:
    """A UUID of version 1 with the event's own time; always the same for the same event."""
    bundle = _evidence(7)
    first, again, other = (chainpoint(each, "v4") for each in (bundle, bundle, _evidence(8)))
    assert first == again
    assert first["proof_id"] != other["proof_id"]
    assert first["hash_received"] == "2026-05-22T10:42:06Z"
    three = chainpoint(bundle, "v3")
    assert three["hash_id_node"] == first["proof_id"]
    assert three["hash_submitted_core_at"] == first["hash_received"]


def test_chainpoint_needs_an_anchor() -> None:
    with pytest.raises(NotAnchored):
        chainpoint(_evidence(7, anchor=None), "v4")


@pytest.mark.capability("B9", part="exports")
@pytest.mark.parametrize("position", [1, 7, 16, 17, SIZE])
def test_a_tlog_proof_is_read_as_its_page_says(position: int) -> None:
    """C2SP tlog-proof, line by line; RFC 9162 does the rest."""
    bundle = _evidence(position)
    text = tlog_proof(bundle)
    head, blank, checkpoint = text.partition("\n\n")
    first, extra, index, *path = head.split("\n")
    assert blank
    assert first == "c2sp.org/tlog-proof@v1"
    assert index == f"index {position - 1}"
    assert checkpoint == bundle.checkpoint
    stated = parse_checkpoint(checkpoint).checkpoint
    before = base64.b64decode(extra.removeprefix("extra "), validate=True)
    entry = sha256(before + sha256(BODIES[position - 1]).digest()).digest()
    assert entry == CHAIN[position]
    assert merkle.verify_inclusion(
        index=position - 1,
        size=stated.size,
        leaf=merkle.leaf_hash(entry),
        path=[base64.b64decode(step, validate=True) for step in path],
        expected_root=stated.root,
    )


def test_a_log_of_one_event_has_an_empty_path() -> None:
    text = tlog_proof(_evidence(1, 1))
    assert text.split("\n")[2:5] == ["index 0", "", LOG]

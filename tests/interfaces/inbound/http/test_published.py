"""The tree as outsiders read it: tiles, entries, bodies, consistency, and receipts with answers."""

import base64
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from domain.catalogue import EVENTS, is_restricted
from domain.integrity import merkle
from domain.integrity.merkle import leaf_hash
from tests.interfaces.inbound.http.house import House, Visitor
from tests.projections.tale import INVOICE

Doors = Callable[[str | None], Visitor]

EVENT = {
    "number": INVOICE,
    "buyer": "northwind",
    "face": {"amount": 1_000_000, "currency": "GBP"},
    "issued": "2026-05-20",
    "due": "2026-07-21",
    "document": "ab" * 32,
}


@pytest.fixture
def size(house: House) -> int:
    assert 16 < len(house.tale.log) < 256
    return len(house.tale.log)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_tiles_need_no_key_and_lead_to_the_root(doors: Doors, house: House, size: int) -> None:
    answer = doors(None).get(f"/log/tile/0/000.p/{size}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "public, max-age=60"
    hashes = [answer.content[at : at + 32] for at in range(0, len(answer.content), 32)]
    assert hashes == [leaf_hash(event.chain) for event in house.tale.log]
    part = doors(None).get("/log/tile/0/000.p/5").content
    assert part == answer.content[: 5 * 32]


def test_a_full_tile_is_kept_for_ever(doors: Doors, house: House) -> None:
    """A year and immutable, with a tag by which whoever has it is told so."""
    while len(house.tale.log) < 256:
        house._enter(f"somebody-{len(house.tale.log)}", "auditor")
    answer = doors(None).get("/log/tile/0/000")
    assert len(answer.content) == 8192
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = doors(None).get("/log/tile/0/000", **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert doors(None).get("/log/tile/1/000.p/1").content == merkle.root(
        [leaf_hash(event.chain) for event in house.tale.log[:256]]
    )


def test_entries_are_chain_values_with_their_length(doors: Doors, house: House) -> None:
    content = doors(None).get("/log/tile/entries/000.p/3").content
    assert content == b"".join(b"\x00\x20" + event.chain for event in house.tale.log[:3])


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001",
        "tile/0/000",
        "tile/1/000.p/1",
        "tile/63/x999/x999/x999/x999/999",
        "tile/entries/000",
        "bodies/x001/000",
        "consistency/3/100000",
    ],
)
def test_what_lies_behind_the_log_is_a_problem_with_its_numbers(
    doors: Doors, path: str, size: int
) -> None:
    answer = doors(None).get(f"/log/{path}")
    assert code(answer) == (404, "beyond_log")
    numbers = answer.json()["numbers"]
    assert numbers["size"] == size < numbers["wanted"]


@pytest.mark.parametrize(
    "path",
    [
        *("tile/0/0", "tile/0/00", "tile/0/x000/000", "tile/0/000.p/0", "tile/0/000.p/256"),
        *("tile/0/000.p/01", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/1000"),
        *("tile/0/x000001/000", "tile/0/000.p/", "tile/0/000.p", "tile/x/000", "tile/0/٠٠٠"),
        *("tile/0/x001/x001/x001/x001/x001/000", "bodies/000.P/1", "tile/entries/0x0"),
        *("consistency/-1/3", "consistency/01/3", "consistency/a/3", "consistency/1/3.0"),
    ],
)
def test_each_tile_has_one_name(doors: Doors, path: str) -> None:
    assert code(doors(None).get(f"/log/{path}")) == (404, "not_found")


def test_bodies_show_each_role_what_it_may_read(doors: Doors, house: House) -> None:
    """Nobody's bodies: the unsalted ones; everything else is its hash; a key opens more."""
    public = doors(None).get("/log/bodies/000.p/16")
    assert public.headers["cache-control"] == "public, max-age=86400"
    shown = [line for line in public.text.splitlines() if '"body":' in line]
    assert 0 < len(shown) < 16
    for line, event in zip(public.text.splitlines(), house.tale.log, strict=False):
        hidden = is_restricted(EVENTS[event.envelope.type])
        assert (sha256(event.body).hexdigest() in line) == hidden
    auditor = doors("olga").get("/log/bodies/000.p/16")
    assert auditor.headers["cache-control"] == "private, max-age=86400"
    assert auditor.headers["vary"] == "Authorization"
    assert '"body_hash"' not in auditor.text
    feed = doors("olga").get("/feed?fields=proof&limit=16", Accept="application/x-ndjson")
    assert auditor.content == feed.content
    assert code(doors("nobody").get("/log/bodies/000.p/1")) == (401, "unauthenticated")


def test_consistency_between_any_two_sizes(doors: Doors, house: House, size: int) -> None:
    answer = doors(None).get(f"/log/consistency/7/{size}", Accept="text/plain")
    path = [base64.b64decode(line) for line in answer.text.splitlines()]
    leaves = [leaf_hash(event.chain) for event in house.tale.log]
    assert merkle.verify_consistency(
        old=7, new=size, old_root=merkle.root(leaves[:7]), new_root=merkle.root(leaves), path=path
    )
    assert code(doors(None).get("/log/consistency/4/3")) == (422, "invalid_field")
    missing = doors(None).get("/log/consistency/3/5")
    assert code(missing) == (404, "checkpoint_not_issued")
    assert missing.json()["numbers"] == {"size": 3, "above": 7}


@pytest.mark.parametrize(
    ("prefer", "has_one"),
    [
        ("receipt", True),
        ("respond-async, Receipt; wait=10", True),
        ("return=minimal", False),
        ("receipts", False),
        ("", False),
    ],
)
def test_a_receipt_comes_with_the_answer_for_who_prefers_one(
    doors: Doors, house: House, prefer: str, has_one: bool
) -> None:
    house.tale.now = "2026-05-22T10:42:00.000000Z"
    answer = doors("coppergate").post("/invoices", EVENT, Prefer=prefer)
    assert answer.status_code == 201
    told = answer.json()
    assert ("receipt" in told) == has_one
    assert answer.headers.get("preference-applied") == ("receipt" if has_one else None)
    if has_one:
        chain = house.tale.log[told["position"] - 1].chain.hex()
        assert told["receipt"] == {"position": told["position"], "chain": chain, "note": "signed"}


def test_a_missing_receipt_spoils_no_answer(doors: Doors, house: House) -> None:
    """The command was carried out; a preference is all that was not met."""
    house.tale.now = "2026-05-22T10:42:00.000000Z"
    house.unsigned = True
    answer = doors("coppergate").post("/invoices", EVENT, Prefer="receipt")
    assert answer.status_code == 201
    assert "receipt" not in answer.json()


def test_a_checkpoint_that_too_few_have_seen_is_not_told(doors: Doors, house: House) -> None:
    """503 with the sizes, to be asked for again."""
    house.unwitnessed = True
    answer = doors(None).get("/log/checkpoint")
    assert code(answer) == (503, "checkpoint_not_witnessed")
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["numbers"] == {"position": 9, "witnessed": 7, "quorum": 2}

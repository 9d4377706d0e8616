"""The auditor's verifier on completeness bundles: nothing left out, and every way to cheat."""

import importlib.util
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

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
Bundle = dict[str, Any]
Answer = tuple[str, int | None]
Run = Callable[..., Answer]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that verifies a bundle and gives the code and the position."""
    verifier = made.verifier(tmp_path, capsys)

    def start(evidence: object, *arguments: str, **options: object) -> Answer:
        answer = verifier(evidence, *arguments, **options)
        return answer["code"], answer["position"]

    return start


FINDINGS = {
    1: "no event yet",
    3: "no event yet",
    4: "balance 0, held 0 (version 1 at 4)",
    5: "balance 0, held 0 (version 1 at 4)",
    6: "balance 500, held 0 (version 2 at 6)",
    9: "balance 500, held 300 (version 3 at 9)",
    10: "balance 300, held 100 (version 4 at 10)",
    12: "balance 300, held 0 (version 5 at 12)",
    19: "balance 300, held 0 (version 5 at 12)",
}


@pytest.mark.capability("B9", part="verifier")
@pytest.mark.parametrize("as_of", FINDINGS)
def test_what_an_account_held_is_proven_as_of_every_position(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], as_of: int
) -> None:
    answer = made.verifier(tmp_path, capsys)(LOG.completeness(PENNINE, as_of))
    assert (answer["code"], answer["status"]) == ("ok", 0)
    assert answer["detail"] == (
        f"{PENNINE} as of {as_of}: {FINDINGS[as_of]}; by the map of 11 streams at 19"
    )


@pytest.mark.parametrize("as_of", [1, 6, 19])
def test_every_stream_of_a_log_verifies(run: Run, as_of: int) -> None:
    for stream in sorted({json.loads(body)["stream"] for body in LOG.bodies}):
        assert run(LOG.completeness(stream, as_of)) == ("ok", None)


def _absent() -> dict[str, str]:
    """Give streams that do not exist: before all, behind all, between two."""
    keys = [key.hex() for key in LOG.map(19).keys]
    found: dict[str, str] = {}
    for number in range(10_000):
        key = sha256(f"nobody:{number}".encode()).hexdigest()
        place = "first" if key < keys[0] else "last" if key > keys[-1] else "between"
        found.setdefault(place, f"nobody:{number}")
    return found


ABSENT = _absent()


@pytest.mark.parametrize("place", ["first", "last", "between"])
def test_a_stream_that_does_not_exist_is_proven_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    bundle = LOG.completeness(ABSENT[place], 19)
    assert len(bundle["neighbours"]) == (2 if place == "between" else 1)
    answer = made.verifier(tmp_path, capsys)(bundle)
    assert answer["code"] == "ok"
    assert answer["detail"].startswith(f"{ABSENT[place]} as of 19: no such stream; by the map")


def test_until_the_map_is_anchored_nothing_is_proven(run: Run) -> None:
    last = LOG.bundle(12)
    empty: Bundle = {"commitment": None, "leaf": None, "neighbours": [], "next": None}
    bundle = {**LOG.completeness(PENNINE, 19), **empty, "complete": False, "last": last}
    assert run(bundle) == ("incomplete", 19)
    assert run({**bundle, "last": None}) == ("incomplete", 19)
    assert run({**bundle, "last": {**last, "root": "0" * 64}}) == ("root_mismatch", 12)
    assert run(bundle, trust=None) == ("incomplete", 19)


def test_without_a_trust_file_the_best_answer_is_untrusted(run: Run) -> None:
    assert run(LOG.completeness(PENNINE, 12), trust=None) == ("untrusted", None)


def _of(at: int = 12, name: str = PENNINE, /, **members: Any) -> Bundle:
    return {**LOG.completeness(name, at), **members}


def _leaf(**members: Any) -> Bundle:
    return _of(leaf={**_of()["leaf"], **members})


def _without(name: str) -> Bundle:
    return {member: value for member, value in _of().items() if member != name}


def _beside(**members: Any) -> Bundle:
    """Change a bundle of absence between two."""
    return _of(19, ABSENT["between"], **members)


PATH = _of()["leaf"]["path"]
TWO = _beside()["neighbours"]
EVIDENCE = LOG.bundle(12, anchored=True)
OTHER_ANCHOR = {**EVIDENCE, "anchor": {**EVIDENCE["anchor"], "block": 13}}
MALFORMED: dict[str, Bundle] = {
    "unknown member": _of(extra=1),
    "other format": _of(format="tallystick/completeness/v2"),
    "as of nothing": _of(as_of=0),
    "as of a text": _of(as_of="12"),
    "complete a number": _of(complete=1),
    "stream without aggregate": _of(stream="pennine"),
    "stream with a space": _of(stream="account:a b"),
    "version zero": _leaf(version=0),
    "index negative": _leaf(index=-1),
    "key in upper case": _leaf(key=_of()["leaf"]["key"].upper()),
    "short hash in a path": _leaf(path=["00"]),
    "leaf with more": _leaf(extra=1),
    "leaf a list": _of(leaf=[]),
    "last misformed": _of(last={**EVIDENCE, "index": 3}),
    "last under another checkpoint": _of(last=LOG.bundle(12, 20, anchored=True)),
    "last under another anchor": _of(last=OTHER_ANCHOR),
    "last not anchored": _of(last=LOG.bundle(12)),
    "complete with neighbours too": _of(neighbours=TWO),
    "complete without a commitment": _of(commitment=None),
    "complete without last and next": _of(last=None, next=None),
    "complete without leaf and neighbours": _of(leaf=None, last=None, next=None),
    "absent with a last event": _beside(last=EVIDENCE),
    "absent with a next event": _beside(next=EVIDENCE),
    "three neighbours": _beside(neighbours=[*TWO, TWO[1]]),
    "incomplete with a commitment": _of(complete=False, leaf=None, next=None),
    "incomplete with a leaf": _of(complete=False, commitment=None, next=None),
    "incomplete with a next event": _of(
        complete=False, commitment=None, leaf=None, last=None, next=EVIDENCE
    ),
    "incomplete with neighbours": _beside(complete=False, commitment=None),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed(run: Run, case: str) -> None:
    assert run(MALFORMED[case]) == ("malformed", None)


@pytest.mark.parametrize("name", sorted(_of()))
def test_a_missing_member_is_malformed(run: Run, name: str) -> None:
    assert run(_without(name)) == ("malformed", None)


def _all_of(name: str) -> Bundle:
    """Return a true bundle of another log."""
    log = made.Log(name)
    log.commit()
    return dict(log.completeness("log:main", 1))


def test_wrong_log(run: Run) -> None:
    assert run(_all_of("tallystick.example/other")) == ("wrong_log", 1)
    assert run(_of(log="other")) == ("wrong_log", 12)
    assert run(_of(log="other"), trust=None) == ("wrong_log", 20)
    other = _all_of("other")
    mixed = {**other, "log": made.NAME}
    assert run(mixed) == ("wrong_log", 2)


def _part(name: str, **members: Any) -> Bundle:
    return _of(**{name: {**_of()[name], **members}})


def test_faults_of_the_parts_come_in_their_order(run: Run) -> None:
    assert run(_part("commitment", previous="0" * 64)) == ("chain_mismatch", 20)
    assert run(_part("last", previous="0" * 64)) == ("chain_mismatch", 12)
    assert run(_part("last", path=EVIDENCE["path"][1:])) == ("path_length", 12)
    assert run(_part("last", root="0" * 64)) == ("root_mismatch", 12)
    assert run(_part("last", body=EVIDENCE["body"] + " ")) == ("body_mismatch", 12)
    both = _part("last", root="0" * 64)
    both["commitment"] = {**both["commitment"], "head": "0" * 64}
    assert run(both) == ("root_mismatch", 20)


def _under(text: str, *, anchor: object = EVIDENCE["anchor"]) -> Bundle:
    """Put a true bundle under another checkpoint text or another anchor."""
    bundle = _of()
    for name in ("commitment", "last"):
        bundle[name] = {**bundle[name], "checkpoint": text, "anchor": anchor}
    return bundle


def test_checkpoint_and_anchor_must_be_good(run: Run) -> None:
    assert run(_under(LOG.checkpoint(signer=3))) == ("checkpoint_signature", None)
    assert run(_under(LOG.checkpoint(), anchor=None)) == ("anchor_missing", None)
    assert run(_under(LOG.checkpoint(), anchor=None), trust=None) == ("anchor_missing", None)
    other = {**EVIDENCE["anchor"], "chain_id": 1}
    assert run(_under(LOG.checkpoint(), anchor=other)) == ("anchor_mismatch", None)


def _committing(**data: Any) -> Bundle:
    """Return a bundle by a commitment with other data."""
    log = made.books()
    streams = log.map(19)
    right = {"size": 19, "count": streams.count, "root": streams.root().hex()}
    content = {name: value for name, value in {**right, **data}.items() if value is not None}
    log.add("log:main", data.pop("kind", "log.streams_committed"), content)
    bundle: Bundle = {**LOG.completeness(PENNINE, 12)}
    text = log.checkpoint()
    for name, position in (("commitment", 20), ("last", 12)):
        bundle[name] = log.bundle(position, text=text, anchored=True)
    return bundle


@pytest.mark.parametrize(
    "data",
    [
        {"size": 20},
        {"size": None},
        {"size": "19"},
        {"size": 0},
        {"size": True},
        {"count": 0},
        {"count": 1},
        {"count": 400},
        {"root": "0" * 64},
        {"root": "00"},
        {"root": 1},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_commitment_to_something_else(run: Run, data: dict[str, Any]) -> None:
    code = "path_length" if data == {"count": 400} else "map_mismatch"
    assert run(_committing()) == ("ok", None)
    assert run(_committing(**data)) == (code, 12)


def test_an_event_that_is_no_commitment(run: Run) -> None:
    bundle = _of()
    bundle["commitment"] = LOG.bundle(18, anchored=True)
    assert run(bundle) == ("map_mismatch", 12)


def test_a_map_that_ends_before_the_position(run: Run) -> None:
    assert run(_of(19)) == ("ok", None)
    assert run(_of(19, as_of=20)) == ("incomplete", 20)


def test_the_leaf(run: Run) -> None:
    leaf = _of()["leaf"]
    assert run(_leaf(index=11)) == ("map_mismatch", 12)
    assert run(_leaf(index=leaf["index"] ^ 1)) == ("map_mismatch", 12)
    assert run(_leaf(path=PATH[1:])) == ("path_length", 12)
    assert run(_leaf(path=[*PATH, PATH[0]])) == ("path_length", 12)
    assert run(_leaf(path=PATH[::-1])) == ("map_mismatch", 12)
    assert run(_leaf(version=4)) == ("map_mismatch", 12)
    assert run(_leaf(chain="0" * 64)) == ("map_mismatch", 12)
    assert run(_leaf(key="0" * 64)) == ("map_mismatch", 12)
    other = LOG.completeness("account:coppergate/cash/GBP", 12)["leaf"]
    assert run(_of(leaf=other)) == ("map_mismatch", 12)


def test_neighbours_that_leave_room(run: Run) -> None:
    left, right = TWO
    first, last = (LOG.completeness(ABSENT[end], 19)["neighbours"][0] for end in ("first", "last"))
    for cheat in ([right, left], [left], [right], [left, left], [first], [last], [first, last]):
        assert run(_beside(neighbours=cheat)) == ("neighbour_mismatch", 19)
    assert run(_of(19, ABSENT["first"], neighbours=[last])) == ("neighbour_mismatch", 19)
    assert run(_of(19, ABSENT["last"], neighbours=[first])) == ("neighbour_mismatch", 19)
    bent = {**right, "path": right["path"][::-1]}
    assert run(_beside(neighbours=[left, bent])) == ("map_mismatch", 19)
    assert run(_beside(neighbours=[left, {**right, "path": []}])) == ("path_length", 19)


def test_an_existing_stream_cannot_be_denied(run: Run) -> None:
    """Its own leaf stands between its neighbours."""
    place = LOG.map(19)
    index = _of()["leaf"]["index"]
    leaves = []
    for at in (index - 1, index, index + 1):
        stream = place.ends[at].stream
        leaves.append(LOG.completeness(stream, 19)["leaf"])
    denied = {"leaf": None, "last": None, "next": None}
    for cheat in (leaves[:2], leaves[1:], [leaves[0], leaves[2]], [leaves[1]]):
        assert run(_of(**denied, neighbours=cheat)) == ("neighbour_mismatch", 12)


def test_the_last_event_is_the_last(run: Run) -> None:
    def proof(position: int) -> Bundle:
        return dict(LOG.bundle(position, anchored=True))

    assert run(_of(10, last=proof(10), next=proof(12))) == ("ok", None)
    cheats: list[Bundle] = [
        _of(12, last=proof(10)),  # the release at 12 is left out
        _of(12, last=proof(10), next=proof(12)),  # it does not stand behind 12
        _of(10, last=proof(9), next=proof(12)),  # the posting at 10 is left out
        _of(10, last=proof(9), next=proof(10)),
        _of(10, last=proof(10), next=None),
        _of(10, last=None),
        _of(10, last=proof(12), next=None),  # it lies behind 10
        _of(12, next=proof(12)),
        _of(12, last=proof(11)),  # another account
        _of(10, next=proof(11)),
        _of(3, next=proof(6)),  # version 1 is left out
        _of(3, last=None, next=proof(3)),
    ]
    for number, cheat in enumerate(cheats):
        assert run(cheat) == ("not_last", cheat["as_of"]), number


def test_an_event_behind_the_map_is_not_its_next_one(run: Run) -> None:
    log = made.books()
    log.commit()
    log.add("account:pennine/cash/GBP", "account.debited", {"amount": 1})
    bundle = log.completeness(PENNINE, 12)
    assert run(bundle) == ("ok", None)
    text = log.checkpoint()
    behind = log.bundle(21, text=text, anchored=True)
    assert run({**bundle, "next": behind}) == ("not_last", 12)


def test_a_forged_event_of_the_right_version_is_not_the_one_in_the_map(run: Run) -> None:
    """The log has two events of version 5: only the one in the map counts."""
    log = made.books()
    log.commit()
    data = {"transfer": "x", "amount": 1, "balance": 299, "held": 0}
    log.add(PENNINE, "account.debited", data, version=5)
    text = log.checkpoint()
    bundle = log.completeness(PENNINE, 12)
    assert run({**bundle, "last": log.bundle(21, text=text, anchored=True)}) == ("not_last", 12)
    forged = made.books()
    forged.bodies, forged.chain = forged.bodies[:12], forged.chain[:13]
    for version in (5, 6):
        forged.add(PENNINE, "account.debited", data, version=version)
    forged.commit()
    bundle = forged.completeness(PENNINE, 14)
    text = forged.checkpoint()
    assert run(bundle) == ("ok", None)
    cheat = {**bundle, "last": forged.bundle(12, text=text, anchored=True)}
    assert run(cheat) == ("not_last", 14)


def test_an_account_without_a_balance_is_shown_by_its_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = made.books()
    log.add("account:a/b/c", "account.noted", {"balance": "1", "held": True})
    log.add("invoice:FX-9", "account.credited", {"balance": 1, "held": 1})
    log.commit()
    run = made.verifier(tmp_path, capsys)
    for stream, position in (("account:a/b/c", 20), ("invoice:FX-9", 21)):
        detail = run(log.completeness(stream, 21))["detail"]
        assert f"21: version 1 at {position} is the last; by" in detail


def test_one_judge_asks_for_a_signature_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    holds = verify.ed25519_holds

    def count(*parts: bytes) -> bool:
        asked.append(parts)
        return bool(holds(*parts))

    monkeypatch.setattr(verify, "ed25519_holds", count)
    trust = verify.read_trust(made.documents.document(made.TRUST).decode())
    judge = verify.Judge(trust)
    for as_of in range(1, 20):
        judge.bundle(json.dumps(LOG.completeness(PENNINE, as_of)))
    assert len(asked) == 1

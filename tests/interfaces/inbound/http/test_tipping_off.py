"""Nobody but compliance learns why somebody is paused, nor what comes of it (002, POCA 2002).

The same house is told twice: once its investor is paused because a list names it, once for a
routine look. Everything that anybody outside of compliance can ask must answer the same, byte by
byte, but for what is random: hashes, and names made of them.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from domain.kernel.roles import COMPLIANCE_TEAM
from domain.mail.events import MailRequested
from domain.subject.refusals import NOTICE
from interfaces.inbound.http.rest.tables import READS
from tests.interfaces.inbound.http.graphql.hall import LISTING, Hall, entered, told
from tests.interfaces.inbound.http.house import House, Visitor
from tests.projections.tale import ANSWERS

READERS = ("brunel", "pennine", "coppergate", "northwind", "ada", "olga", "ingrid", "bob", "pat")
LISTED = {**ANSWERS, "sanctions_on_directors": True}
WHY = {
    "kind": "screening",
    "reference": "ca-delta-2026-0522",
    "reason": "consolidated list names a director",
}
ROUTINE = {"kind": "review"}
SECRET = re.compile(
    "ca-delta|consolidated list|screening_hit|case[.:_]|report_due|REPORT_DUE|pretrade_stopped"
    "|FAIL_SANCTIONS|mlro_review|suspicious|tipping|escalated",
    re.IGNORECASE,
)
"""Words of which one would tell; the question of the check that everybody reads is none."""

_HEX = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64}")
_TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
GRAPHQL = (
    "{ viewer { subject active } }",
    "{ trades { edges { node { trade state answers { question } failures reason } } } }",
    "{ marketplace { edges { node { __typename } } } }",
    "{ auditTrail(first: 50) { edges { node { type stream actor } } } }",
)
Doors = Callable[[str | None], Visitor]


@contextmanager
def opened(house: Hall) -> Iterator[Doors]:
    """Open the doors of a house, those of GraphQL too."""
    with entered(house.services()) as client:
        yield lambda name: Visitor(client, name)


@contextmanager
def paused(body: dict[str, Any]) -> Iterator[tuple[House, Doors]]:
    """Give a house whose investor was paused in the middle of the story."""
    house = told()
    with opened(house) as doors:
        doors("brunel").post("/trades", {"trade": "T9", "listing": LISTING, "answers": ANSWERS})
        frozen = doors("priya").post("/subjects/brunel/freeze", body, key="pause-1")
        assert frozen.status_code == 200, frozen.text
        yield house, doors


def questions(house: House) -> Iterator[str]:
    """Name everything that can be read."""
    last = len(house.tale.log)
    yield from (f"/api/v1{route.path}" for route in READS if "{" not in route.path)
    yield "/api/v1/subjects/brunel"
    yield from (f"/api/v1/trades/{name}" for name in ("T1", "T9"))
    yield from (f"/api/v1/proofs/{position}" for position in range(last - 9, last + 1))
    for stream in ("subject:brunel", "trade:T9", "deadline:gate3/brunel/1", f"listing:{LISTING}"):
        yield f"/api/v1/proofs/streams/{stream}"
        yield f"/feed?stream={stream}"
    for types in ("subject.frozen", "case.opened", "deadline.warned", "trade.pretrade_stopped"):
        yield f"/feed?types={types}"
        yield f"/api/v1/audit?type={types}"
    yield "/api/v1/audit?stream=subject:brunel&limit=200"
    yield "/feed?limit=1000"
    yield "/feed?limit=1000&fields=proof"
    yield "/feed?limit=1000&order=desc"


def asked(house: House, doors: Doors) -> dict[tuple[str, str], str]:
    """Ask everything as everybody outside of compliance, and once without a key."""
    found = {}
    for who in READERS:
        visitor = doors(who)
        for path in questions(house):
            found[who, path] = plain(visitor.get(path))
        for query in GRAPHQL:
            answer = visitor.client.post(
                "/graphql",
                content=msgspec.json.encode({"query": query}),
                headers={**visitor.headers, "Content-Type": "application/json"},
            )
            found[who, query] = plain(answer)
    found["nobody", "/log/bodies/0"] = plain(doors(None).get("/log/bodies/0"))
    return found


def plain(answer: Any) -> str:
    """Take out of an answer what is random."""
    kept = [f"{name}: {answer.headers.get(name)}" for name in ("content-type", "content-length")]
    text = _TIMES.sub("T", _HEX.sub("H", answer.text))
    return f"{answer.status_code}\n{kept[0]}\n{text}"


@pytest.mark.capability("FX10", part="E3")
@pytest.mark.capability("FX12")
def test_a_pause_for_a_list_looks_like_a_pause_for_nothing() -> None:
    with paused(WHY) as (house, doors):
        listed = asked(house, doors)
    with paused(ROUTINE) as (house, doors):
        routine = asked(house, doors)
    assert listed.keys() == routine.keys()
    for question, answer in listed.items():
        assert answer == routine[question], question


@pytest.mark.capability("FX12")
def test_no_answer_says_a_word_of_it_whatever_comes_of_the_review(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with paused(WHY) as (house, doors):
        compliance = doors("priya")
        declined = compliance.post("/subjects/brunel/decline")
        assert declined.status_code == 200, declined.text
        [record] = compliance.get("/api/v1/cases").json()["items"]
        assert (record["state"], record["kind"]) == ("REPORT_DUE", "screening")
        opened_record = compliance.get(f"/api/v1/cases/{record['record']}").json()
        assert opened_record["reason"] == WHY["reason"]
        for question, answer in asked(house, doors).items():
            # An address that names a type comes back in its links; the types are public.
            said = answer.replace(question[1].partition("types=")[2] or "\0", "")
            if question[0] == "olga":
                # An auditor knows that there is a pause, never why.
                said = re.sub("mlro_review", "", said, flags=re.IGNORECASE)
            assert not (found := SECRET.search(said)), (question, found)
        for name in ("brunel", "ada", "ingrid"):
            told_of = doors(name).get("/api/v1/subjects/brunel").json()
            assert (told_of["active"], told_of["notice"]) == (False, NOTICE)
            assert told_of.get("state") in {None, "PAUSED"}
        mails = [event for event in house.tale.log if isinstance(event.fact, MailRequested)]
        assert not any(SECRET.search(event.body.decode()) for event in mails)
        visible = {
            event.stream
            for event in house.tale.log
            if not COMPLIANCE_TEAM | {"process", "auditor"} >= type(event.fact).VISIBLE
        }
        assert not any(SECRET.search(stream) for stream in visible)
        assert not any(
            SECRET.search(record.getMessage())
            for record in caplog.records
            if record.name.startswith("tallystick")
        )
        metrics = doors("ada").get("/metrics").text
        assert "brunel" not in metrics
        assert not re.search("case_|sanction", metrics)


@pytest.mark.parametrize("body", [WHY, ROUTINE], ids=["listed", "routine"])
def test_every_new_action_is_refused_with_the_words_of_the_seed(body: dict[str, Any]) -> None:
    with paused(body) as (_, doors):
        refused = doors("brunel").post("/trades/T9/execute")
        assert refused.status_code == 409
        problem = refused.json()
        assert (problem["code"], problem["detail"]) == ("subject_paused", NOTICE)
        assert problem["numbers"] == {"subject": "brunel"}


@pytest.mark.capability("FX10", part="E4")
def test_a_stopped_check_is_answered_as_any_that_failed() -> None:
    """The words differ by nothing, at the door and in the views; what is sealed, is sealed."""
    answers = []
    for wrong in (LISTED, {**ANSWERS, "risk_understood": False}):
        house = told()
        with opened(house) as doors:
            body = {"trade": "T9", "listing": LISTING, "answers": wrong}
            checked = doors("brunel").post("/trades", body, key="check")
            shown = doors("brunel").get("/api/v1/trades/T9")
            prove = doors("brunel").get("/api/v1/proofs/streams/trade:T9").status_code
            answers.append((checked.status_code, checked.json()["state"], plain(shown)))
            assert prove in {200, 404}
            [stopped] = [event.body for event in house.tale.log if event.stream == "trade:T9"]
            assert (b"sanctions_on_directors" in stopped) == (wrong is not LISTED)
    assert answers[0][1] == "PRE_TRADE_FAILED"
    assert re.sub(r'position":\d+', "", answers[0][2]) == re.sub(
        r'position":\d+', "", answers[1][2]
    )


def test_whoever_may_not_pause_makes_no_key_in_the_vault() -> None:
    house = told()
    with opened(house) as doors:
        before = house.vault.sealed
        for path in ("/subjects/brunel/freeze", "/subjects/brunel/cases"):
            assert doors("ada").post(path, {"kind": "review"}).status_code == 403
        assert house.vault.sealed == before
        assert house.tale.states["subject:brunel"].state == "ACTIVE"


def test_a_repeated_pause_is_one_pause() -> None:
    with paused(WHY) as (house, doors):
        size = len(house.tale.log)
        again = doors("priya").post("/subjects/brunel/freeze", WHY, key="pause-1")
        assert again.headers["Idempotency-Replayed"] == "true"
        assert len(house.tale.log) == size

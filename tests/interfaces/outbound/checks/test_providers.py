"""Sumsub and ComplyAdvantage over HTTP: signed calls, faults, what their answers mean (FX8)."""

import hashlib
import socket
from contextlib import closing
from dataclasses import dataclass

import httpx
import pytest

from application.ports.checks import Applicant, Paper, ProviderRefused, ProviderUnreachable
from interfaces.outbound.checks import calling
from interfaces.outbound.checks.byhand import ByHand
from interfaces.outbound.checks.complyadvantage import ComplyAdvantage
from interfaces.outbound.checks.sumsub import Sumsub, SumsubKeys
from tests.interfaces.outbound.checks.conftest import Desk
from tests.providers.checkers import KEY, SECRET, TOKEN

NOW = "2026-05-22T10:42:00.000000Z"
PASSPORT = Paper(kind="passport", media_type="image/png", content=b"\x89PNG the scan")
NELL = Applicant(
    subject="newt",
    name="Nell Newt",
    is_person=True,
    country="GB",
    birth_date="1984-02-29",
    nationality="AE",
    email="nell@newt.example",
    papers=(PASSPORT,),
)


def sumsub(desk: Desk, secret: bytes = SECRET) -> Sumsub:
    keys = SumsubKeys(TOKEN, secret)
    client = Sumsub(desk.url, keys, level="basic kyc", first_wait=0.01)
    desk.clients.append(client)
    return client


def comply(desk: Desk, key: str = KEY) -> ComplyAdvantage:
    client = ComplyAdvantage(desk.url, key, profile="standard", now=lambda: NOW, first_wait=0.01)
    desk.clients.append(client)
    return client


@pytest.mark.capability("FX8", part="gate 1")
def test_an_applicant_is_made_once_with_its_documents(desk: Desk) -> None:
    client = sumsub(desk)
    taken = client.check(NELL)
    assert (taken.reference, taken.outcome) == ("app1", None)
    assert client.check(NELL).reference == "app1", "asked again it is the same applicant"
    made = desk.seen()["applicants"]["newt"]
    assert made["level"] == "basic kyc"
    assert made["fixedInfo"]["firstName"] == "Nell"
    assert made["review"]["reviewStatus"] == "pending"
    sent = {"idDocType": "PASSPORT", "country": "ARE", "type": "image/png"}
    digest = hashlib.sha256(PASSPORT.content).hexdigest()
    assert made["docs"] == [{**sent, "sha256": digest}]


def test_without_documents_the_check_waits_for_them(desk: Desk) -> None:
    bare = Applicant(subject="newt", name="Newt Ltd", is_person=False, country="GB")
    sumsub(desk).check(bare)
    assert desk.seen()["applicants"]["newt"]["review"]["reviewStatus"] == "init"
    sumsub(desk).check(NELL)
    assert len(desk.seen()["applicants"]["newt"]["docs"]) == 1


def test_a_wrong_secret_is_refused_for_good(desk: Desk) -> None:
    with pytest.raises(ProviderRefused) as refused:
        sumsub(desk, b"other").check(NELL)
    assert "401" in str(refused.value)
    assert "Nell" not in str(refused.value)
    with pytest.raises(ProviderRefused):
        comply(desk, "other").check(NELL)


@pytest.mark.parametrize("fault", [503, 429, 500, "cut"])
def test_what_fails_for_the_moment_is_tried_again(desk: Desk, fault: object) -> None:
    desk.script(faults=[fault, fault])
    assert sumsub(desk).check(NELL).reference == "app1"
    desk.script(faults=[fault, fault])
    assert comply(desk).check(NELL).outcome == "passed"


def test_what_goes_on_failing_is_left_for_later(desk: Desk) -> None:
    desk.script(faults=[429] * 50)
    with pytest.raises(ProviderUnreachable):
        sumsub(desk).check(NELL)
    with pytest.raises(ProviderUnreachable):
        comply(desk).check(NELL)


def test_a_provider_that_hangs_or_is_gone_is_left_for_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "TIMEOUT", httpx.Timeout(0.05))
    desk.script(slow=1)
    with pytest.raises(ProviderUnreachable):
        sumsub(desk).check(NELL)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    gone = Desk(address)
    with closing(gone), pytest.raises(ProviderUnreachable):
        comply(gone).check(NELL)


@dataclass
class Case:
    match: str
    types: list[str]
    outcome: str
    findings: tuple[str, ...]


@pytest.mark.capability("FX8", part="gate 2")
@pytest.mark.parametrize(
    "case",
    [
        Case("no_match", [], "passed", ()),
        Case("false_positive", ["sanction"], "passed", ("sanction",)),
        Case("potential_match", ["pep", "pep-class-1"], "passed", ("pep", "pep-class-1")),
        Case("potential_match", ["sanction", "pep"], "failed", ("pep", "sanction")),
        Case("true_positive", ["warning"], "failed", ("warning",)),
        Case("unknown", [], "failed", ()),
    ],
)
def test_what_a_search_means(desk: Desk, case: Case) -> None:
    desk.script(match=case.match, types=case.types)
    taken = comply(desk).check(NELL)
    assert taken.answer is not None
    assert (taken.outcome, taken.answer.findings) == (case.outcome, case.findings)
    assert (taken.answer.reference, taken.answer.answered_at) == ("1000", NOW)
    (search,) = desk.seen()["searches"]
    assert search["is_monitored"] is True
    assert search["filters"] == {"entity_type": "person", "birth_year": 1984}
    assert comply(desk).check(NELL).reference == "1000", "asked again it is the same search"


def test_people_are_a_provider_too() -> None:
    assert ByHand().check(NELL) is None
    assert "Nell" not in repr(NELL)
    assert "app-secret" not in repr(SumsubKeys(TOKEN, SECRET))

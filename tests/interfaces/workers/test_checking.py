"""Checks on their way to providers: what is asked on the log is asked outside (FX8)."""

import hashlib
import json

import pytest

from domain.check.commands import RecordOutcome, RecordReference
from domain.check.events import CheckAsked, Gate, Provider
from domain.kyc.events import KycDocument, KycSubmitted
from domain.subject.events import SubjectCreated
from interfaces.outbound.checks.byhand import ByHand
from interfaces.outbound.checks.complyadvantage import ComplyAdvantage
from interfaces.outbound.checks.sumsub import Sumsub, SumsubKeys
from interfaces.outbound.memory.vault import MemoryPersonalDocuments, MemoryVault
from interfaces.workers.checking import Checker
from interfaces.workers.follower import Follower
from interfaces.workers.gateway import Sender
from tests.interfaces.outbound.checks.conftest import Desk, desk
from tests.interfaces.workers.parts import ListLog, Places, ScriptedGate
from tests.providers.checkers import KEY, SECRET, TOKEN

__all__ = ["desk"]

NOW = "2026-05-22T10:42:00.000000Z"
SCAN = b"\x89PNG a passport"


class Yard:
    """A log, a vault with papers, and a checker of one gate."""

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self.log, self.gate = ListLog(), ScriptedGate()
        self.vault = MemoryVault(log="tallystick.example/test")
        self.papers = MemoryPersonalDocuments(self.vault)
        keys = SumsubKeys(TOKEN, SECRET)
        sumsub = Sumsub(desk.url, keys, level="basic", first_wait=0.01)
        comply = ComplyAdvantage(desk.url, KEY, profile=None, now=lambda: NOW, first_wait=0.01)
        desk.clients += [sumsub, comply]
        checker = Checker(
            gate,
            Sender(self.gate, gate),
            log=self.log,
            providers={"manual": ByHand(), "sumsub": sumsub, "complyadvantage": comply},
            vault=self.vault,
            documents=self.papers,
        )
        self.follower = Follower(gate, checker.effects(), log=self.log, places=Places())
        email = self.vault.seal(
            "newt", "subject:newt", SubjectCreated.TYPE, "/email", "n@x.example"
        )
        created = SubjectCreated(
            name="Newt", kind="person", country="GB", roles=("investor",), email=email
        )
        self.log.scribe.write("subject:newt", created)

    def apply(self) -> None:
        facts = self.papers.put("newt", SCAN, "image/png")
        details = {"full_name": "Nell Newt", "birth_date": "1984-02-29", "nationality": "GB"}
        place = ("kyc:newt", KycSubmitted.TYPE, "/details")
        fact = KycSubmitted(
            number=1,
            documents=(
                KycDocument(
                    kind="national_id",
                    digest=facts.digest,
                    media_type=facts.media_type,
                    size=facts.size,
                ),
            ),
            details=self.vault.seal("newt", *place, json.dumps(details)),
            fatca="clear",
        )
        self.log.scribe.write("kyc:newt", fact)

    def ask(self, gate: Gate, provider: Provider) -> None:
        fact = CheckAsked(provider=provider, policy=1, inputs="0a" * 32)
        self.log.scribe.write(f"check:newt/{gate}", fact)

    def told(self) -> list[object]:
        self.follower.step()
        return [request.command for request in self.gate.requests]


@pytest.mark.capability("FX8", part="gate 1")
def test_an_identity_goes_to_sumsub_with_its_papers(desk: Desk) -> None:
    yard = Yard(desk, "identity")
    yard.apply()
    yard.ask("identity", "sumsub")
    # Both facts lead there; what is told twice is the same.
    reference = RecordReference(
        subject="newt", gate="identity", provider="sumsub", reference="app1"
    )
    assert set(yard.told()) == {reference}
    made = desk.seen()["applicants"]["newt"]
    assert made["email"] == "n@x.example"
    assert made["fixedInfo"]["lastName"] == "Newt"
    assert made["docs"][0]["idDocType"] == "ID_CARD"
    assert made["docs"][0]["sha256"] == hashlib.sha256(SCAN).hexdigest()


def test_papers_that_come_later_are_brought(desk: Desk) -> None:
    yard = Yard(desk, "identity")
    yard.ask("identity", "sumsub")
    yard.follower.step()
    assert desk.seen()["applicants"]["newt"]["docs"] == []
    yard.apply()
    yard.follower.step()
    assert desk.seen()["applicants"]["newt"]["review"]["reviewStatus"] == "pending"


@pytest.mark.capability("FX8", part="gate 2")
def test_a_search_is_answered_at_once(desk: Desk) -> None:
    desk.script(match="potential_match", types=["sanction"])
    yard = Yard(desk, "screening")
    yard.ask("identity", "manual")
    yard.ask("screening", "complyadvantage")
    _, outcome = yard.told()
    assert isinstance(outcome, RecordOutcome)
    assert (outcome.outcome, outcome.answer.findings) == ("failed", ("sanction",))


def test_people_are_left_alone_and_refusals_handed_to_them(desk: Desk) -> None:
    yard = Yard(desk, "screening")
    yard.ask("screening", "manual")
    assert yard.told() == []
    desk.script(faults=[400])
    refused = Yard(desk, "screening")
    refused.ask("screening", "complyadvantage")
    (outcome,) = refused.told()
    assert isinstance(outcome, RecordOutcome)
    assert (outcome.outcome, outcome.answer.findings) == ("failed", ("provider_refused",))


def test_whoever_was_forgotten_is_shown_to_nobody(desk: Desk) -> None:
    yard = Yard(desk, "identity")
    yard.apply()
    yard.vault.erase("newt")
    yard.ask("identity", "sumsub")
    assert yard.told() == []
    assert desk.seen()["applicants"] == {}

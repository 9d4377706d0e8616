"""Deadlines of an invoice, from the buyer's link to the due day."""

from typing import Any

import pytest

from domain.invoice import events
from domain.kernel.event import Event
from domain.kernel.money import Money
from domain.subject import events as subjects
from projections.deadlines.project import VIEW
from tests.projections.support import Scribe, folded, submitted

GBP = Money(100, "GBP")


def life(*facts: Event, disbursed_at: str = "2026-05-22T15:00:00.000000Z") -> Scribe:
    scribe = Scribe()
    for fact in facts:
        if isinstance(fact, events.InvoiceDisbursed):
            scribe.now = disbursed_at
        scribe.write("invoice:N-1", fact)
    return scribe


def states(scribe: Scribe) -> dict[str, Any]:
    rows = folded(VIEW, scribe.log, 1).table("deadlines")
    return {row["key"]: (row["state"], row["due_at"]) for row in rows}


ASKED = events.BuyerAsked(link="l", expires_at="2026-05-29T17:00:00.000000Z")
DISBURSED = events.InvoiceDisbursed(payment="p", amount=GBP)
EXPIRY = "expiry/N-1"
SEVEN_DAYS, DUE_DAY = "reminder/N-1/seven_days", "reminder/N-1/due_day"


def test_reminders_wait_until_the_seller_is_paid() -> None:
    assert states(life(submitted("N-1"))) == {
        SEVEN_DAYS: ("WAITING", "2026-06-24T09:00:00.000000Z"),
        DUE_DAY: ("WAITING", "2026-07-01T08:00:00.000000Z"),
    }
    armed = states(life(submitted("N-1"), DISBURSED))
    assert {state for state, _ in armed.values()} == {"OPEN"}


def test_the_link_is_good_at_its_last_instant() -> None:
    state, due_at = states(life(submitted("N-1"), ASKED))[EXPIRY]
    assert (state, due_at) == ("OPEN", "2026-05-29T17:00:00.000001Z")


@pytest.mark.parametrize(
    "answer",
    [
        events.InvoiceConfirmed(link="l"),
        events.InvoiceDisputed(link="l", reason="no"),
        events.InvoiceExpired(),
    ],
    ids=lambda fact: fact.TYPE,
)
def test_an_answer_ends_the_buyers_time(answer: Event) -> None:
    assert states(life(submitted("N-1"), ASKED, answer))[EXPIRY][0] == "DONE"


def test_a_second_submission_asks_again() -> None:
    scribe = life(submitted("N-1"), ASKED, events.InvoiceExpired(), submitted("N-1"))
    assert states(scribe)[EXPIRY][0] == "DONE"
    scribe.write("invoice:N-1", ASKED)
    assert states(scribe)[EXPIRY][0] == "OPEN"


def test_a_reminder_is_done_once_it_is_sent() -> None:
    sent = states(life(submitted("N-1"), DISBURSED, events.BuyerReminded(kind="seven_days")))
    assert (sent[SEVEN_DAYS][0], sent[DUE_DAY][0]) == ("DONE", "OPEN")


def test_nobody_is_reminded_of_what_is_paid() -> None:
    paid = states(life(submitted("N-1"), DISBURSED, events.ObligorPaid(receipt="r", amount=GBP)))
    assert {state for state, _ in paid.values()} == {"DONE"}


def test_seven_days_are_not_announced_when_fewer_are_left() -> None:
    late = life(submitted("N-1"), DISBURSED, disbursed_at="2026-06-28T10:00:00.000000Z")
    assert (states(late)[SEVEN_DAYS][0], states(late)[DUE_DAY][0]) == ("DONE", "OPEN")


def kyc_of(*facts: Event) -> dict[str, Any]:
    scribe = Scribe()
    scribe.write("subject:anna", *facts)
    return states(scribe)


END, FAR = "2027-05-22T00:00:00.000000Z", "2028-05-22T00:00:00.000000Z"
PASSED = subjects.KycPassed(evidence="e", valid_until=END)
LAPSED = subjects.FactLapsed(fact="kyc", valid_until=END)


@pytest.mark.parametrize(
    ("facts", "row"),
    [
        ((subjects.KycPassed(evidence="e"),), None),
        ((PASSED,), ("OPEN", END)),
        ((PASSED, subjects.KycRenewed(evidence="e", valid_until=FAR)), ("OPEN", FAR)),
        ((PASSED, subjects.KycRenewed(evidence="e")), ("DONE", END)),
        ((PASSED, LAPSED), ("DONE", END)),
        ((PASSED, LAPSED, subjects.KycRenewed(evidence="e", valid_until=FAR)), ("OPEN", FAR)),
    ],
)
def test_a_fact_with_an_end_is_due_then(
    facts: tuple[Event, ...], row: tuple[str, str] | None
) -> None:
    assert kyc_of(*facts).get("lapse/anna/kyc") == row


def test_each_fact_of_a_subject_has_its_own_end() -> None:
    classified = subjects.SubjectClassified(investor_class="retail", evidence="e", valid_until=FAR)
    assert kyc_of(PASSED, classified, LAPSED) == {
        "lapse/anna/kyc": ("DONE", END),
        "lapse/anna/investor_class": ("OPEN", FAR),
    }

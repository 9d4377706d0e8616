"""What providers send by themselves: whose words they are, and what they mean."""

import hmac
import json
from typing import Any

import pytest

from application.ports.checks import NotGenuine, Notice
from interfaces.outbound.checks.complyadvantage import ComplyAdvantageWebhook
from interfaces.outbound.checks.sumsub import SumsubWebhook

SECRET = b"webhook-secret"
NOW = "2026-05-22T10:42:00.000000Z"
SUMSUB = SumsubWebhook(SECRET)
COMPLY = ComplyAdvantageWebhook(SECRET, lambda: NOW)
REVIEWED: dict[str, Any] = {
    "applicantId": "app1",
    "correlationId": "req-1",
    "externalUserId": "newt",
    "type": "applicantReviewed",
    "reviewStatus": "completed",
    "createdAtMs": "2026-05-22 10:41:59.123",
    "reviewResult": {"reviewAnswer": "GREEN"},
}
UPDATED = {"search_id": 1000, "updated": [], "new": ["E1"], "removed": [], "is_suspended": False}


def signed(body: bytes, *, algorithm: str = "sha256", secret: bytes = SECRET) -> dict[str, str]:
    digest = hmac.new(secret, body, algorithm).hexdigest()
    return {
        "x-payload-digest": digest,
        "x-payload-digest-alg": f"HMAC_{algorithm.upper()}_HEX",
        "x-complyadvantage-signature": digest,
    }


def sumsub(**changes: object) -> Notice | None:
    body = json.dumps({**REVIEWED, **changes}).encode()
    return SUMSUB.read(signed(body), body)


def comply(event: str, data: object) -> Notice | None:
    body = json.dumps({"event": event, "data": data}).encode()
    return COMPLY.read(signed(body), body)


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ({"reviewAnswer": "GREEN"}, "passed"),
        ({"reviewAnswer": "RED", "reviewRejectType": "FINAL"}, "failed"),
        ({"reviewAnswer": "RED", "reviewRejectType": "RETRY"}, "returned"),
        ({"reviewAnswer": "YELLOW"}, "returned"),
    ],
)
def test_what_a_review_means(result: dict[str, str], outcome: str) -> None:
    notice = sumsub(reviewResult={**result, "rejectLabels": ["FORGERY", "<b>"]})
    assert notice is not None
    assert (notice.gate, notice.subject, notice.outcome) == ("identity", "newt", outcome)
    assert notice.answer.findings == ("FORGERY",)
    assert notice.answer.answered_at == "2026-05-22T10:41:59.123000Z"


MOMENTS = {"number": 1779446519123, "digits": "1779446519123", "words": "2026-05-22 10:41:59.123"}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_sumsub_writes_instants_in_more_than_one_way(moment: object) -> None:
    notice = sumsub(createdAtMs=moment)
    assert notice is not None
    assert notice.answer.answered_at == "2026-05-22T10:41:59.123000Z"


def test_other_messages_concern_nobody() -> None:
    assert sumsub(type="applicantPending", reviewResult=None) is None
    assert comply("search_status_updated", {"changes": {}}) is None
    assert comply("monitored_search_updated", {**UPDATED, "new": []}) is None
    judged = {"search_id": 1000, "client_ref": "newt", "entity_match_status": "unknown"}
    assert comply("match_status_updated", judged) is None


def test_what_a_change_of_a_search_means() -> None:
    notice = comply("monitored_search_updated", UPDATED)
    assert notice is not None
    assert (notice.gate, notice.subject, notice.outcome) == ("screening", None, "failed")
    assert (notice.answer.reference, notice.answer.answered_at) == ("1000", NOW)
    judged = {"search_id": 1000, "client_ref": "newt", "entity_match_status": "false_positive"}
    notice = comply("match_status_updated", judged)
    assert notice is not None
    assert (notice.subject, notice.outcome) == ("newt", "passed")


BODY = json.dumps(REVIEWED).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-payload-digest": ""},
        {"x-payload-digest": "é" * 64},
        signed(BODY, secret=b"other"),
        signed(BODY + b" "),
        signed(BODY, algorithm="sha1"),
        {**signed(BODY), "x-payload-digest-alg": "none"},
        {**signed(BODY), "x-payload-digest-alg": "HMAC_SHA512_HEX"},
    ],
)
def test_another_signature_is_not_theirs(headers: dict[str, str]) -> None:
    with pytest.raises(NotGenuine):
        SUMSUB.read(headers, BODY)
    with pytest.raises(NotGenuine):
        COMPLY.read({"x-complyadvantage-signature": headers.get("x-payload-digest", "0")}, b"{}")


def test_both_strong_digests_are_taken() -> None:
    assert SUMSUB.read(signed(BODY, algorithm="sha512"), BODY) is not None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"type": 1}', b"\xff", b'{"event": "x"}'])
def test_signed_nonsense_is_not_theirs(body: bytes) -> None:
    with pytest.raises(NotGenuine):
        SUMSUB.read(signed(body), body)


@pytest.mark.parametrize("moment", [10**18, "tomorrow", "2026-05-22", -(10**18)])
def test_an_instant_beyond_all_calendars_is_not_theirs(moment: object) -> None:
    with pytest.raises(NotGenuine):
        sumsub(createdAtMs=moment)

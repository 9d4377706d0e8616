"""Sumsub, who looks at identities (gate 1): applicants, documents, the webhook of its answer.

Source: Sumsub's API reference (app tokens; applicants; ID documents; user verification webhooks).
Requests are signed with HMAC-SHA256 over timestamp, method, path with query, and body.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import httpx
import msgspec
from typing_extensions import override

from application.ports.checks import (
    Applicant,
    NotGenuine,
    Notice,
    Paper,
    ProviderRefused,
    ProviderUnreachable,
    Taken,
)
from domain.check.commands import Outcome
from domain.check.events import Answer, Provider
from interfaces.outbound.checks.alpha3 import ALPHA3
from interfaces.outbound.checks.calling import Caller
from interfaces.outbound.checks.signing import demand_mac, instant_of_millis, name_of

URL: Final = "https://api.sumsub.com"
NAME: Final[Provider] = "sumsub"
KINDS: Final = {
    "passport": "PASSPORT",
    "emirates_id": "ID_CARD",
    "national_id": "ID_CARD",
    "drivers_license": "DRIVERS",
}
ALGORITHMS: Final = {"HMAC_SHA256_HEX": "sha256", "HMAC_SHA512_HEX": "sha512"}
"""What a digest may be made with; SHA-1, which Sumsub still offers, is not taken."""

LABEL: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
LABELS_MOST: Final = 30
OK: Final = frozenset({200, 201})


class _Review(msgspec.Struct, frozen=True):
    reviewStatus: str = "init"  # noqa: N815 - Sumsub's name


class _Known(msgspec.Struct, frozen=True):
    id: str
    review: _Review = _Review()


class _Result(msgspec.Struct, frozen=True):
    reviewAnswer: str = ""  # noqa: N815
    reviewRejectType: str = ""  # noqa: N815
    rejectLabels: tuple[str, ...] = ()  # noqa: N815


class _Message(msgspec.Struct, frozen=True):
    type: str
    applicantId: str = ""  # noqa: N815
    externalUserId: str = ""  # noqa: N815
    correlationId: str = ""  # noqa: N815
    createdAtMs: str | int = 0  # noqa: N815
    reviewResult: _Result | None = None  # noqa: N815


class SumsubKeys(msgspec.Struct, frozen=True):
    """The app token and its secret; never shown."""

    token: str
    secret: bytes

    @override
    def __repr__(self) -> str:
        """Show nothing."""
        return "SumsubKeys(…)"


class Sumsub:
    """Has identities looked at; the answer comes by webhook."""

    name: Provider = NAME

    def __init__(
        self,
        url: str,
        keys: SumsubKeys,
        *,
        level: str,
        now: Callable[[], float] = time.time,
        first_wait: float = 0.2,
    ) -> None:
        self._keys = keys
        self._level = level
        self._now = now
        self._caller = Caller(url, self._signed, first_wait=first_wait)

    def check(self, applicant: Applicant) -> Taken:
        """Hand somebody over: once, however often it is asked.

        Raises ProviderUnreachable, ProviderRefused.
        """
        known = self._find(applicant.subject) or self._create(applicant)
        if known.review.reviewStatus == "init" and applicant.papers:
            for paper in applicant.papers:
                self._add(known.id, paper, applicant.nationality or applicant.country)
            self._call("POST", f"/resources/applicants/{known.id}/status/pending", json={})
        return Taken(reference=known.id)

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()

    def _find(self, subject: str) -> _Known | None:
        path = f"/resources/applicants/-;externalUserId={quote(subject, safe='')}/one"
        response = self._call("GET", path, also=frozenset({404}))
        return None if response.status_code == 404 else _decoded(response)

    def _create(self, applicant: Applicant) -> _Known:
        first, _, last = applicant.name.rpartition(" ")
        info: dict[str, str] = {"firstName": first, "lastName": last}
        if applicant.birth_date is not None:
            info["dob"] = applicant.birth_date
        if applicant.nationality is not None:
            info["nationality"] = ALPHA3[applicant.nationality]
        body: dict[str, Any] = {
            "externalUserId": applicant.subject,
            "type": "individual" if applicant.is_person else "company",
            "fixedInfo": {name: value for name, value in info.items() if value},
        }
        if applicant.email is not None:
            body["email"] = applicant.email
        path = f"/resources/applicants?levelName={quote(self._level, safe='')}"
        response = self._call("POST", path, json=body, also=frozenset({409}))
        if response.status_code == 409:
            # Somebody else made it since we looked, or an answer was lost.
            found = self._find(applicant.subject)
            if found is None:
                raise ProviderUnreachable("an applicant is there and cannot be found")
            return found
        return _decoded(response)

    def _add(self, applicant: str, paper: Paper, country: str) -> None:
        metadata = {"idDocType": KINDS[paper.kind], "country": ALPHA3[country]}
        files = {
            "metadata": (None, msgspec.json.encode(metadata), "application/json"),
            "content": ("document", paper.content, paper.media_type),
        }
        self._call("POST", f"/resources/applicants/{applicant}/info/idDoc", files=files)

    def _call(
        self, method: str, path: str, *, also: frozenset[int] = frozenset(), **content: Any
    ) -> httpx.Response:
        def build(client: httpx.Client) -> httpx.Request:
            return client.build_request(method, path, **content)

        return self._caller.call(build, good=OK | also)

    def _signed(self, request: httpx.Request) -> dict[str, str]:
        stamp = str(int(self._now()))
        said = f"{stamp}{request.method}{request.url.raw_path.decode()}".encode() + request.read()
        signature = hmac.new(self._keys.secret, said, hashlib.sha256).hexdigest()
        return {
            "X-App-Token": self._keys.token,
            "X-App-Access-Ts": stamp,
            "X-App-Access-Sig": signature,
        }


def _decoded(response: httpx.Response) -> _Known:
    try:
        return msgspec.json.decode(response.content, type=_Known)
    except msgspec.DecodeError as error:
        raise ProviderRefused("an answer that cannot be read") from error


class SumsubWebhook:
    """Reads what Sumsub sends: reviews that are done."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """Read a message. Raises NotGenuine."""
        algorithm = ALGORITHMS.get(headers.get("x-payload-digest-alg", "HMAC_SHA256_HEX"))
        if algorithm is None:
            raise NotGenuine
        demand_mac(
            self._secret, body, given=headers.get("x-payload-digest", ""), algorithm=algorithm
        )
        try:
            message = msgspec.json.decode(body, type=_Message)
            millis = int(message.createdAtMs) if isinstance(message.createdAtMs, int) else 0
            moment = _moment(message.createdAtMs) if not millis else instant_of_millis(millis)
        except (msgspec.DecodeError, ValueError) as error:
            raise NotGenuine from error
        result = message.reviewResult
        if message.type != "applicantReviewed" or result is None:
            return None
        labels = [label for label in result.rejectLabels if LABEL.fullmatch(label)]
        answer = Answer(
            provider=NAME,
            reference=message.applicantId,
            answered_at=moment,
            findings=tuple(sorted(set(labels))[:LABELS_MOST]),
        )
        return Notice(
            event=message.correlationId + name_of(body),
            gate="identity",
            outcome=_outcome(result),
            answer=answer,
            subject=message.externalUserId or None,
        )


def _moment(text: str | int) -> str:
    """Read ``2026-05-22 10:42:00.123``, which Sumsub means in UTC, or milliseconds as text."""
    words = str(text)
    if words.isascii() and words.isdigit():
        return instant_of_millis(int(words))
    day, _, clock = words.partition(" ")
    match = re.fullmatch(r"(\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?", clock)
    if match is None or re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) is None:
        message = "no instant"
        raise ValueError(message)
    return f"{day}T{match[1]}.{(match[2] or '').ljust(6, '0')}Z"


def _outcome(result: _Result) -> Outcome:
    if result.reviewAnswer == "GREEN":
        return "passed"
    is_final = result.reviewAnswer == "RED" and result.reviewRejectType != "RETRY"
    return "failed" if is_final else "returned"

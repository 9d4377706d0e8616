"""ComplyAdvantage, who looks at lists (gate 2) and keeps looking (gate 4).

Source: ComplyAdvantage's API reference (searches, monitors, webhooks): a search is answered at
once, and once it is monitored its changes come by webhook.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import msgspec

from application.ports.checks import (
    Applicant,
    NotGenuine,
    Notice,
    ProviderRefused,
    Taken,
)
from domain.check.commands import Outcome
from domain.check.events import Answer, Provider
from interfaces.outbound.checks.calling import Caller
from interfaces.outbound.checks.signing import demand_mac, instant_of, name_of

URL: Final = "https://api.complyadvantage.com"
NAME: Final[Provider] = "complyadvantage"
SIGNATURE: Final = "x-complyadvantage-signature"
STAMP: Final = "x-complyadvantage-timestamp"
"""Names a message together with its bytes; without one the day does, since the same change of a
search on another day is another change."""

OK: Final = frozenset({200, 201})
FINDING: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
FINDINGS_MOST: Final = 30
CLEAR: Final = frozenset({"no_match", "false_positive"})
CHANGED: Final = frozenset({"monitored_search_updated", "match_status_updated"})


class _Doc(msgspec.Struct, frozen=True):
    types: tuple[str, ...] = ()


class _Hit(msgspec.Struct, frozen=True):
    doc: _Doc = _Doc()


class _Search(msgspec.Struct, frozen=True):
    id: int
    ref: str = ""
    match_status: str = "unknown"
    updated_at: str = ""
    hits: tuple[_Hit, ...] = ()


class _Content(msgspec.Struct, frozen=True):
    data: _Search


class _Response(msgspec.Struct, frozen=True):
    content: _Content


class _Changes(msgspec.Struct, frozen=True):
    search_id: int
    client_ref: str | None = None
    new: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    entity_match_status: str | None = None


class _Message(msgspec.Struct, frozen=True):
    event: str
    data: msgspec.Raw = msgspec.Raw(b"null")


class ComplyAdvantage:
    """Has names looked up on lists, and has them watched from then on."""

    name: Provider = NAME

    def __init__(
        self,
        url: str,
        key: str,
        *,
        profile: str | None,
        now: Callable[[], str],
        first_wait: float = 0.2,
    ) -> None:
        self._key = key
        self._profile = profile
        self._now = now
        self._caller = Caller(url, self._authorised, first_wait=first_wait)

    def check(self, applicant: Applicant) -> Taken:
        """Search for somebody, and have the search monitored.

        A search that an answer was lost of is found again by our reference. Raises
        ProviderUnreachable, ProviderRefused.
        """
        search = self._find(applicant.subject) or self._create(applicant)
        self._call("PATCH", f"/searches/{search.id}/monitors", json={"is_monitored": True})
        is_clear = search.match_status in CLEAR
        kinds = {kind for hit in search.hits for kind in hit.doc.types if FINDING.fullmatch(kind)}
        answer = Answer(
            provider=NAME,
            reference=str(search.id),
            answered_at=self._now(),
            findings=tuple(sorted(kinds)[:FINDINGS_MOST]),
        )
        outcome: Outcome = "passed" if is_clear or _only_peps(kinds) else "failed"
        return Taken(reference=str(search.id), outcome=outcome, answer=answer)

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()

    def _find(self, subject: str) -> _Search | None:
        response = self._call("GET", "/searches", params={"client_ref": subject, "per_page": "1"})
        try:
            listed = msgspec.json.decode(response.content)["content"]["data"]
            return msgspec.convert(listed[0], _Search) if listed else None
        except (msgspec.DecodeError, LookupError, TypeError) as error:
            raise ProviderRefused("an answer that cannot be read") from error

    def _create(self, applicant: Applicant) -> _Search:
        kind = "person" if applicant.is_person else "company"
        filters: dict[str, Any] = {"entity_type": kind}
        if applicant.birth_date is not None:
            filters["birth_year"] = int(applicant.birth_date[:4])
        body: dict[str, Any] = {
            "search_term": applicant.name,
            "client_ref": applicant.subject,
            "share_url": 0,
            "filters": filters,
        }
        if self._profile is not None:
            body["search_profile"] = self._profile
        response = self._call("POST", "/searches", json=body)
        try:
            return msgspec.json.decode(response.content, type=_Response).content.data
        except msgspec.DecodeError as error:
            raise ProviderRefused("an answer that cannot be read") from error

    def _call(self, method: str, path: str, **content: Any) -> httpx.Response:
        def build(client: httpx.Client) -> httpx.Request:
            return client.build_request(method, path, **content)

        return self._caller.call(build, good=OK)

    def _authorised(self, _: httpx.Request) -> dict[str, str]:
        return {"Authorization": f"Token {self._key}"}


def _only_peps(kinds: set[str]) -> bool:
    """Say whether all that was found is a public office: the policy weighs that, not the gate."""
    return bool(kinds) and all(kind == "pep" or kind.startswith("pep-") for kind in kinds)


class ComplyAdvantageWebhook:
    """Reads what ComplyAdvantage sends: searches that have changed, matches that were judged."""

    def __init__(self, secret: bytes, now: Callable[[], str]) -> None:
        self._secret = secret
        self._now = now

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """Read a message. Raises NotGenuine."""
        demand_mac(self._secret, body, given=headers.get(SIGNATURE, ""), algorithm="sha256")
        try:
            message = msgspec.json.decode(body, type=_Message)
            if message.event not in CHANGED:
                return None
            changes = msgspec.json.decode(message.data, type=_Changes)
        except msgspec.DecodeError as error:
            raise NotGenuine from error
        outcome = _meaning(message.event, changes)
        if outcome is None:
            return None
        answer = Answer(
            provider=NAME,
            reference=str(changes.search_id),
            answered_at=_moment(headers, self._now),
            findings=(message.event,),
        )
        return Notice(
            event=f"{name_of(body)}/{headers.get(STAMP) or self._now()[:10]}",
            gate="screening",
            outcome=outcome,
            answer=answer,
            subject=changes.client_ref or None,
        )


def _meaning(event: str, changes: _Changes) -> Outcome | None:
    if event == "monitored_search_updated":
        return "failed" if changes.new or changes.updated else None
    if changes.entity_match_status in CLEAR:
        return "passed"
    return "failed" if changes.entity_match_status == "true_positive" else None


def _moment(headers: Mapping[str, str], now: Callable[[], str]) -> str:
    """Take the instant that the provider names, as seconds since 1970; ours when it names none."""
    stamp = headers.get(STAMP, "")
    if stamp.isascii() and stamp.isdigit() and len(stamp) <= 11:
        return instant_of(datetime.fromtimestamp(int(stamp), UTC))
    return now()

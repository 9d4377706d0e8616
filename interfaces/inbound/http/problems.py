"""Every no of the HTTP doors as one table of RFC 9457 problems.

A refusal of the house brings its own code and sentence; only its kind is turned into a status
here. What the doors refuse themselves (no key, bad JSON, too large) stands in ``DOOR``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from domain.kernel.refusal import Refusal

MEDIA_TYPE: Final = "application/problem+json"
NAMESPACE: Final = "urn:tallystick:problem:"


class Kind(msgspec.Struct, frozen=True):
    """A family of problems: HTTP status and title; ``retry_after`` in seconds."""

    status: int
    title: str
    retry_after: int | None = None


_INVALID: Final = Kind(422, "The request cannot be true")

KINDS: Final[dict[str, Kind]] = {
    "conflict": Kind(409, "The present state does not allow this"),
    "busy": Kind(409, "The same request is still being decided", retry_after=1),
    "invalid": _INVALID,
    "missing": Kind(404, "There is no such thing"),
    "forbidden": Kind(403, "This is not yours to do"),
    "late": Kind(503, "Nothing new is taken on until the log is anchored", retry_after=60),
    "gone": Kind(410, "This is over"),
}
"""Refusal.KIND to family."""

DOOR: Final[dict[str, tuple[Kind, str]]] = {
    "unauthenticated": (
        Kind(401, "A key is needed"),
        "The request has no valid bearer key.",
    ),
    "sign_in_refused": (
        Kind(401, "This does not open"),
        "Name, password or code are not right.",
    ),
    "second_factor_needed": (
        Kind(401, "A code is needed"),
        "The password is right; send it again with a code of your device or a recovery code.",
    ),
    "csrf_token_needed": (
        Kind(403, "Not from this page"),
        "A cookie alone changes nothing: send the session's CSRF token in X-CSRF-Token.",
    ),
    "session_unknown": (
        Kind(404, "There is no such session"),
        "No open session of yours has this name.",
    ),
    "session_needed": (
        Kind(403, "Only for who has signed in"),
        "This concerns a session or its user, and the request was made with a key.",
    ),
    "device_enrolled": (
        Kind(409, "There is a device already"),
        "Give the present device up first; that needs its code.",
    ),
    "password_refused": (_INVALID, "The password is too weak, or was in use before."),
    "link_refused": (
        Kind(410, "This link opens nothing"),
        "The link was used, has expired, or was never made by us; ask for another one.",
    ),
    "login_taken": (Kind(409, "The login is taken"), "Somebody signs in under this address."),
    "too_many_attempts": (
        Kind(429, "Too many attempts"),
        "So many attempts failed that the next one is not looked at yet.",
    ),
    "too_many_requests": (
        Kind(429, "Too many requests"),
        "The key or the address has used up what it may ask for now.",
    ),
    "provider_unknown": (
        Kind(404, "There is no such provider"),
        "No identity provider of this name is set up.",
    ),
    "provider_refused": (
        Kind(401, "The provider's word does not count"),
        "What the identity provider said cannot be believed, or belongs to nobody here.",
    ),
    "provider_away": (
        Kind(503, "The provider is away", retry_after=30),
        "The identity provider does not answer.",
    ),
    "malformed_json": (Kind(400, "Not JSON"), "The body is not a JSON document in UTF-8."),
    "unknown_field": (
        _INVALID,
        "The body or the query has a field that this operation does not know.",
    ),
    "wrong_type": (
        _INVALID,
        'A field has another type; nothing is converted, so 10.0 and "10" are not 10.',
    ),
    "invalid_field": (
        _INVALID,
        "A field has a value that the rules do not allow.",
    ),
    "missing_field": (_INVALID, "A required field is missing."),
    "invalid_header": (Kind(400, "A header is wrong"), "A header has a value that it cannot have."),
    "idempotency_key_missing": (
        Kind(400, "A header is missing"),
        "Every command needs an Idempotency-Key.",
    ),
    "idempotency_key_invalid": (
        Kind(400, "A header is wrong"),
        "An Idempotency-Key is 1 to 255 printable ASCII characters.",
    ),
    "not_a_pdf": (_INVALID, "The document is not a PDF."),
    "document_encrypted": (_INVALID, "The PDF is encrypted."),
    "document_too_many_pages": (_INVALID, "The PDF has more pages than an invoice."),
    "document_too_long": (_INVALID, "The PDF holds more text than an invoice."),
    "document_unreadable": (_INVALID, "The text of the PDF cannot be read."),
    "document_too_slow": (_INVALID, "Reading the PDF takes too long."),
    "document_too_large": (Kind(413, "The body is too large"), "The PDF is over the limit."),
    "document_kind_unknown": (_INVALID, "The document is neither PDF, PNG nor JPEG."),
    "document_name_refused": (_INVALID, "The name of the file is no plain file name."),
    "erased": (Kind(410, "This is over"), "The person was forgotten, and this with them."),
    "body_too_large": (Kind(413, "The body is too large"), "The body is over the limit."),
    "unsupported_media_type": (
        Kind(415, "Another media type is needed"),
        "The body has another media type than the operation takes.",
    ),
    "bad_request": (Kind(400, "The request is wrong"), "The request cannot be understood."),
    "method_not_allowed": (Kind(405, "Not by this method"), "The address has other methods."),
    "as_of_in_future": (
        _INVALID,
        "as_of names a position behind the head of the log, or an instant that is yet to come.",
    ),
    "view_behind": (
        Kind(503, "The views are behind", retry_after=1),
        "The views have not reached the position that Tallystick-Wait or as_of names.",
    ),
    "log_regressed": (
        Kind(503, "The log is read-only", retry_after=30),
        "The log is not the one that this node has signed; nothing is written until it is back.",
    ),
    "not_anchored": (
        Kind(409, "The event is not anchored yet", retry_after=60),
        "A Chainpoint ends in an anchor; ask for the evidence, or again when the log is anchored.",
    ),
    "beyond_log": (
        Kind(404, "The log is not that long"),
        "The tile or the size that was asked for lies behind the last event.",
    ),
    "checkpoint_not_issued": (
        Kind(404, "There is no such checkpoint"),
        "No checkpoint of this size was ever issued; the nearest sizes are named.",
    ),
    "checkpoint_not_witnessed": (
        Kind(503, "Witnesses are away", retry_after=5),
        "Fewer witnesses than are demanded have cosigned any checkpoint that reaches so far.",
    ),
    "chain_away": (
        Kind(503, "The chain is away", retry_after=5),
        "The chain does not answer, and without it the wallet cannot be looked at.",
    ),
    "store_unavailable": (
        Kind(503, "The store cannot be reached", retry_after=2),
        "Nothing is half-done; the same request may be sent again.",
    ),
    "internal_error": (
        Kind(500, "Something is broken on our side"),
        "The correlation id names the failure in our logs.",
    ),
}
"""Problems of the doors by code, each with what it means."""

NUMBERS = Mapping[str, object]


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a problem (RFC 9457) with our members ``code``, ``field`` and ``numbers``."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    numbers: dict[str, object] = {}


class ProblemKind(msgspec.Struct, frozen=True, kw_only=True):
    """A problem as the list of all problems shows it."""

    type: str
    code: str
    status: int
    title: str
    meaning: str


class Problem(Exception):
    """A door's own no; ``code`` is one of ``DOOR``."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        field: str | None = None,
        numbers: NUMBERS | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.kind, meaning = DOOR[code]
        if retry_after is not None:
            self.kind = msgspec.structs.replace(self.kind, retry_after=retry_after)
        self.document = ProblemDocument(
            type=NAMESPACE + code,
            title=self.kind.title,
            status=self.kind.status,
            detail=detail or meaning,
            code=code,
            field=field,
            numbers=dict(numbers or {}),
        )
        super().__init__(self.document.detail)


def kind_of(refusal: Refusal | type[Refusal]) -> Kind:
    """Tell the family of a refusal; raises KeyError for a kind that no door knows."""
    return KINDS[refusal.KIND]


def document_of(refusal: Refusal) -> ProblemDocument:
    """Write a refusal as a problem document."""
    kind = kind_of(refusal)
    numbers = msgspec.structs.asdict(refusal)
    field = numbers.pop("field", None) or refusal.FIELD
    return ProblemDocument(
        type=NAMESPACE + refusal.CODE,
        title=kind.title,
        status=kind.status,
        detail=refusal.sentence(),
        code=refusal.CODE,
        field=None if field is None else pointer(field),
        numbers=numbers,
    )


_BODY_FIELD: Final = re.compile(r"[a-z_]+(\.[a-z_]+)*")


def pointer(field: str) -> str:
    """Write a field of a body as an RFC 6901 pointer; the name of a header stays as it is."""
    if field == "body":
        return ""
    return "/" + field.replace(".", "/") if _BODY_FIELD.fullmatch(field) else field


def catalogue() -> list[ProblemKind]:
    """List every problem that the doors can answer, by code."""
    found = {code: (kind, meaning) for code, (kind, meaning) in DOOR.items()}
    for refusal in _refusals(Refusal):
        meaning = (refusal.__doc__ or "").partition("\n")[0]
        found[refusal.CODE] = (kind_of(refusal), meaning)
    return [
        ProblemKind(
            type=NAMESPACE + code,
            code=code,
            status=kind.status,
            title=kind.title,
            meaning=meaning,
        )
        for code, (kind, meaning) in sorted(found.items())
    ]


def _refusals(base: type[Refusal]) -> Iterator[type[Refusal]]:
    for refusal in base.__subclasses__():
        if hasattr(refusal, "CODE"):
            yield refusal
        yield from _refusals(refusal)

"""Why a request, or an answer to it, is not taken."""

from domain.kernel.refusal import Refusal


class NothingToApprove(Refusal, frozen=True, kw_only=True):
    """The role may not ask for this by a request: alone it may, or not at all."""

    CODE = "not_requestable"
    KIND = "forbidden"
    SENTENCE = "A {role} makes no request for {action}."

    role: str
    action: str


class SamePerson(Refusal, frozen=True, kw_only=True):
    """Maker and checker differ, always."""

    CODE = "same_person"
    KIND = "forbidden"
    SENTENCE = "{actor} made the request {request}; another person must approve it."

    actor: str
    request: str


class RequestLate(Refusal, frozen=True, kw_only=True):
    """The deadline of the request is past."""

    CODE = "request_expired"
    SENTENCE = "The request {request} had to be answered before {deadline}."

    request: str
    deadline: str


class AuthorisationMissing(Refusal, frozen=True, kw_only=True):
    """Two persons approve with their signatures, not with their keys to the door."""

    CODE = "authorisation_missing"
    KIND = "invalid"
    FIELD = "authorisation"
    SENTENCE = "Sign the request: {action} needs an authorisation."

    action: str


class AuthorisationInvalid(Refusal, frozen=True, kw_only=True):
    """The authorisation does not hold for this actor, this request and this moment."""

    CODE = "authorisation_invalid"
    KIND = "forbidden"
    FIELD = "authorisation"
    SENTENCE = "The authorisation does not hold: {reason}."

    reason: str

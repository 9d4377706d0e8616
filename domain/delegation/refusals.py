"""Why a right is not handed on, or not there."""

from domain.kernel.refusal import Refusal


class NotDelegable(Refusal, frozen=True, kw_only=True):
    """An admin has no such right, or it is one that is never handed on."""

    CODE = "not_delegable"
    KIND = "invalid"
    FIELD = "commands"
    SENTENCE = "{action} cannot be granted to a sub-admin."

    action: str


class NotGranted(Refusal, frozen=True, kw_only=True):
    """No grant in force names this; a grant ends with its time, its revocation or its grantor."""

    CODE = "not_granted"
    KIND = "forbidden"
    SENTENCE = "No grant in force lets this sub-admin {action}."

    action: str

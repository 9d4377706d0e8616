"""Why a key cannot be issued or rotated."""

from domain.kernel.refusal import Refusal


class KeyNotInForce(Refusal, frozen=True, kw_only=True):
    """The key is revoked, expired or has a successor already."""

    CODE = "key_not_in_force"
    SENTENCE = "The key {key} is {state}; issue a new one instead."

    key: str
    state: str


class KeyTooNarrow(Refusal, frozen=True, kw_only=True):
    """The role may do it, but this key was issued for less."""

    CODE = "key_too_narrow"
    KIND = "forbidden"
    SENTENCE = "The key {key} was not issued for {action}; use one whose scopes name it."

    key: str
    action: str

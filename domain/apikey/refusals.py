"""Why a key cannot be issued or rotated."""

from domain.kernel.refusal import Refusal


class KeyNotInForce(Refusal, frozen=True, kw_only=True):
    """The key is revoked, expired or has a successor already."""

    CODE = "key_not_in_force"
    SENTENCE = "The key {key} is {state}; issue a new one instead."

    key: str
    state: str

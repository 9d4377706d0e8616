"""Personal data as the log carries it: ciphertext under the key of the person described."""

from typing import Final

import msgspec

ERASED: Final = "erased"
"""The word in the place of what was forgotten."""


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """AES-256-GCM box of FORMATS 7; base64 fields, opened only at the doors."""

    sealed: str
    nonce: str
    box: str

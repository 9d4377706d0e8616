"""Personal data as the log carries it: ciphertext under the key of the person described."""

import msgspec


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """AES-256-GCM box of FORMATS 7; base64 fields, opened only at the doors."""

    sealed: str
    nonce: str
    box: str

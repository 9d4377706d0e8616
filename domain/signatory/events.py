"""What happened to a subject's signing keys; the stream is the subject's."""

from domain.kernel.event import Event
from domain.kernel.roles import COMPLIANCE_TEAM


class SigningKeyRegistered(Event, frozen=True, kw_only=True):
    """The subject has shown by a signature that it holds this key."""

    TYPE = "signatory.key_registered"
    VISIBLE = COMPLIANCE_TEAM | {"admin", "operations", "auditor", "process"}
    key: str
    alg: str


class SigningKeyRevoked(Event, frozen=True, kw_only=True):
    """Nothing that this key signs from now on counts."""

    TYPE = "signatory.key_revoked"
    VISIBLE = COMPLIANCE_TEAM | {"admin", "operations", "auditor", "process"}
    key: str
    reason: str


EVENTS = (SigningKeyRegistered, SigningKeyRevoked)
"""Everything that may stand in a signatory's stream."""

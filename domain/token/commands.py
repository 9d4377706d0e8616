"""What somebody may wish about a token."""

from domain.kernel.command import Command


class PlanToken(Command, frozen=True, kw_only=True):
    """Tokenise a confirmed invoice."""

    TYPE = "token.plan"
    invoice: str


class RecordDeployed(Command, frozen=True, kw_only=True):
    """The suite's deployment is confirmed."""

    TYPE = "token.record_deployed"
    token: str
    address: str
    identity_registry: str
    compliance: str
    transaction: str


class RecordHolder(Command, frozen=True, kw_only=True):
    """A registration is confirmed."""

    TYPE = "token.record_holder"
    token: str
    subject: str
    transaction: str


class RecordUnpaused(Command, frozen=True, kw_only=True):
    """The unpausing is confirmed."""

    TYPE = "token.record_unpaused"
    token: str
    transaction: str


class RecordMinted(Command, frozen=True, kw_only=True):
    """The mint is confirmed."""

    TYPE = "token.record_minted"
    token: str
    transaction: str


class SliceToken(Command, frozen=True, kw_only=True):
    """Split the actor's units into lots."""

    TYPE = "token.slice"
    token: str
    slices: int


class RecordBurned(Command, frozen=True, kw_only=True):
    """A burn is confirmed."""

    TYPE = "token.record_burned"
    token: str
    holder: str
    transaction: str

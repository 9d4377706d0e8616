"""What happened to a token; units are whole, of ``10**-decimals`` each."""

from domain.kernel.event import VISIBLE_TO_ALL, Event


class TokenPlanned(Event, frozen=True, kw_only=True):
    """A token is to stand for the invoice."""

    TYPE = "token.planned"
    VISIBLE = VISIBLE_TO_ALL
    invoice: str
    name: str
    symbol: str
    decimals: int
    units: int
    currency: str


class TokenDeployed(Event, frozen=True, kw_only=True):
    """The suite of contracts exists at these addresses."""

    TYPE = "token.deployed"
    VISIBLE = VISIBLE_TO_ALL
    address: str
    identity_registry: str
    compliance: str
    transaction: str


class HolderRequested(Event, frozen=True, kw_only=True):
    """A subject is to be entered in the token's identity registry."""

    TYPE = "token.holder_requested"
    subject: str
    wallet: str
    identity: str
    write: str


class HolderRegistered(Event, frozen=True, kw_only=True):
    """The chain knows the subject's wallet as a holder."""

    TYPE = "token.holder_registered"
    subject: str
    wallet: str
    transaction: str


class TokenUnpaused(Event, frozen=True, kw_only=True):
    """The token can move."""

    TYPE = "token.unpaused"
    VISIBLE = VISIBLE_TO_ALL
    transaction: str


class TokenMinted(Event, frozen=True, kw_only=True):
    """The whole supply was created in one wallet."""

    TYPE = "token.minted"
    VISIBLE = VISIBLE_TO_ALL
    holder: str
    units: int
    transaction: str


class TransferRequested(Event, frozen=True, kw_only=True):
    """Units are to move on chain for the thing that ``reference`` names."""

    TYPE = "token.transfer_requested"
    reference: str
    sender: str
    receiver: str
    units: int
    write: str


class TokenTransferred(Event, frozen=True, kw_only=True):
    """The chain has moved the units."""

    TYPE = "token.transferred"
    reference: str
    sender: str
    receiver: str
    units: int
    transaction: str


class TransferFailed(Event, frozen=True, kw_only=True):
    """The chain refused to move the units."""

    TYPE = "token.transfer_failed"
    reference: str
    reason: str


class TokenSliced(Event, frozen=True, kw_only=True):
    """A holder split its units into numbered lots of equal size."""

    TYPE = "token.sliced"
    holder: str
    slices: int
    lot_units: int


class SliceListed(Event, frozen=True, kw_only=True):
    """A lot is offered under a listing."""

    TYPE = "token.slice_listed"
    slice: int
    listing: str


class SliceUnlisted(Event, frozen=True, kw_only=True):
    """A lot is no longer offered; ``holder`` has it now."""

    TYPE = "token.slice_unlisted"
    slice: int
    holder: str


class BurnRequested(Event, frozen=True, kw_only=True):
    """A holder's units are to be destroyed."""

    TYPE = "token.burn_requested"
    holder: str
    units: int
    write: str


class TokenBurned(Event, frozen=True, kw_only=True):
    """The chain has destroyed the units; ``supply`` is what is left."""

    TYPE = "token.burned"
    VISIBLE = VISIBLE_TO_ALL
    invoice: str
    holder: str
    units: int
    supply: int
    transaction: str


EVENTS = (
    TokenPlanned,
    TokenDeployed,
    HolderRequested,
    HolderRegistered,
    TokenUnpaused,
    TokenMinted,
    TransferRequested,
    TokenTransferred,
    TransferFailed,
    TokenSliced,
    SliceListed,
    SliceUnlisted,
    BurnRequested,
    TokenBurned,
)

"""What happened to a token; units are whole, of ``10**-decimals`` each."""

from typing import Final, Literal

import msgspec

from domain.compliance.rulebook import Rulebook
from domain.kernel.event import VISIBLE_TO_ALL, Event

Kind = Literal[
    "pause",
    "resume",
    "freeze",
    "unfreeze",
    "freeze_units",
    "unfreeze_units",
    "mint_units",
    "burn_units",
    "register",
    "recover",
    "rules",
]
"""What an admin has done on chain; also the purpose of the writes that carry it out."""

KINDS: Final[frozenset[str]] = frozenset(Kind.__args__)  # type: ignore[attr-defined]


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


class Line(msgspec.Struct, frozen=True):
    """One holder of an operation: its wallet, and the units where there are any."""

    subject: str
    wallet: str
    units: int = 0


class RulebookAdopted(Event, frozen=True, kw_only=True):
    """The suite is set up with these rules; its modules enforce them from here on."""

    TYPE = "token.rulebook_adopted"
    VISIBLE = VISIBLE_TO_ALL
    rulebook: Rulebook


class RulebookRequested(Event, frozen=True, kw_only=True):
    """A deployed token is to get other rules, by the operation of this number."""

    TYPE = "token.rulebook_requested"
    operation: int
    rulebook: Rulebook


class RuleSet(Event, frozen=True, kw_only=True):
    """A module enforces its new rule; when all do, the rulebook is adopted."""

    TYPE = "token.rule_set"
    operation: int
    write: str
    transaction: str


class OperationRequested(Event, frozen=True, kw_only=True):
    """An admin wants something done on chain; one of ``writes`` carries each chunk of lines.

    Operations of a token are numbered from 1. ``chunk`` lines go into one write.
    """

    TYPE = "token.operation_requested"
    operation: int
    kind: Kind
    reason: str
    chunk: int
    writes: tuple[str, ...]
    lines: tuple[Line, ...] = ()


class OperationFailed(Event, frozen=True, kw_only=True):
    """The chain refused a write of an operation: nothing of its lines happened."""

    TYPE = "token.operation_failed"
    operation: int
    write: str
    code: str
    reason: str


class TokenPaused(Event, frozen=True, kw_only=True):
    """Nothing moves, except by mint, burn and recovery."""

    TYPE = "token.paused"
    VISIBLE = VISIBLE_TO_ALL
    operation: int
    transaction: str


class TokenResumed(Event, frozen=True, kw_only=True):
    """The token can move again."""

    TYPE = "token.resumed"
    VISIBLE = VISIBLE_TO_ALL
    operation: int
    transaction: str


class WalletsFrozen(Event, frozen=True, kw_only=True):
    """These wallets neither send nor receive."""

    TYPE = "token.wallets_frozen"
    operation: int
    write: str
    lines: tuple[Line, ...]
    transaction: str


class WalletsUnfrozen(Event, frozen=True, kw_only=True):
    """These wallets send and receive again."""

    TYPE = "token.wallets_unfrozen"
    operation: int
    write: str
    lines: tuple[Line, ...]
    transaction: str


class UnitsFrozen(Event, frozen=True, kw_only=True):
    """So many units more of these holders stay where they are."""

    TYPE = "token.units_frozen"
    operation: int
    write: str
    lines: tuple[Line, ...]
    transaction: str


class UnitsUnfrozen(Event, frozen=True, kw_only=True):
    """So many frozen units of these holders move again."""

    TYPE = "token.units_unfrozen"
    operation: int
    write: str
    lines: tuple[Line, ...]
    transaction: str


class UnitsMinted(Event, frozen=True, kw_only=True):
    """Units were created for these holders; ``supply`` is what there is now."""

    TYPE = "token.units_minted"
    operation: int
    write: str
    lines: tuple[Line, ...]
    supply: int
    transaction: str


class UnitsBurned(Event, frozen=True, kw_only=True):
    """Units of these holders were destroyed; ``supply`` is what is left."""

    TYPE = "token.units_burned"
    operation: int
    write: str
    lines: tuple[Line, ...]
    supply: int
    transaction: str


class HoldersEntered(Event, frozen=True, kw_only=True):
    """The chain knows these wallets as holders."""

    TYPE = "token.holders_entered"
    operation: int
    write: str
    lines: tuple[Line, ...]
    transaction: str


class HolderRecovered(Event, frozen=True, kw_only=True):
    """What lay in a lost wallet lies in the subject's new one, freezes included."""

    TYPE = "token.holder_recovered"
    operation: int
    subject: str
    lost: str
    wallet: str
    units: int
    transaction: str


Outcome = (
    TokenPaused
    | TokenResumed
    | WalletsFrozen
    | WalletsUnfrozen
    | UnitsFrozen
    | UnitsUnfrozen
    | UnitsMinted
    | UnitsBurned
    | HoldersEntered
    | HolderRecovered
)
"""How an operation, or a chunk of it, came out well."""

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
    RulebookAdopted,
    RulebookRequested,
    RuleSet,
    OperationRequested,
    OperationFailed,
    TokenPaused,
    TokenResumed,
    WalletsFrozen,
    WalletsUnfrozen,
    UnitsFrozen,
    UnitsUnfrozen,
    UnitsMinted,
    UnitsBurned,
    HoldersEntered,
    HolderRecovered,
)

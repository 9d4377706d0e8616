"""What somebody may wish about a token."""

from typing import ClassVar

import msgspec

from domain.kernel.command import Command
from domain.token.events import Kind

CHUNK = 50
"""Holders of one transaction when nobody says otherwise."""


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


class Operation(Command, frozen=True, kw_only=True):
    """Base of what an admin has done on chain; ``reason`` stays on the log."""

    KIND: ClassVar[Kind]
    token: str
    reason: str


class OverWallets(Operation, frozen=True, kw_only=True):
    """Base of operations over holders; ``chunk`` of them go into one transaction."""

    subjects: tuple[str, ...]
    chunk: int = CHUNK


class Amount(msgspec.Struct, frozen=True):
    """Units of one holder."""

    subject: str
    units: int


class OverUnits(Operation, frozen=True, kw_only=True):
    """Base of operations over units of holders; ``chunk`` of them go into one transaction."""

    lines: tuple[Amount, ...]
    chunk: int = CHUNK


class PauseToken(Operation, frozen=True, kw_only=True):
    """Stop all moves of a token."""

    TYPE = "token.pause"
    KIND = "pause"


class ResumeToken(Operation, frozen=True, kw_only=True):
    """Let a token move again."""

    TYPE = "token.resume"
    KIND = "resume"


class FreezeWallets(OverWallets, frozen=True, kw_only=True):
    """Let these holders neither send nor receive."""

    TYPE = "token.freeze_wallets"
    KIND = "freeze"


class UnfreezeWallets(OverWallets, frozen=True, kw_only=True):
    """Let these holders send and receive again."""

    TYPE = "token.unfreeze_wallets"
    KIND = "unfreeze"


class FreezeUnits(OverUnits, frozen=True, kw_only=True):
    """Keep a part of what these holders have where it is."""

    TYPE = "token.freeze_units"
    KIND = "freeze_units"


class UnfreezeUnits(OverUnits, frozen=True, kw_only=True):
    """Let frozen units move again."""

    TYPE = "token.unfreeze_units"
    KIND = "unfreeze_units"


class MintUnits(OverUnits, frozen=True, kw_only=True):
    """Create units for registered holders, up to what the token stands for."""

    TYPE = "token.mint_units"
    KIND = "mint_units"


class BurnUnits(OverUnits, frozen=True, kw_only=True):
    """Destroy units that nobody has offered."""

    TYPE = "token.burn_units"
    KIND = "burn_units"


class RegisterHolders(OverWallets, frozen=True, kw_only=True):
    """Enter subjects as holders; those that are there are skipped."""

    TYPE = "token.register_holders"
    KIND = "register"


class RecoverHolder(Operation, frozen=True, kw_only=True):
    """Move what lies in a subject's lost wallet into its new one."""

    TYPE = "token.recover_holder"
    KIND = "recover"
    subject: str


class AdoptRules(Operation, frozen=True, kw_only=True):
    """Let a token's modules enforce the rules that are published now."""

    TYPE = "token.adopt_rules"
    KIND = "rules"


OPERATIONS: tuple[type[Operation], ...] = (
    PauseToken,
    ResumeToken,
    FreezeWallets,
    UnfreezeWallets,
    FreezeUnits,
    UnfreezeUnits,
    MintUnits,
    BurnUnits,
    RegisterHolders,
    RecoverHolder,
    AdoptRules,
)


class RecordOperation(Command, frozen=True, kw_only=True):
    """A write of an operation is confirmed."""

    TYPE = "token.record_operation"
    token: str
    write: str
    transaction: str


class FailOperation(Command, frozen=True, kw_only=True):
    """The chain has refused a write of an operation."""

    TYPE = "token.fail_operation"
    token: str
    write: str
    reason: str

"""Why a token says no."""

from domain.kernel.refusal import Refusal


class SlicesUneven(Refusal, frozen=True, kw_only=True):
    """The units cannot be split into that many equal lots."""

    CODE = "slices_uneven"
    KIND = "invalid"
    FIELD = "slices"
    SENTENCE = "{units} units cannot be split into {slices} equal lots."

    units: int
    slices: int


class AlreadySliced(Refusal, frozen=True, kw_only=True):
    """The token was split before."""

    CODE = "already_sliced"
    SENTENCE = "{token} is split into {slices} lots already."

    token: str
    slices: int


class UnknownSlice(Refusal, frozen=True, kw_only=True):
    """There is no such lot."""

    CODE = "unknown_slice"
    KIND = "missing"
    SENTENCE = "{token} has no slice {slice}."

    token: str
    slice: int


class SliceTaken(Refusal, frozen=True, kw_only=True):
    """The lot is offered already."""

    CODE = "slice_already_listed"
    SENTENCE = "Slice {slice} of {token} is offered already as {listing}."

    token: str
    slice: int
    listing: str


class TransfersPending(Refusal, frozen=True, kw_only=True):
    """Units are still on their way; proceeds are shared when they have arrived."""

    CODE = "transfers_pending"
    SENTENCE = "{token} has {count} moves on their way; try again when they are done."

    token: str
    count: int


class HolderRefused(Refusal, frozen=True, kw_only=True):
    """The chain refused to enter the subject as a holder."""

    CODE = "holder_refused_by_chain"
    SENTENCE = "The chain refused to register {subject} as a holder of {token}; ask an admin."

    token: str
    subject: str


class TokenIsPaused(Refusal, frozen=True, kw_only=True):
    """The token is paused: nothing moves."""

    CODE = "token_paused"
    SENTENCE = "{token} is paused."

    token: str


class TokenNotPaused(Refusal, frozen=True, kw_only=True):
    """The token is not paused."""

    CODE = "token_not_paused"
    SENTENCE = "{token} is not paused."

    token: str


class WalletIsFrozen(Refusal, frozen=True, kw_only=True):
    """The holder's wallet is frozen for this token."""

    CODE = "wallet_frozen"
    SENTENCE = "The wallet of {holder} is frozen for {token}."

    token: str
    holder: str


class WalletNotFrozen(Refusal, frozen=True, kw_only=True):
    """The holder's wallet is not frozen for this token."""

    CODE = "wallet_not_frozen"
    SENTENCE = "The wallet of {holder} is not frozen for {token}."

    token: str
    holder: str


class HolderNotVerified(Refusal, frozen=True, kw_only=True):
    """The identity lacks a claim that the token demands, or the claim is not on chain yet."""

    CODE = "holder_not_verified"
    SENTENCE = "The identity of {holder} lacks claims that {token} demands: {missing}."

    token: str
    holder: str
    missing: str


class HolderUnknown(Refusal, frozen=True, kw_only=True):
    """The subject is not registered as a holder of the token."""

    CODE = "holder_not_registered"
    KIND = "missing"
    SENTENCE = "{holder} is not registered as a holder of {token}."

    token: str
    holder: str


class UnitsInsufficient(Refusal, frozen=True, kw_only=True):
    """The holder has fewer units that no freeze keeps."""

    CODE = "units_insufficient"
    SENTENCE = "{holder} has {balance} units of {token}, {frozen} of them frozen; {needed} needed."

    token: str
    holder: str
    balance: int
    frozen: int
    needed: int


class FrozenUnitsInsufficient(Refusal, frozen=True, kw_only=True):
    """Fewer units of the holder are frozen."""

    CODE = "frozen_units_insufficient"
    SENTENCE = "{frozen} units of {token} are frozen for {holder}, not {needed}."

    token: str
    holder: str
    frozen: int
    needed: int


class SupplyAboveTerms(Refusal, frozen=True, kw_only=True):
    """There would be more units than the token stands for."""

    CODE = "supply_above_terms"
    SENTENCE = "{token} stands for {units} units; there would be {supply}."

    token: str
    units: int
    supply: int


class UnitsZero(Refusal, frozen=True, kw_only=True):
    """ERC-3643 knows no move of nothing."""

    CODE = "units_zero"
    KIND = "invalid"
    FIELD = "units"
    SENTENCE = "The units of {holder} must be at least 1, not {units}."

    holder: str
    units: int


class BatchTooLong(Refusal, frozen=True, kw_only=True):
    """The batch has more lines than one operation may have."""

    CODE = "batch_too_long"
    KIND = "invalid"
    SENTENCE = "{lines} lines are more than the {limit} of one operation."

    lines: int
    limit: int


class OperationPending(Refusal, frozen=True, kw_only=True):
    """An operation on the same thing is on its way to the chain."""

    CODE = "operation_pending"
    SENTENCE = "Operation {operation} of {token} is on its way; try again when it is done."

    token: str
    operation: int


class NothingToRecover(Refusal, frozen=True, kw_only=True):
    """The subject's wallet is the one that is registered."""

    CODE = "nothing_to_recover"
    SENTENCE = "{holder} is registered for {token} with its present wallet; bind the new one first."

    token: str
    holder: str


class HolderMoved(Refusal, frozen=True, kw_only=True):
    """The subject has another wallet than the one that is registered."""

    CODE = "recovery_needed"
    SENTENCE = "{holder} has a new wallet; recover its holding of {token} first."

    token: str
    holder: str

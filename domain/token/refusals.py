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

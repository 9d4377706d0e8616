"""What chain writes say no with."""

from domain.kernel.refusal import Refusal


class ChainWriteUndone(Refusal, frozen=True, kw_only=True):
    """What a failed write was for has been given up since: to repeat it would move without cause.

    A trade or a funding that the chain refused was reversed in the books; a failed anchor was
    followed, or will be, by one of a larger size.
    """

    CODE = "chain_write_undone"
    SENTENCE = "{write} is not tried again: {reference} was undone when it failed; start it anew."

    write: str
    reference: str

"""Why a trade says no."""

from domain.kernel.refusal import Refusal


class OwnListing(Refusal, frozen=True, kw_only=True):
    """Nobody buys from itself."""

    CODE = "own_listing"
    SENTENCE = "{listing} is offered by {subject} itself."

    listing: str
    subject: str


class PretradeExpired(Refusal, frozen=True, kw_only=True):
    """The pre-trade check is too old."""

    CODE = "pretrade_expired"
    SENTENCE = "The pre-trade check of {trade} was valid until {valid_until}; answer it again."

    trade: str
    valid_until: str

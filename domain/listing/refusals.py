"""Why a listing says no."""

from domain.kernel.refusal import Refusal


class Matured(Refusal, frozen=True, kw_only=True):
    """The invoice behind the lot is due."""

    CODE = "matured"
    SENTENCE = "{token} matured on {due}; from that day on its lots are neither offered nor sold."

    token: str
    due: str

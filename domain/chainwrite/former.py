"""What events of a chain write looked like under earlier schema numbers, kept for ever."""

from typing import Final

from domain.kernel.event import VISIBLE_TO_ALL, Event


class ChainWriteReplaced1(Event, frozen=True, kw_only=True):
    """Somebody else used the nonce with our key; ``block`` is the height when that was final."""

    TYPE = "chainwrite.replaced"
    VISIBLE = VISIBLE_TO_ALL
    nonce: int
    block: int


FORMER: Final[tuple[type[Event], ...]] = (ChainWriteReplaced1,)

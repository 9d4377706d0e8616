"""What happened to the platform's contracts."""

from domain.kernel.event import VISIBLE_TO_ALL, Event


class PlatformDeployed(Event, frozen=True, kw_only=True):
    """All contracts stand; ``gas_used`` is what their transactions took together."""

    TYPE = "platform.deployed"
    VISIBLE = VISIBLE_TO_ALL
    addresses: dict[str, str]
    gas_used: int


class PlatformAccountRotated(Event, frozen=True, kw_only=True):
    """From here on the account of a purpose is another one."""

    TYPE = "platform.account_rotated"
    VISIBLE = VISIBLE_TO_ALL
    purpose: str
    old: str
    new: str


class PlatformHandedOver(Event, frozen=True, kw_only=True):
    """All that the account of a purpose before this one owned on chain is this one's now.

    Between its rotation and this fact the account before finishes what was planned for it.
    """

    TYPE = "platform.handed_over"
    VISIBLE = VISIBLE_TO_ALL
    purpose: str
    account: str


EVENTS = (PlatformDeployed, PlatformAccountRotated, PlatformHandedOver)

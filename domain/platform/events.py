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


EVENTS = (PlatformDeployed, PlatformAccountRotated)

"""What happened to the platform's contracts."""

from domain.kernel.event import VISIBLE_TO_ALL, Event


class PlatformDeployed(Event, frozen=True, kw_only=True):
    """All contracts stand; ``gas_used`` is what their transactions took together."""

    TYPE = "platform.deployed"
    VISIBLE = VISIBLE_TO_ALL
    addresses: dict[str, str]
    gas_used: int


EVENTS = (PlatformDeployed,)

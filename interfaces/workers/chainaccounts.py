"""Which account signs a chain write: what the log says, not what the key ring holds just now."""

import msgspec

from application.ports.log import LogReader
from domain.chainwrite.handover import ROTATE
from domain.platform.events import PlatformAccountRotated, PlatformDeployed, PlatformHandedOver
from domain.platform.state import OWNERS, PLATFORM_STREAM
from interfaces.workers.chainparts import OpenWrite


class Rotated(msgspec.Struct, frozen=True):
    """The last rotation of a purpose, and whether the old account has something to finish."""

    old: str
    new: str
    position: int
    is_leaving: bool


class Accounts:
    """Follows the rotations of accounts; for one thread at a time."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._version = 0
        self._rotated: dict[str, Rotated] = {}
        self._every: list[str] = []

    def look(self) -> None:
        """Read what is new on the log. Raises StoreUnavailable."""
        for recorded in self._log.read_stream(PLATFORM_STREAM, self._version):
            self._version = recorded.envelope.version
            match recorded.fact:
                case PlatformDeployed():
                    self._every += recorded.fact.addresses.values()
                case PlatformAccountRotated(purpose=purpose, old=old, new=new):
                    leaving = purpose in OWNERS
                    self._rotated[purpose] = Rotated(old, new, recorded.position, leaving)
                    self._every.append(new)
                case PlatformHandedOver(purpose=purpose):
                    last = self._rotated[purpose]
                    self._rotated[purpose] = msgspec.structs.replace(last, is_leaving=False)
                case _:
                    pass

    def every(self) -> list[str]:
        """List the accounts that there ever were."""
        self.look()
        return self._every

    def waits(self, write: OpenWrite) -> bool:
        """Say whether a write is the new account's, which does not act yet."""
        last = self._rotated.get(write.plan.signer)
        if last is None or not last.is_leaving or write.plan.purpose == ROTATE:
            return False
        return write.planned_at > last.position

    def of(self, write: OpenWrite) -> str | None:
        """Tell the account that signs a write; nothing where its purpose was never rotated.

        Steps of a hand-over name theirs: for a while two accounts of one purpose are at work.
        """
        plan = write.plan
        if plan.purpose == ROTATE and plan.signer in OWNERS:
            return plan.reference
        last = self._rotated.get(plan.signer)
        if last is None:
            return None
        return last.old if last.is_leaving and write.planned_at <= last.position else last.new

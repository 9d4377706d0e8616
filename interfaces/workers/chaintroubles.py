"""What the chain worker cannot mend by itself, kept until it is over; alerts are made of it."""

import logging
import threading
from collections.abc import Sequence
from typing import Final

from interfaces.workers.alarms import Finding

WRONG_CHAIN: Final = "chain_id_changed"
SHORTER: Final = "chain_shorter_than_log"
DISAGREE: Final = "chain_endpoints_disagree"
BEHIND: Final = "chain_endpoint_behind"
KEY_LOW: Final = "chain_key_low"
AT_CAP: Final = "chain_fees_at_cap"
NONCE_TAKEN: Final = "chain_nonce_taken"
NOT_TAKEN: Final = "chain_write_not_taken"
BEHIND_SECONDS: Final = 30.0
"""For so long an endpoint may be behind before somebody is told."""

logger = logging.getLogger("tallystick.chain")


class Troubles:
    """Troubles by alert and subject; the worker's thread tells, the alarms' thread looks."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Finding] = {}
        self._lock = threading.Lock()

    def tell(self, alert: str, subject: str, text: str, *, after: float = 0.0) -> None:
        """Note a trouble and log it when it is new; it holds until it is cleared."""
        key = (alert, subject)
        finding = Finding(alert=alert, subject=subject, cause=subject, text=text, after=after)
        with self._lock:
            known, self._found[key] = self._found.get(key), finding
        if known is None:
            logger.error("%s %s: %s", alert, subject, text)

    def clear(self, alert: str, subject: str = "") -> None:
        """Say that a trouble is over."""
        with self._lock:
            self._found.pop((alert, subject), None)

    def holds(self, alert: str, subject: str = "") -> bool:
        """Say whether a trouble is known."""
        return (alert, subject) in self._found

    def look(self) -> Sequence[Finding]:
        """List what holds, for the alarms: one finding for each alert and kind of subject."""
        with self._lock:
            return [*self._found.values()]

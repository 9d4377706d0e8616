"""The last anchor of a log, as the registry on chain holds it."""

import logging
import threading
import time
from hashlib import sha256
from typing import Final

from domain.integrity.checkpoint import Checkpoint
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.errors import ChainError
from interfaces.outbound.evm.gateway import EvmGateway

ANSWER_SECONDS: Final = 1.0
REMEMBERED_SECONDS: Final = 30.0
"""An anchor only ever gets newer ones: an old answer still holds, it only says less."""

_log = logging.getLogger("tallystick.guard")


class LastAnchor:
    """Asks one registry about one log; any thread may call it."""

    def __init__(self, url: str, *, log: str, registry: str) -> None:
        self._url = url
        self._log = log
        self._registry = registry
        self._lock = threading.Lock()
        self._known: Checkpoint | None = None
        self._asked_at: float | None = None

    def __call__(self) -> Checkpoint | None:
        """Tell size, root and chain head of the last anchor that stands.

        Nothing while there is none, or the chain does not answer and never did: a chain that is
        away stops nobody from writing.
        """
        with self._lock:
            now = time.monotonic()
            if self._asked_at is None or now - self._asked_at > REMEMBERED_SECONDS:
                try:
                    self._known = self._ask()
                except ChainError as error:
                    _log.warning("the last anchor is not known: %s", type(error).__name__)
                self._asked_at = time.monotonic()
            return self._known

    def _ask(self) -> Checkpoint | None:
        call = PlannedCall(
            contract="AnchorRegistry",
            function="latest",
            arguments=("0x" + sha256(self._log.encode()).hexdigest(),),
            target=self._registry,
        )
        with EvmGateway(self._url, keys=_no_key, timeout_seconds=ANSWER_SECONDS) as gateway:
            size, root, head, _ = gateway.call(call)
        if not isinstance(size, int) or not isinstance(root, bytes) or not isinstance(head, bytes):
            raise ChainError("the registry answers in another form")
        return Checkpoint(self._log, size, root, head) if size else None


def _no_key(purpose: str) -> bytes:
    raise KeyError(purpose)

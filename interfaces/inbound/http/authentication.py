"""Bearer keys: who calls, by the digest of the secret that is shown."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.visibility import Principal
from projections.access import queries as access
from projections.query import Reader

_SCHEME: Final = "bearer "
_SECRET_LENGTH_MAX: Final = 512
_CACHED_MAX: Final = 4096


class Keyring:
    """Finds the principal of a bearer key and remembers it for a moment.

    A revoked key may go on for ``seconds``, never longer. Only digests are kept.
    """

    def __init__(
        self,
        reader: Reader,
        seconds: float = 2.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._seconds = seconds
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, Principal]] = OrderedDict()

    async def principal(self, authorization: str | None) -> Principal:
        """Tell who shows this ``Authorization`` header.

        Raises Problem ``unauthenticated``, StoreUnavailable.
        """
        digest = digest_of(authorization)
        now = self._monotonic()
        known = self._known.get(digest)
        if known is not None and now < known[0]:
            return known[1]
        self._known.pop(digest, None)
        rows = await self._reader.fetch(access.api_key_by_digest(digest))
        if not rows or rows[0].revoked:
            raise Problem("unauthenticated")
        principal = Principal(rows[0].subject, rows[0].role, rows[0].key)
        self._known[digest] = (now + self._seconds, principal)
        if len(self._known) > _CACHED_MAX:
            self._known.popitem(last=False)
        return principal


def digest_of(authorization: str | None) -> str:
    """Tell what is kept of a bearer key. Raises Problem ``unauthenticated``."""
    if authorization is None or authorization[: len(_SCHEME)].lower() != _SCHEME:
        raise Problem("unauthenticated")
    secret = authorization[len(_SCHEME) :].strip()
    if not 0 < len(secret) <= _SECRET_LENGTH_MAX:
        raise Problem("unauthenticated")
    return hashlib.sha256(secret.encode()).hexdigest()

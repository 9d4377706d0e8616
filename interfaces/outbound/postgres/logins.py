"""The addresses of users, for whoever writes to them."""

import msgspec
import psycopg

from application.ports.world import Vault
from domain.kernel.sealed import Sealed
from interfaces.outbound.postgres.sessions import Session

_ADDRESS = "SELECT address FROM access.logins WHERE user_id = %s AND NOT closed"
PLACE = ("access.login", "/address")


class LoginAddresses:
    """Opens the address that a user signs in with."""

    def __init__(self, url: str, vault: Vault) -> None:
        self._session = Session(url, "logins")
        self._vault = vault

    def of(self, user: str) -> str | None:
        """Tell the address of a user; nothing for a closed one.

        Raises KeyErased, StoreUnavailable.
        """

        def work(connection: psycopg.Connection) -> Sealed | None:
            row = connection.execute(_ADDRESS, [user]).fetchone()
            return None if row is None else msgspec.convert(row[0], Sealed)

        box = self._session.run(work)
        return None if box is None else self._vault.open(box, f"user:{user}", *PLACE)

    def close(self) -> None:
        """End the session."""
        self._session.close()

"""Magic links: the secret is a MAC over the link's name and expiry; nothing is stored (FX2)."""

import base64
import binascii
import hashlib
import hmac
from typing import Final

MAC_BYTES: Final = 32


class HmacLinkSigner:
    """Makes and checks the secrets of links; satisfies ``LinkSigner``.

    A token is the URL-safe base64 of ``link 0x0a expiry 0x0a mac`` with a MAC of 256 bits under
    HMAC-SHA-256. Whether the link is expired or used is decided with the invoice, not here.
    """

    def __init__(self, key: bytes, *, log: str) -> None:
        self._key = key
        self._log = log

    def token(self, link: str, expires_at: str) -> str:
        """Make the secret of a link."""
        named = f"{link}\n{expires_at}".encode()
        return base64.urlsafe_b64encode(named + b"\n" + self._mac(named)).rstrip(b"=").decode()

    def link(self, token: str) -> str | None:
        """Tell the link of a genuine secret, nothing for any other text."""
        try:
            raw = base64.b64decode(_padded(token), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        # A second spelling of the same bytes would be a second token.
        if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
            return None
        named, mac = raw[: -MAC_BYTES - 1], raw[-MAC_BYTES:]
        if raw[-MAC_BYTES - 1 : -MAC_BYTES] != b"\n" or not hmac.compare_digest(
            mac, self._mac(named)
        ):
            return None
        return named.decode().partition("\n")[0]

    def _mac(self, named: bytes) -> bytes:
        message = f"tallystick/link\n{self._log}\n".encode() + named
        return hmac.new(self._key, message, hashlib.sha256).digest()


def _padded(token: str) -> bytes:
    return token.encode("ascii", "replace") + b"=" * (-len(token) % 4)

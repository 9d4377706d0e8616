"""Links that set a password: bound to one user, good once and for a while, nowhere stored.

The name of a link stands on the log, in the wish for the mail that carries it; its secret is a MAC
over that name and is made when the mail is written.
"""

import re
import secrets
from typing import Final, Literal

import msgspec

from application.ports.access import Login, Secrets
from domain.kernel.calendar import later
from domain.mail.commands import RequestMail
from interfaces.inbound.http.access.desk import Visit, record
from interfaces.inbound.http.problems import Problem

Purpose = Literal["invite", "reset"]

INVITE_SECONDS: Final = 7 * 86_400
RESET_SECONDS: Final = 3_600
_NAME: Final = re.compile(
    r"(invite|reset)/(u[0-9a-f]{16})/([0-9a-f]{16})/([0-9TZ:.-]{27})/([0-9a-f]{16})"
)


class PasswordLink(msgspec.Struct, frozen=True):
    """What a genuine link says."""

    purpose: Purpose
    user: str
    nonce: str
    expires_at: str
    present: str
    """Stands for the password that the link replaces: with another one all older links are void."""

    @property
    def name(self) -> str:
        """The link's name, which its secret is made of."""
        return f"{self.purpose}/{self.user}/{self.nonce}/{self.expires_at}/{self.present}"


def new_link(visit: Visit, login: Login) -> PasswordLink:
    """Make a link for a user: an invitation until there is a password."""
    purpose: Purpose = "reset" if login.password else "invite"
    seconds = INVITE_SECONDS if purpose == "invite" else RESET_SECONDS
    expires_at = later(visit.now, seconds)
    return PasswordLink(
        purpose,
        login.user_id,
        secrets.token_hex(8),
        expires_at,
        present_of(visit.services.secrets, login),
    )


async def read_link(visit: Visit, token: str) -> tuple[PasswordLink, Login]:
    """Read a link that is genuine, has not expired, and is of the present password.

    Raises Problem ``link_refused``.
    """
    named = visit.services.links.link(token) if token.isascii() else None
    found = None if named is None else _NAME.fullmatch(named)
    if found is None or found[4] <= visit.now:
        raise Problem("link_refused")
    login = await visit.services.access.login_of(found[2])
    if login is None or login.closed or found[5] != present_of(visit.services.secrets, login):
        raise Problem("link_refused")
    purpose: Purpose = "invite" if found[1] == "invite" else "reset"
    return PasswordLink(purpose, found[2], found[3], found[4], found[5]), login


def present_of(keys: Secrets, login: Login) -> str:
    """Tell what stands for a user's present password in the names of its links."""
    return keys.mac("link", login.user_id, login.password or "")[:16]


async def send_link(visit: Visit, link: PasswordLink) -> None:
    """Have the link mailed to the address of its user."""
    template = "A1" if link.purpose == "invite" else "A2"
    mail = RequestMail(
        template=template,
        recipient=link.user,
        reference=link.nonce,
        fields={"link": link.name, "expires": link.expires_at},
    )
    await record(visit, mail, f"{template}/{link.nonce}")

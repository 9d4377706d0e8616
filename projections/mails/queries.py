"""Questions about mails."""

import msgspec

from projections.query import Query
from projections.select import ROWS_MAX, above, always, below, equal, select


class MailRow(msgspec.Struct, frozen=True):
    """A mail; ``recipient`` is a subject, ``position`` the cursor."""

    mail: str
    state: str
    template: str
    recipient: str
    reference: str
    fields: dict[str, str]
    message_id: str | None
    reason: str | None
    requested_at: str
    sent_at: str | None
    position: int
    last_position: int


class MailFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which mails."""

    state: str | None = None
    template: str | None = None
    recipient: str | None = None
    reference: str | None = None


def mail(identity: str) -> Query[MailRow]:
    """Ask for one mail by its name."""
    return select(MailRow, "mails", [equal("mail", identity)], order="mail")


def mails(wanted: MailFilter, *, after: int | None = None, limit: int = 50) -> Query[MailRow]:
    """Ask for a page of mails, the newest first; ``after`` is the last row's position."""
    conditions = [
        equal("state", wanted.state),
        equal("template", wanted.template),
        equal("recipient", wanted.recipient),
        equal("reference", wanted.reference),
        below("position", after),
    ]
    return select(MailRow, "mails", conditions, order="position DESC", limit=limit)


def unsent_mails(*, after: int | None = None, limit: int = ROWS_MAX) -> Query[MailRow]:
    """Ask for mails that are to go out, the oldest first; ``after`` is a position."""
    conditions = [always("state = 'REQUESTED'"), above("position", after)]
    return select(MailRow, "mails", conditions, order="position", limit=limit)

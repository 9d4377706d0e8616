"""Folds mails."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from domain.mail import events
from projections.folding import FoldedView, advance, folds_of
from projections.view import Key, Row, Rows, Table

MAILS: Final = Table(
    "mails",
    ("mail",),
    (
        "state",
        "template",
        "recipient",
        "reference",
        "fields",
        "message_id",
        "reason",
        "requested_at",
        "sent_at",
        "position",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the mail."""
    return [(MAILS, (identity_of(event.stream),))]


def _fold(event: Recorded, rows: Rows) -> None:
    advance(rows, MAILS, identity_of(event.stream), event, _values(event.fact, event.at))


def _values(fact: Event, at: str) -> Row:
    match fact:
        case events.MailRequested():
            return {
                "template": fact.template,
                "recipient": fact.recipient,
                "reference": fact.reference,
                "fields": dict(fact.fields),
                "requested_at": at,
            }
        case events.MailSent():
            return {"message_id": fact.message_id, "sent_at": at}
        case events.MailRefused():
            return {"reason": fact.reason}
        case _:
            message = f"not a mail fact: {fact!r}"
            raise TypeError(message)


VIEW: Final = FoldedView(
    "mails", version=1, tables=(MAILS,), needs=needs, folds=folds_of(events.EVENTS, _fold)
)

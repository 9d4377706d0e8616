"""Forgetting a subject that two persons want forgotten, unless something of it is still open."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from application.ports.log import LogReader
from application.ports.world import ViewBehind
from domain.apikey.state import RevokeApiKey
from domain.invoice.state import invoice_stream
from domain.kernel.command import Command
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.listing.state import listing_stream
from domain.payment.state import payment_stream
from domain.subject.commands import RecordErased, RefuseErasure
from domain.subject.forget import OPEN_NAMED
from domain.subject.state import SUBJECT
from domain.trade.state import trade_stream
from domain.user.commands import CloseUser
from interfaces.workers.follower import Effect
from interfaces.workers.gateway import Sender
from projections.access import queries as access
from projections.access.project import VIEW as ACCESS
from projections.accounts import queries as accounts
from projections.accounts.project import VIEW as ACCOUNTS
from projections.invoices import queries as invoices
from projections.invoices.project import VIEW as INVOICES
from projections.marketplace import queries as marketplace
from projections.marketplace.project import VIEW as MARKETPLACE
from projections.payments import queries as payments
from projections.payments.project import VIEW as PAYMENTS
from projections.query import Query, R
from projections.trades import queries as trades
from projections.trades.project import VIEW as TRADES
from projections.view import View

ORDERED: Final = frozenset({"ERASING", "ERASED"})
"""States in which an order stands; one that was taken back is not carried out after a restore."""
ASKED: Final = (ACCOUNTS, INVOICES, TRADES, MARKETPLACE, PAYMENTS, ACCESS)
RUNNING: Final = ("TRADE_EXECUTED", "TRADE_FAILED_CHAIN")
"""States of a trade that somebody still owes something in."""


class Views(Protocol):
    """Answers from the views, and how far they are."""

    def fetch(self, query: Query[R]) -> list[R]:
        """Answer all rows. Raises StoreUnavailable."""
        ...

    def reached(self, view: View) -> int:
        """Tell the last position that a view knows. Raises StoreUnavailable."""
        ...


def erasing(sender: Sender, log: LogReader, views: Views, forget: Callable[[str], None]) -> Effect:
    """Carry an order out: the key is destroyed, the rest thrown away, and the log told.

    Killed anywhere it begins again, and everything in it may happen twice.
    """

    def effect(recorded: Recorded) -> None:
        subject = identity_of(recorded.stream)
        facts = (earlier.fact for earlier in log.read_stream(recorded.stream))
        if SUBJECT.fold(facts).state not in ORDERED:
            return
        _demand_reached(views, recorded.position)
        left = open_things(views, subject)
        if left:
            refusal = RefuseErasure(subject=subject, open=tuple(left[:OPEN_NAMED]))
            sender.tell(refusal, f"open/{recorded.position}", cause=recorded)
            return
        for name, command in _closings(views, subject):
            sender.tell(command, f"close/{recorded.position}/{name}", cause=recorded)
        forget(subject)
        sender.tell(RecordErased(subject=subject), f"erased/{recorded.position}", cause=recorded)

    return effect


def _demand_reached(views: Views, position: int) -> None:
    """Go on when the views know the order: from then on nothing new begins with the subject."""
    for view in ASKED:
        if views.reached(view) < position:
            raise ViewBehind(view.name)


def open_things(views: Views, subject: str) -> Sequence[str]:
    """Name the streams in which the subject still has or owes something."""
    party = invoices.open_invoices(subject)
    listed = marketplace.listings(marketplace.ListingFilter(seller=subject))
    waiting = payments.payments(state="INSTRUCTED", payee=subject)
    return [
        *(row.stream for row in views.fetch(accounts.open_accounts(subject))),
        *(invoice_stream(row.number) for row in views.fetch(party)),
        *(listing_stream(row.listing) for row in views.fetch(listed)),
        *(payment_stream(row.payment) for row in views.fetch(waiting)),
        *(
            trade_stream(row.trade)
            for state in RUNNING
            for row in views.fetch(trades.trades(trades.TradeFilter(party=subject, state=state)))
        ),
    ]


def _closings(views: Views, subject: str) -> Iterable[tuple[str, Command]]:
    """Close what the subject comes in by."""
    for user in views.fetch(access.users(access.UserFilter(subject=subject), limit=200)):
        if user.state != "CLOSED":
            yield user.user_id, CloseUser(user=user.user_id, reason="the subject is forgotten")
    for key in views.fetch(access.api_keys(subject=subject, limit=200)):
        if not key.revoked:
            yield key.key, RevokeApiKey(key=key.key)

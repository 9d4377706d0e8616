"""The books of a subject: accounts, their movements, and the portfolio."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

import strawberry

from domain.account.state import owner_of
from interfaces.inbound.http.asof import position_of
from interfaces.inbound.http.graphql.amounts import Money, Quantity, money, quantity, shown
from interfaces.inbound.http.graphql.connections import (
    PAGE_DEFAULT,
    After,
    AsOf,
    Connection,
    Edge,
    First,
    Listed,
    nothing,
)
from interfaces.inbound.http.graphql.context import Context, Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Day, Instant, Long
from interfaces.inbound.http.visibility import may_see, scope
from projections.accounts import queries
from projections.accounts.queries import AccountFilter, AccountRow, EntryRow
from projections.holders import queries as holders
from projections.holders.queries import HolderRow
from projections.invoices import queries as invoices
from projections.invoices.queries import InvoiceRow
from projections.query import Query
from projections.select import PAGE_MAX

N = TypeVar("N")


@strawberry.type(description="An account of the books: cash, units of a token, fees and so on.")
class Account:
    """An account with what it holds and how much of it is free."""

    account: str = strawberry.field(description="Its name: account:<owner>/<purpose>/<asset>.")
    owner: str = strawberry.field(description="The subject that it belongs to.")
    purpose: str = strawberry.field(description="cash, units, fees, escrow and so on.")
    asset: str = strawberry.field(description="The currency or the token.")
    balance: Quantity = strawberry.field(description="All that is on it.")
    held: Quantity = strawberry.field(description="What of it is set aside by holds.")
    available: Quantity = strawberry.field(description="What of it is free to move.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.type(description="A movement on an account.")
class Entry:
    """A movement with the account's balance after it."""

    position: Long = strawberry.field(description="Its position on the log.")
    at: Instant = strawberry.field(description="When it was recorded.")
    type: str = strawberry.field(description="account.credited, account.debited and so on.")
    transfer: str = strawberry.field(description="Shared by all sides of one transfer.")
    hold: str | None = strawberry.field(description="The hold that it opens, posts or releases.")
    asset: str = strawberry.field(description="The currency or the token.")
    amount: Long = strawberry.field(description="Units that moved.")
    balance: Long = strawberry.field(description="The balance after it.")
    held: Long = strawberry.field(description="What is set aside after it.")


@strawberry.type(description="Units of a token that the caller holds, and what stands behind it.")
class Holding:
    """Units of a token with its invoice."""

    token: str = strawberry.field(description="The token.")
    units: Long = strawberry.field(description="Units held, those set aside included.")
    held: Long = strawberry.field(description="What of them is set aside by holds.")
    invoice: str | None = strawberry.field(description="The invoice that the token stands for.")
    state: str | None = strawberry.field(description="The state of that invoice.")
    face: Money | None = strawberry.field(description="The face amount of these units.")
    due: Day | None = strawberry.field(description="The day on which the invoice is due.")
    last_position: Long = strawberry.field(description="The position of the last movement.")


@strawberry.type(description="A line of the register of a token's holders, as on the chain.")
class Holder:
    """Who holds how much of a token."""

    token: str = strawberry.field(description="The token.")
    holder: str = strawberry.field(description="The subject that holds it.")
    units: Long = strawberry.field(description="Units held.")
    frozen_units: Long = strawberry.field(description="Those of them that may not move.")
    frozen: bool = strawberry.field(description="Whether the wallet does nothing at all.")
    wallet: str | None = strawberry.field(description="The address of its wallet.")
    identity: str | None = strawberry.field(description="The address of its identity.")
    registered: str | None = strawberry.field(description="The transaction that entered it.")
    last_position: Long = strawberry.field(description="The position of the last change.")


@strawberry.type(description="What the caller owns.")
class Portfolio:
    """Cash and tokens of one subject."""

    subject: str = strawberry.field(description="Whose portfolio it is.")
    cash: list[Account] = strawberry.field(description="The cash accounts.")
    holdings: Connection[Holding] = strawberry.field(description="Tokens, by name.")


def _show_account(row: AccountRow) -> Account:
    def of(amount: int) -> Quantity:
        return quantity(amount, asset=row.asset, decimals=row.book_decimals)

    return shown(
        Account,
        row,
        account=row.stream,
        balance=of(row.balance),
        held=of(row.held),
        available=of(row.balance - row.held),
    )


def _show_entry(row: EntryRow) -> Entry:
    return shown(Entry, row)


def _show_holding(row: AccountRow) -> Holding:
    return Holding(
        token=row.asset,
        units=Long(row.balance),
        held=Long(row.held),
        invoice=None,
        state=None,
        face=None,
        due=None,
        last_position=Long(row.last_position),
    )


ACCOUNTS: Final = Listed[AccountRow, Account, str](
    name="accounts", kind=str, key=lambda row: row.stream, show=_show_account
)
ENTRIES: Final = Listed[EntryRow, Entry, int](
    name="entries", kind=int, key=lambda row: row.position, show=_show_entry
)
HOLDERS: Final = Listed[HolderRow, Holder, str](
    name="holders", kind=str, key=lambda row: row.holder, show=lambda row: shown(Holder, row)
)
HOLDINGS: Final = Listed[AccountRow, Holding, str](
    name="holdings", kind=str, key=lambda row: row.stream, show=_show_holding
)


async def _stand_behind(context: Context, edges: Sequence[Edge[Holding]]) -> None:
    # One query for all tokens of the page.
    tokens = [edge.node.token for edge in edges]
    found = await context.reader.fetch(invoices.invoices_of_tokens(tokens)) if tokens else []
    rows: dict[str | None, InvoiceRow] = {row.token: row for row in found}
    for edge in edges:
        row = rows.get(edge.node.token)
        if row is not None:
            edge.node.invoice = row.number
            edge.node.state = row.state
            edge.node.due = Day(row.due)
            # A unit is a minor unit of the face (issue 2).
            edge.node.face = money(edge.node.units, row.currency)


async def _moment(context: Context, as_of: str | None, view: str) -> int | None:
    return await position_of(context.services, as_of, field="asOf", views=(view,))


def _as_of(found: Connection[N], position: int | None) -> Connection[N]:
    found.as_of = None if position is None else Long(position)
    return found


@strawberry.type
class AccountQueries:
    """Questions about accounts."""

    @question("The caller's accounts (any owner's for the back office).")
    async def accounts(
        self,
        info: Info,
        owner: Annotated[
            str | None, strawberry.argument(description="Only this owner's accounts.")
        ] = None,
        as_of: AsOf = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Account]:
        """Answer a page of accounts; another's are left out, so the page is empty."""
        principal = info.context.demand("accounts")
        mine = scope(principal)
        if mine is not None and owner not in {None, mine}:
            return nothing()
        wanted = AccountFilter(owner=mine or owner)
        position = await _moment(info.context, as_of, "accounts")

        def query(key: str | None, limit: int) -> Query[AccountRow]:
            if position is None:
                return queries.accounts(wanted, after=key, limit=limit)
            return queries.accounts_at(wanted, position, after=key, limit=limit)

        found = await ACCOUNTS.page(info.context.reader, query, first=first, after=after)
        return _as_of(found, position)

    @question("The movements of an account, newest first; null when it is not the caller's.")
    async def entries(
        self,
        info: Info,
        account: Annotated[
            str, strawberry.argument(description="account:<owner>/<purpose>/<asset>.")
        ],
        as_of: AsOf = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Entry] | None:
        """Answer a page of movements."""
        principal = info.context.demand("accounts")
        if not may_see(principal, [owner_of(account)]):
            return None
        position = await _moment(info.context, as_of, "accounts")
        found = await ENTRIES.page(
            info.context.reader,
            lambda key, limit: queries.entries(account, as_of=position, after=key, limit=limit),
            first=first,
            after=after,
        )
        return _as_of(found, position)

    @question("Who holds units of a token; others than the back office see themselves.")
    async def holders(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The token.")],
        as_of: AsOf = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Holder]:
        """Answer a page of the register of holders."""
        own = scope(info.context.demand("holders"))
        position = await _moment(info.context, as_of, "holders")

        def query(key: str | None, limit: int) -> Query[HolderRow]:
            if position is None:
                return holders.holders(token, holder=own, after=key, limit=limit)
            return holders.holders_at(token, position, holder=own, after=key, limit=limit)

        found = await HOLDERS.page(info.context.reader, query, first=first, after=after)
        return _as_of(found, position)

    @question("What the caller owns: cash, and a page of its tokens.")
    async def portfolio(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Portfolio:
        """Answer the caller's portfolio."""
        principal = info.context.demand("portfolio")
        reader, subject = info.context.reader, principal.subject
        holdings = await HOLDINGS.page(
            reader,
            lambda key, limit: queries.units_held(subject, after=key, limit=limit),
            first=first,
            after=after,
        )
        await _stand_behind(info.context, holdings.edges)
        cash = AccountFilter(owner=subject, purpose="cash")
        rows = await reader.fetch(queries.accounts(cash, limit=PAGE_MAX))
        return Portfolio(
            subject=subject, cash=[_show_account(row) for row in rows], holdings=holdings
        )

"""Reads of accounts, their entries, and what the caller holds."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from domain.account.state import account_stream
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Name
from interfaces.inbound.http.rest.invoice_views import Paging
from interfaces.inbound.http.rest.reads import (
    Limit,
    NoParameters,
    ReadRoute,
    TextCursor,
    one_of,
    page_of,
)
from interfaces.inbound.http.rest.shapes import Page, Shape
from interfaces.inbound.http.visibility import demand_visible, may_see, scope
from projections.accounts import queries as accounts
from projections.holders import queries as holders
from projections.select import PAGE_MAX, ROWS_MAX

ACCOUNT: Final = Shape(accounts.AccountRow, "Account")
ENTRY: Final = Shape(accounts.EntryRow, "Entry")
HOLDER: Final = Shape(holders.HolderRow, "Holder")


class AccountPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which accounts."""

    owner: Name | None = None
    purpose: Name | None = None
    asset: Name | None = None
    after: TextCursor | None = None
    limit: Limit = 50


class NamePage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of things that are ordered by name."""

    after: TextCursor | None = None
    limit: Limit = 50


Portfolio = msgspec.defstruct(
    "Portfolio",
    [
        ("subject", str),
        ("accounts", list[ACCOUNT.type]),  # type: ignore[name-defined]
        ("holdings", list[HOLDER.type]),  # type: ignore[name-defined]
    ],
    frozen=True,
    kw_only=True,
    namespace={"__doc__": "What the caller's subject has: accounts, and tokens on chain."},
)


async def _accounts(call: Call, page: AccountPage) -> msgspec.Struct:
    owner = scope(call.principal) or page.owner
    if page.owner is not None and not may_see(call.principal, (page.owner,)):
        owner = ""  # somebody else's accounts: an empty list, as if there were none
    wanted = accounts.AccountFilter(owner=owner, purpose=page.purpose, asset=page.asset)
    query = accounts.accounts(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, ACCOUNT, limit=page.limit, after=lambda row: row.stream)


async def _visible_account(call: Call) -> accounts.AccountRow:
    names = call.names
    stream = account_stream(names["owner"], names["purpose"], names["asset"])
    demand_visible(call.principal, (names["owner"],), kind="account", identity=stream)
    return await one_of(call, accounts.account(stream), kind="account", identity=stream)


async def _account(call: Call, _: NoParameters) -> msgspec.Struct:
    return ACCOUNT.of(await _visible_account(call))


async def _entries(call: Call, page: Paging) -> msgspec.Struct:
    row = await _visible_account(call)
    query = accounts.entries(row.stream, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, ENTRY, limit=page.limit, after=lambda entry: entry.position)


async def _portfolio(call: Call, _: NoParameters) -> msgspec.Struct:
    subject = call.principal.subject
    own = accounts.AccountFilter(owner=subject)
    kept = await call.services.reader.fetch(accounts.accounts(own, limit=ROWS_MAX))
    held = await call.services.reader.fetch(holders.holdings(subject, limit=ROWS_MAX))
    return Portfolio(
        subject=subject,
        accounts=[ACCOUNT.of(row) for row in kept],
        holdings=[HOLDER.of(row) for row in held],
    )


async def _holders(call: Call, page: NamePage) -> msgspec.Struct:
    token, own = call.names["token"], scope(call.principal)
    if own is not None:
        return Page(
            items=[HOLDER.of(row) async for row in _holdings(call, own) if row.token == token]
        )
    query = holders.holders(token, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, HOLDER, limit=page.limit, after=lambda row: row.holder)


async def _holdings(call: Call, holder: str) -> AsyncIterator[holders.HolderRow]:
    rows = await call.services.reader.fetch(holders.holdings(holder, limit=PAGE_MAX))
    while rows:
        for row in rows:
            yield row
        following = holders.holdings(holder, after=rows[-1].token, limit=PAGE_MAX)
        rows = await call.services.reader.fetch(following) if len(rows) == PAGE_MAX else []


ROUTES: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/accounts",
        operation="ListAccounts",
        summary="List the caller's accounts by name",
        query="accounts",
        run=_accounts,
        answer=ACCOUNT.type,
        paged=True,
        parameters=AccountPage,
    ),
    ReadRoute(
        path="/accounts/{owner:str}/{purpose:str}/{asset:str}",
        operation="GetAccount",
        summary="Read an account",
        query="accounts",
        run=_account,
        answer=ACCOUNT.type,
    ),
    ReadRoute(
        path="/accounts/{owner:str}/{purpose:str}/{asset:str}/entries",
        operation="ListEntries",
        summary="List an account's movements, the newest first",
        query="accounts",
        run=_entries,
        answer=ENTRY.type,
        paged=True,
        parameters=Paging,
    ),
    ReadRoute(
        path="/portfolio",
        operation="GetPortfolio",
        summary="Read what the caller's subject has",
        query="portfolio",
        run=_portfolio,
        answer=Portfolio,
    ),
    ReadRoute(
        path="/tokens/{token:str}/holders",
        operation="ListHolders",
        summary="List who holds units of a token; others than the back office see themselves",
        query="holders",
        run=_holders,
        answer=HOLDER.type,
        paged=True,
        parameters=NamePage,
    ),
)

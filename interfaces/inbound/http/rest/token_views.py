"""Reads of tokens and of what admins had done to them."""

from typing import Any, Final

import msgspec

from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Name
from interfaces.inbound.http.rest.invoice_views import Paging, filter_of
from interfaces.inbound.http.rest.reads import NoParameters, ReadRoute, one_of, page_of
from interfaces.inbound.http.rest.shapes import Shape
from projections.tokens import queries as tokens

# `units` are units of the token, and the currency is the invoice's: no field of them is money.
TOKEN: Final = Shape(tokens.TokenRow, "Token")
OPERATION: Final = Shape(tokens.OperationRow, "TokenOperation")


class TokenPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tokens."""

    state: Name | None = None
    invoice: Name | None = None
    paused: bool | None = None


class OperationPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which operations."""

    state: Name | None = None


async def _tokens(call: Call, page: TokenPage) -> msgspec.Struct:
    wanted = filter_of(page, tokens.TokenFilter)
    query = tokens.tokens(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, TOKEN, limit=page.limit, after=lambda row: row.position)


async def _token(call: Call, _: NoParameters) -> msgspec.Struct:
    identity = call.names["token"]
    return TOKEN.of(await one_of(call, tokens.token(identity), kind="token", identity=identity))


async def _operations(call: Call, page: OperationPage) -> msgspec.Struct:
    identity = call.names["token"]
    await one_of(call, tokens.token(identity), kind="token", identity=identity)
    query = tokens.operations(identity, state=page.state, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, OPERATION, limit=page.limit, after=lambda row: row.operation)


ROUTES: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/tokens",
        operation="ListTokens",
        summary="List tokens, the newest first",
        query="tokens",
        run=_tokens,
        answer=TOKEN.type,
        paged=True,
        parameters=TokenPage,
    ),
    ReadRoute(
        path="/tokens/{token:str}",
        operation="GetToken",
        summary="Read a token: its contracts, rules, supply, and whether it is paused",
        query="tokens",
        run=_token,
        answer=TOKEN.type,
    ),
    ReadRoute(
        path="/tokens/{token:str}/operations",
        operation="ListTokenOperations",
        summary="List what admins had done to a token, and how the chain answered",
        query="token_operations",
        run=_operations,
        answer=OPERATION.type,
        paged=True,
        parameters=OperationPage,
    ),
)

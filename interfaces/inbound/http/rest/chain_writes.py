"""Calls to the chain: what they took, and trying one again (B4)."""

from typing import Any, Final

import msgspec

from domain.chainwrite.commands import RetryChainWrite
from domain.kernel.command import Command
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Body, Name
from interfaces.inbound.http.rest.commands import CommandRoute
from interfaces.inbound.http.rest.invoice_views import Paging, filter_of
from interfaces.inbound.http.rest.reads import ReadRoute, page_of
from interfaces.inbound.http.rest.shapes import Page, Shape
from projections.chain_writes import queries

QUERY: Final = "chain_writes"
TRANSACTION: Final = Shape(queries.ChainTransactionRow, "ChainTransaction")
GAS: Final = Shape(queries.GasRow, "GasUse")


class RetryWrite(Body, frozen=True, kw_only=True):
    """The failed call that is to be tried again, by its name."""

    write: Name


class ChainTransactionPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which signed transactions."""

    write: Name | None = None
    purpose: Name | None = None
    token: Name | None = None
    signer: Name | None = None
    state: Name | None = None


class GasLedger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose gas."""

    purpose: Name | None = None
    token: Name | None = None


def _retry(_: Call, body: RetryWrite) -> Command:
    return RetryChainWrite(write=body.write)


async def _transactions(call: Call, page: ChainTransactionPage) -> msgspec.Struct:
    wanted = filter_of(page, queries.ChainTransactionFilter)
    query = queries.chain_transactions(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, TRANSACTION, limit=page.limit, after=lambda row: row.position)


async def _gas(call: Call, wanted: GasLedger) -> msgspec.Struct:
    query = queries.gas_ledger(purpose=wanted.purpose, token=wanted.token)
    return Page(items=[GAS.of(row) for row in await call.services.reader.fetch(query)])


COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/chain-writes/retry",
        operation="RetryChainWrite",
        summary="Have a failed call to the chain tried again, with a nonce of its own",
        body=RetryWrite,
        example=RetryWrite(write="mint/FXR-INV-23A4F"),
        build=_retry,
        aggregate="chainwrite",
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/chain-transactions",
        operation="ListChainTransactions",
        summary="List every transaction that was signed, mined or not, the newest first",
        query=QUERY,
        run=_transactions,
        answer=TRANSACTION.type,
        paged=True,
        parameters=ChainTransactionPage,
    ),
    ReadRoute(
        path="/gas-ledger",
        operation="ListGasUse",
        summary="List what mined transactions took, by purpose and token",
        query=QUERY,
        run=_gas,
        answer=GAS.type,
        paged=True,
        parameters=GasLedger,
    ),
)

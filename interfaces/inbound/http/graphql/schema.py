"""The schema of the portals: its questions, its subscriptions, and how they are carried out."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import strawberry
from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from typing_extensions import override

from interfaces.inbound.http.graphql.accounts import AccountQueries
from interfaces.inbound.http.graphql.affiliations import AffiliationQueries
from interfaces.inbound.http.graphql.audit import AuditQueries
from interfaces.inbound.http.graphql.businesses import BusinessQueries
from interfaces.inbound.http.graphql.chain import ChainQueries
from interfaces.inbound.http.graphql.changes import Subscription
from interfaces.inbound.http.graphql.deadlines import DeadlineQueries
from interfaces.inbound.http.graphql.errors import PresentErrors
from interfaces.inbound.http.graphql.invoices import InvoiceQueries
from interfaces.inbound.http.graphql.issuers import IssuerQueries
from interfaces.inbound.http.graphql.kyc import KycQueries
from interfaces.inbound.http.graphql.legalholds import LegalHoldQueries
from interfaces.inbound.http.graphql.limits import Limits, OneOperation
from interfaces.inbound.http.graphql.marketplace import MarketplaceQueries
from interfaces.inbound.http.graphql.profiles import ProfileQueries
from interfaces.inbound.http.graphql.reconciliations import ReconciliationQueries
from interfaces.inbound.http.graphql.requests import RequestQueries
from interfaces.inbound.http.graphql.scalars import SCALARS
from interfaces.inbound.http.graphql.tokens import TokenQueries
from interfaces.inbound.http.graphql.trades import TradeQueries
from interfaces.inbound.http.graphql.users import UserQueries
from interfaces.inbound.http.graphql.wallets import WalletQueries

CACHED_QUERIES: Final = 512
"""Texts of queries that stay parsed and validated."""


@strawberry.type(description="All questions. What is not the caller's is as if it were not there.")
class Query(
    InvoiceQueries,
    MarketplaceQueries,
    AccountQueries,
    TradeQueries,
    TokenQueries,
    ChainQueries,
    ReconciliationQueries,
    RequestQueries,
    AffiliationQueries,
    BusinessQueries,
    DeadlineQueries,
    WalletQueries,
    UserQueries,
    IssuerQueries,
    ProfileQueries,
    KycQueries,
    LegalHoldQueries,
    AuditQueries,
):
    """All questions of the portals."""


class Schema(strawberry.Schema):
    """Strawberry's schema without its own log of errors, which would quote them."""

    @override
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave logging to ``errors.present``."""


class Parsed(ParserCache):
    """The cache of parsed texts; a text that cannot be parsed is left to Strawberry to refuse.

    Its own hook lets the error out, which over WebSocket ends the operation without a word.
    """

    def __init__(self) -> None:
        super().__init__(maxsize=CACHED_QUERIES)

    @override
    def on_parse(self) -> Iterator[None]:
        """Take the document from the cache."""
        execution = self.execution_context
        with suppress(GraphQLError, RecursionError):
            execution.graphql_document = self.cached_parse_document(
                execution.query, **execution.parse_options
            )
        yield


def _validation_cache() -> ValidationCache:
    return ValidationCache(maxsize=CACHED_QUERIES)


SCHEMA: Final = Schema(
    query=Query,
    subscription=Subscription,
    # Limits come first: the caches read what they set.
    extensions=[Limits, Parsed, _validation_cache, OneOperation, PresentErrors],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)


def sdl() -> str:
    """Write the schema in the schema definition language."""
    return SCHEMA.as_str() + "\n"

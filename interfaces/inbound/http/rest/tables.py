"""All commands and all reads of the REST API, each table once."""

from typing import Any, Final

from interfaces.inbound.http.rest import (
    affiliations,
    businesses,
    cases,
    chain_writes,
    checks,
    forgetting,
    invoices,
    issuers,
    kyc,
    market,
    profiles,
    reconciliations,
    requests,
    subjects,
    tokens,
    views,
    wallets,
)
from interfaces.inbound.http.rest.commands import CommandRoute
from interfaces.inbound.http.rest.reads import ReadRoute

COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    *subjects.ROUTES,
    *cases.COMMANDS,
    *forgetting.COMMANDS,
    *businesses.COMMANDS,
    *wallets.COMMANDS,
    *issuers.COMMANDS,
    *profiles.COMMANDS,
    *kyc.COMMANDS,
    *checks.COMMANDS,
    *invoices.ROUTES,
    *market.ROUTES,
    *tokens.COMMANDS,
    *reconciliations.COMMANDS,
    *affiliations.COMMANDS,
    *requests.COMMANDS,
    *chain_writes.COMMANDS,
)

READS: Final[tuple[ReadRoute[Any], ...]] = views.ROUTES

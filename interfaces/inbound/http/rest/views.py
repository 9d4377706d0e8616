"""Reads over the views: what exists, for those who may see it."""

from typing import Any, Final

from interfaces.inbound.http.rest import (
    access_views,
    account_views,
    affiliations,
    businesses,
    cases,
    chain_writes,
    checks,
    deadlines,
    forgetting,
    invoice_views,
    issuers,
    kyc,
    office_views,
    profiles,
    reconciliations,
    requests,
    token_views,
    trade_views,
    users,
    wallets,
    work_items,
)
from interfaces.inbound.http.rest.reads import ReadRoute

ROUTES: Final[tuple[ReadRoute[Any], ...]] = (
    *invoice_views.ROUTES,
    *account_views.ROUTES,
    *trade_views.ROUTES,
    *token_views.ROUTES,
    *office_views.ROUTES,
    *businesses.READS,
    *wallets.READS,
    *users.READS,
    *issuers.READS,
    *profiles.READS,
    *reconciliations.READS,
    *affiliations.READS,
    *requests.READS,
    *chain_writes.READS,
    *kyc.READS,
    *checks.READS,
    *work_items.READS,
    *access_views.READS,
    *cases.READS,
    *forgetting.READS,
    *deadlines.READS,
)

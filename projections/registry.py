"""All views, in the order in which they are built."""

from typing import Final

from projections.access.project import VIEW as ACCESS
from projections.accounts.project import VIEW as ACCOUNTS
from projections.affiliations.project import VIEW as AFFILIATIONS
from projections.anchors.project import VIEW as ANCHORS
from projections.audit.project import VIEW as AUDIT
from projections.businesses.project import VIEW as BUSINESSES
from projections.cases.project import VIEW as CASES
from projections.chain_facts.project import VIEW as CHAIN_FACTS
from projections.chain_writes.project import VIEW as CHAIN_WRITES
from projections.changes.project import VIEW as CHANGES
from projections.checks.project import VIEW as CHECKS
from projections.clocks.project import VIEW as CLOCKS
from projections.deadlines.project import VIEW as DEADLINES
from projections.delegations.project import VIEW as DELEGATIONS
from projections.holders.project import VIEW as HOLDERS
from projections.invoices.project import VIEW as INVOICES
from projections.issuers.project import VIEW as ISSUERS
from projections.kyc_queue.project import VIEW as KYC_QUEUE
from projections.legal_holds.project import VIEW as LEGAL_HOLDS
from projections.mails.project import VIEW as MAILS
from projections.marketplace.project import VIEW as MARKETPLACE
from projections.payments.project import VIEW as PAYMENTS
from projections.profiles.project import VIEW as PROFILES
from projections.reconciliations.project import VIEW as RECONCILIATIONS
from projections.requests.project import VIEW as REQUESTS
from projections.subjects.project import VIEW as SUBJECTS
from projections.tokens.project import VIEW as TOKENS
from projections.trades.project import VIEW as TRADES
from projections.view import View
from projections.wallets.project import VIEW as WALLETS
from projections.work_items.project import VIEW as WORK_ITEMS

VIEWS: Final[tuple[View, ...]] = (
    CHANGES,
    AUDIT,
    SUBJECTS,
    ACCESS,
    BUSINESSES,
    WALLETS,
    ISSUERS,
    PROFILES,
    REQUESTS,
    AFFILIATIONS,
    DELEGATIONS,
    INVOICES,
    MARKETPLACE,
    ACCOUNTS,
    HOLDERS,
    TOKENS,
    TRADES,
    CHAIN_WRITES,
    CHAIN_FACTS,
    RECONCILIATIONS,
    ANCHORS,
    PAYMENTS,
    MAILS,
    DEADLINES,
    CASES,
    LEGAL_HOLDS,
    CLOCKS,
    KYC_QUEUE,
    CHECKS,
    WORK_ITEMS,
)

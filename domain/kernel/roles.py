"""Everybody who may act or read, each named once with the source that demands the role (FX14)."""

from typing import Final, Literal, get_args

Role = Literal[
    "seller",
    "buyer",
    "lender",
    "investor",
    "broker",
    "partner",
    "compliance",
    "admin",
    "issuer",
    "kyc_reviewer",
    "mlro",
    "mlro_deputy",
    "transfer_agent",
    "sub_admin",
    "operations",
    "auditor",
    "integrator",
    "custodian",
    "witness",
    "monitor",
    "process",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

SOURCE: Final[dict[Role, str]] = {
    "seller": "002 persona: Coppergate submits invoices",
    "buyer": "002 persona: Northwind confirms and pays",
    "lender": "002 persona: Pennine funds, splits and lists",
    "investor": "002 persona: Brunel buys slices",
    "broker": "002 persona: reads its pipeline and its commission",
    "partner": "002 persona: reads its supply-chain tenant's aggregates",
    "compliance": "002 persona: gates, freezes, reviews",
    "admin": "002 persona: support, anchors, reconciliation; 001: approves and deploys",
    "issuer": "001: registers a business, drafts tokens, declares dividends; 004: issuerStatus",
    "kyc_reviewer": "001: is notified of KYC applications and decides them",
    "mlro": "002: gate 3 decision, SAR filing",
    "mlro_deputy": "002 service levels: gate 3 escalates to the deputy",
    "transfer_agent": "004: isTransferAgent and taId of an offering, taStatus of a whitelist",
    "sub_admin": "004: Sub-admin Management, with scoped rights",
    "operations": "002 service levels: manual mint, manual reconcile, manual replay",
    "auditor": "DESIGN: replays and proves everything",
    "integrator": "003: follows the ordered feed",
    "custodian": "000: signs a transfer in the user's place",
    "witness": "FORMATS 4: cosigns checkpoints",
    "monitor": "issue 3: scrapes the metrics, and nothing else",
    "process": "DESIGN 8: process managers and workers",
}

COMPLIANCE_TEAM: Final[frozenset[Role]] = frozenset({"compliance", "mlro", "mlro_deputy"})
"""Whoever may know why a subject is looked at (002, tipping off); nobody else may."""

BACK_OFFICE: Final[frozenset[Role]] = COMPLIANCE_TEAM | frozenset(
    {"admin", "operations", "auditor", "integrator", "process"}
)
"""Whoever sees everybody's things, unless a thing is for fewer eyes."""

EVERYBODY: Final[frozenset[Role]] = frozenset(ROLES) - {"monitor", "witness"}
"""Everybody who takes part; a monitor only counts, a witness only sees hashes."""

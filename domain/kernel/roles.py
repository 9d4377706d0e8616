"""Everybody who may act or read, each named once with the source that demands the role."""

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
    "auditor",
    "integrator",
    "process",
    "monitor",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

SOURCE: Final[dict[Role, str]] = {
    "seller": "002 persona: Coppergate submits invoices",
    "buyer": "002 persona: Northwind confirms and pays",
    "lender": "002 persona: Pennine funds, splits and lists",
    "investor": "002 persona: Brunel buys slices",
    "broker": "002 persona: reads its pipeline",
    "partner": "002 persona: reads its tenant's aggregates",
    "compliance": "002 persona: gates, freezes, reviews",
    "admin": "002 persona: support and operations",
    "auditor": "DESIGN: replays and proves everything",
    "integrator": "003: follows the ordered feed",
    "process": "DESIGN 8: process managers and workers",
    "monitor": "issue 3: scrapes the metrics, and nothing else",
}

BACK_OFFICE: Final[frozenset[Role]] = frozenset(
    {"compliance", "admin", "auditor", "integrator", "process"}
)
EVERYBODY: Final[frozenset[Role]] = frozenset(ROLES) - {"monitor"}
"""Everybody who takes part; a monitor only counts."""

"""Who plays, and what they own when the story begins; money in pence."""

from typing import Final

import msgspec

from domain.kernel.roles import Role
from tools.invoicepdf import DEMO_INVOICE


class Persona(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who acts with a key of its own."""

    subject: str
    name: str
    role: Role
    kind: str = "institution"
    person: str = ""
    account: str | None = None
    """Account at the simulated bank."""
    bank_balance: int = 0
    deposit: int = 0
    """What is paid in before the story begins."""
    holds_tokens: bool = False

    @property
    def email(self) -> str:
        """Where the persona reads mail."""
        return f"{self.person.lower()}@{self.subject}.example"


COPPERGATE: Final = Persona(
    subject="coppergate",
    name="Coppergate Joinery",
    role="seller",
    person="Aisha",
    account="GB82WEST12345698765432",
)
NORTHWIND: Final = Persona(
    subject="northwind",
    name="Northwind Retail",
    role="buyer",
    person="Tom",
    account="GB33BUKB20201555555555",
    bank_balance=5_000_000,
)
PENNINE: Final = Persona(
    subject="pennine",
    name="Pennine Receivables Finance",
    role="lender",
    person="Caroline",
    account="GB94BARC10201530093459",
    bank_balance=10_000_000,
    deposit=2_500_000,
    holds_tokens=True,
)
BRUNEL: Final = Persona(
    subject="brunel",
    name="Brunel Capital",
    role="investor",
    person="Faisal",
    account="GB12LOYD30963401234567",
    bank_balance=2_000_000,
    deposit=500_000,
    holds_tokens=True,
)
BROKER: Final = Persona(
    subject="harbour-brokers", name="Harbour Brokers", role="broker", person="Ben"
)
PARTNER: Final = Persona(subject="supplyline", name="Supplyline", role="partner", person="Sara")
COMPLIANCE: Final = Persona(
    subject="priya",
    name="Priya, reporting officer",
    role="compliance",
    kind="person",
    person="Priya",
)
REVIEWER: Final = Persona(
    subject="rhea", name="Rhea of review", role="kyc_reviewer", kind="person", person="Rhea"
)
AUDITOR: Final = Persona(subject="ledger-audit", name="Ledger Audit", role="auditor", person="Olga")
ADMIN: Final = Persona(subject="admin", name="Administration", role="admin", person="Adam")

CREATED: Final = (
    COMPLIANCE,
    REVIEWER,
    AUDITOR,
    COPPERGATE,
    NORTHWIND,
    PENNINE,
    BRUNEL,
    BROKER,
    PARTNER,
)
"""Everybody but the administration, which the first set-up creates."""

EIGHT: Final = (COPPERGATE, NORTHWIND, PENNINE, BRUNEL, BROKER, COMPLIANCE, PARTNER, ADMIN)
"""The eight personas of seeds/002."""

INVOICE: Final = DEMO_INVOICE.number
TOKEN: Final = "FXR-INV-23A4F"  # noqa: S105 - the name of a token, not a secret
FACE: Final = 1_000_000
DISCOUNT_BPS: Final = 240
ADVANCE: Final = 976_000
PAYOUT: Final = 966_000
FEE: Final = 10_000
SLICES: Final = 5
LOT_UNITS: Final = 200_000
SLICE: Final = 2
SLICE_PRICE: Final = 199_150
QUOTED_YIELD_BPS: Final = 242
TRADE: Final = "FX-TRADE-0001"
CURRENCY: Final = "GBP"

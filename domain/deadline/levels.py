"""Every service level and time budget of 002 as data: what starts it, what stops it, what then.

A clock of a level runs from its start event to its stop event, for each thing by itself. It
passes *stages*: the target (somebody is warned), the hard cap (the breach path is taken), and
where the source names one, a further escalation.
"""

from typing import Final, Literal

import msgspec

from domain.kernel.roles import Role

Unit = Literal["s", "min", "h", "BH", "BD", "due"]
"""Seconds, minutes, hours; business hours and days; business days after the due date."""

Stage = Literal["target", "cap", "escalation"]
STAGES: Final[tuple[Stage, ...]] = ("target", "cap", "escalation")

Path = Literal["queue", "expire", "alert", "escalate", "freeze", "none"]
"""What a breach leads to: somebody's queue, expiry, an alert, escalation inside compliance, a
frozen log, or nothing that a machine could do."""


class Span(msgspec.Struct, frozen=True):
    """A length of time; ``field`` names a field of the start event that says the end instead."""

    amount: int
    unit: Unit
    field: str | None = None

    def text(self) -> str:
        """Write the span as the source does, as ``2 BD``."""
        unit = "BD after the due date" if self.unit == "due" else self.unit
        return f"{self.amount} {unit}"


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the source's tables.

    ``starts`` and ``stops`` are event types of the thing's own stream; a row without them has no
    clock here. ``roles`` limits the row to subjects that carry one of them. A confidential row is
    for compliance only: that its clock runs may tip a subject off (002).
    """

    code: str
    step: str
    owner: str
    breach: str
    path: Path = "none"
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    target: Span | None = None
    cap: Span | None = None
    escalation: Span | None = None
    escalates_to: Role | None = None
    roles: frozenset[Role] = frozenset()
    confidential: bool = False

    def span(self, stage: Stage) -> Span | None:
        """Tell how long it is to a stage; nothing when the row has no such stage."""
        spans: dict[Stage, Span | None] = {
            "target": self.target,
            "cap": self.cap,
            "escalation": self.escalation,
        }
        return spans[stage]


_SUBMITTED: Final = ("subject.onboarding_submitted",)
_ONBOARDED: Final = ("subject.activated", "subject.declined")
_CONFIRMED: Final = ("invoice.confirmed",)
_ANSWERED: Final = ("invoice.confirmed", "invoice.disputed", "invoice.expired")
_PAID_OUT: Final = ("invoice.disbursed", "invoice.funding_reversed")

SERVICE_LEVELS: Final[tuple[Level, ...]] = (
    Level(
        code="gate1",
        step="Sumsub Gate 1 decision",
        owner="Sumsub + platform",
        starts=_SUBMITTED,
        stops=("subject.kyc_passed", "subject.mlro_review_opened", "subject.declined"),
        target=Span(90, "s"),
        cap=Span(2, "BD"),
        breach="MLRO queue with provenance",
        path="queue",
    ),
    Level(
        code="gate2",
        step="ComplyAdvantage Gate 2 decision",
        owner="ComplyAdvantage",
        starts=("subject.kyc_passed",),
        stops=("subject.screening_passed", "subject.mlro_review_opened", "subject.declined"),
        target=Span(60, "s"),
        cap=Span(2, "BD"),
        breach="MLRO queue",
        path="queue",
    ),
    Level(
        code="gate3",
        step="MLRO Gate 3 decision",
        owner="Compliance",
        starts=("subject.mlro_review_opened",),
        stops=("subject.risk_passed", "subject.unfrozen", "subject.declined"),
        target=Span(4, "BH"),
        cap=Span(5, "BD"),
        escalation=Span(7, "BD"),
        escalates_to="mlro_deputy",
        breach="Red banner + deputy escalation at 7 BD",
        path="escalate",
        confidential=True,
    ),
    Level(
        code="vision",
        step="Vision-pass authenticity check",
        owner="Platform",
        starts=("invoice.submitted",),
        stops=("invoice.verified", "invoice.rejected"),
        target=Span(30, "s"),
        cap=Span(5, "min"),
        breach="Manual review queue",
        path="queue",
    ),
    Level(
        code="buyer",
        step="Buyer confirmation (per invoice)",
        owner="Buyer",
        starts=("invoice.buyer_asked",),
        stops=_ANSWERED,
        target=Span(1, "BD"),
        # The terms in force set how long a link lives; the event says until when.
        cap=Span(5, "BD", field="expires_at"),
        breach="Invoice auto-expires",
        path="expire",
    ),
    Level(
        code="mint",
        step="Token mint after buyer confirm",
        owner="Platform · chain",
        starts=_CONFIRMED,
        stops=("invoice.tokenised",),
        target=Span(30, "s"),
        cap=Span(5, "min"),
        breach="SRE alert, manual mint",
        path="alert",
    ),
    Level(
        code="funding",
        step="Lender funding click to cash to seller",
        owner="Lender, platform, bank",
        starts=("invoice.funded",),
        stops=_PAID_OUT,
        target=Span(10, "min"),
        cap=Span(4, "h"),
        breach="SRE alert, manual reconcile",
        path="alert",
    ),
    Level(
        code="reconciliation",
        step="Open Banking AIS reconciliation",
        owner="Platform",
        starts=("receipt.recorded",),
        stops=("receipt.matched",),
        target=Span(60, "s"),
        cap=Span(4, "h"),
        breach="Statement parser fallback + alert",
        path="alert",
    ),
    Level(
        code="pretrade",
        step="Pre-trade check submission",
        owner="Investor",
        breach="no SLA: it gates a trade",
    ),
    Level(
        code="webhook",
        step="Webhook delivery to lender",
        owner="Platform",
        starts=("webhook.requested",),
        stops=("webhook.delivered",),
        target=Span(5, "s"),
        cap=Span(24, "h"),
        escalation=Span(12, "h"),
        escalates_to="operations",
        breach="Ops alert at 12h, manual replay",
        path="alert",
    ),
    Level(
        code="case",
        step="SAR filing to the NCA",
        owner="MLRO",
        starts=("case.report_due",),
        stops=("case.reported",),
        target=Span(1, "BD"),
        cap=Span(3, "BD"),
        breach="Compliance internal escalation",
        path="escalate",
        confidential=True,
    ),
    Level(
        code="anchor",
        step="Audit log Merkle anchor",
        owner="Platform",
        # Told by the watch over lateness: an alert, then `log.frozen_for_lateness`. An event for
        # each late anchor would ask for the next anchor, and an idle log never came to rest.
        target=Span(10, "min"),
        cap=Span(1, "h"),
        breach="SRE alert + audit-log freeze",
        path="freeze",
    ),
)
"""The twelve service levels of 002, in its order."""

TIME_BUDGETS: Final[tuple[Level, ...]] = (
    Level(
        code="onboarding-seller",
        step="Onboarding (seller)",
        owner="Compliance",
        starts=_SUBMITTED,
        stops=_ONBOARDED,
        roles=frozenset({"seller"}),
        target=Span(24, "h"),
        cap=Span(5, "BD"),
        breach="5 BD with MLRO escalation",
        path="queue",
    ),
    Level(
        code="onboarding-funder",
        step="Onboarding (lender, investor)",
        owner="Compliance",
        starts=_SUBMITTED,
        stops=_ONBOARDED,
        roles=frozenset({"lender", "investor"}),
        target=Span(7, "BD"),
        cap=Span(14, "BD"),
        breach="14 BD with MLRO escalation",
        path="queue",
    ),
    Level(
        code="onboarding-buyer",
        step="Onboarding (buyer)",
        owner="Compliance",
        starts=_SUBMITTED,
        stops=_ONBOARDED,
        roles=frozenset({"buyer"}),
        target=Span(5, "min"),
        cap=Span(2, "BD"),
        breach="2 BD if the identity provider says YELLOW",
        path="queue",
    ),
    Level(
        code="submission",
        step="Per-invoice submission to buyer confirm",
        owner="Seller, platform, buyer",
        starts=("invoice.submitted",),
        stops=(*_ANSWERED, "invoice.rejected"),
        target=Span(1, "BD"),
        cap=Span(5, "BD"),
        breach="5 BD then expire",
        path="expire",
    ),
    Level(
        code="payout",
        step="Confirm to cash to seller",
        owner="Platform, lender, bank",
        starts=_CONFIRMED,
        stops=("invoice.disbursed",),
        target=Span(10, "min"),
        cap=Span(4, "h"),
        breach="4 hours with manual reconcile",
        path="alert",
    ),
    Level(
        code="tenor",
        step="Tenor to settlement",
        owner="Obligor",
        starts=("invoice.disbursed",),
        stops=("invoice.settled",),
        target=Span(0, "due"),
        cap=Span(30, "due"),
        breach="PAST_DUE at +5 BD, then up to 25 BD before DEFAULT",
        path="queue",
    ),
)
"""The six time budgets of 002: the happy path is the target, the unhappy one the cap."""

LEVELS: Final[dict[str, Level]] = {row.code: row for row in (*SERVICE_LEVELS, *TIME_BUDGETS)}

CONFIDENTIAL: Final = frozenset(row.code for row in LEVELS.values() if row.confidential)
"""Rows whose clocks only compliance sees."""

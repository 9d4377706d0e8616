"""Somebody who is known at the second attempt, screened with a finding, and alerted about later."""

from typing import Literal, Protocol

from domain.check import commands as check
from domain.check.events import Answer, Gate, Provider
from domain.compliance.onboarding import OnboardingPolicy
from domain.kernel.event import Recorded
from domain.kernel.sealed import Sealed
from domain.kyc import commands as kyc
from domain.kyc.events import KycDocument
from domain.settings.state import PublishOnboarding
from domain.subject import commands as subject

NAME = "severn-lee"
SEALED = Sealed(sealed="key-2", nonce="bm9uY2Vub25jZQ==", box="Ym94")
PASSPORT = KycDocument(kind="passport", digest="5a" * 32, media_type="image/jpeg", size=81_234)
APPLY = kyc.SubmitKyc(documents=(PASSPORT,), details=SEALED, fatca="clear")
POLICY = OnboardingPolicy(
    identity="sumsub", screening="complyadvantage", high_risk=("IR",), review_findings=("pep",)
)


class Teller(Protocol):
    """What this part needs of the tale."""

    def system(self, *commands: object) -> None:
        """Let a worker report, and everything follow."""
        ...

    def send(self, actor: str, role: str, command: object, key: str = "") -> list[Recorded]:
        """Let somebody act."""
        ...

    def run(self) -> None:
        """Let everything follow."""
        ...


def answer(
    gate: Gate,
    provider: Provider,
    outcome: Literal["passed", "failed", "returned"],
    *,
    minute: int,
    findings: tuple[str, ...] = (),
) -> check.RecordOutcome:
    """Make an answer of a provider."""
    return check.RecordOutcome(
        subject=NAME,
        gate=gate,
        outcome=outcome,
        answer=Answer(
            provider=provider,
            reference=f"{provider}-1",
            answered_at=f"2026-08-01T10:{minute:02}:00.000000Z",
            findings=findings,
        ),
    )


def onboard(tale: Teller) -> None:
    """Tell it."""
    created = subject.CreateSubject(
        subject=NAME, name="Severn Lee", kind="person", country="GB", roles=("investor",)
    )
    reviewer = subject.CreateSubject(
        subject="rhea", name="Rhea", kind="person", country="GB", roles=("kyc_reviewer",)
    )
    tale.system(PublishOnboarding(policy=POLICY), reviewer, created)
    acting = (
        (NAME, "investor", APPLY),
        ("rhea", "kyc_reviewer", kyc.OpenKycReview(application=f"{NAME}.1")),
        ("rhea", "kyc_reviewer", kyc.RejectKyc(application=f"{NAME}.1", reason=SEALED)),
        (NAME, "investor", APPLY),
    )
    for who, role, command in acting:
        tale.send(f"subject:{who}", role, command)
        tale.run()
    tale.system(
        check.RecordReference(
            subject=NAME, gate="identity", provider="sumsub", reference="sumsub-1"
        ),
        answer("identity", "sumsub", "returned", minute=1, findings=("BAD_PHOTO",)),
        answer("identity", "sumsub", "failed", minute=2, findings=("FORGERY",)),
        answer("identity", "sumsub", "passed", minute=3),
        answer("screening", "complyadvantage", "passed", minute=4, findings=("pep",)),
        subject.PassRisk(subject=NAME, evidence="file 12"),
        answer("screening", "complyadvantage", "failed", minute=9, findings=("sanction",)),
    )

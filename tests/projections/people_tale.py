"""What subjects do besides deals, for the tale: register, tell, prove, ask, and are not paid."""

import msgspec

from domain.business.events import BusinessApproved, BusinessRegistered, BusinessRejected
from domain.issuer.events import IssuerApproved, IssuerRejected, IssuerRequested
from domain.kernel.money import Money
from domain.kernel.sealed import Sealed
from domain.payment.events import PaymentInstructed, PaymentRefused
from domain.profile.events import SectionRecorded
from domain.registration.events import (
    CodeIssued,
    CodeRefused,
    ContactVerified,
    RegistrationOpened,
)
from domain.subject.events import RolesChanged
from domain.wallet.events import WalletChallenged, WalletProven, WalletUnbound
from tests.projections.support import Scribe

SEALED = Sealed(sealed="key-1", nonce="bm9uY2Vub25jZQ==", box="Ym94")


def come_in(scribe: Scribe) -> None:
    """Write what the seller did before, and what became of its companies."""
    code = CodeIssued(
        channel="email",
        number=1,
        nonce="0a",
        digest="0b",
        expires_at="2026-07-23T00:00:00.000000Z",
    )
    scribe.write(
        "registration:coppergate",
        RegistrationOpened(mobile=SEALED),
        code,
        CodeRefused(channel="email", number=1),
        ContactVerified(channel="email", number=1),
    )
    _prove(scribe)


def _prove(scribe: Scribe) -> None:
    company = BusinessRegistered(
        owner="coppergate",
        company_name="Coppergate Joinery Ltd",
        registration_number="01234567",
        country="GB",
        industry="joinery",
        allocation_bps=250,
    )
    asked = WalletChallenged(
        address="0x" + "ab" * 20,
        nonce="0a",
        domain="tallystick.example",
        uri="https://tallystick.example",
        chain_id=31337,
        issued_at="2026-07-22T00:00:00.000000Z",
        expires_at="2026-07-22T00:10:00.000000Z",
    )
    proven = WalletProven(
        address=asked.address,
        nonce="0a",
        method="eip191",
        signature="0b" * 65,
        lapses_at="2027-07-22T00:00:00.000000Z",
        primary=False,
    )
    again = msgspec.structs.replace(asked, nonce="0c")
    scribe.write("wallet:coppergate", asked, proven, WalletUnbound(address=asked.address), again)
    scribe.write("profile:coppergate", SectionRecorded(section="address", box=SEALED))
    no, yes = IssuerRejected(reason="too young"), IssuerApproved()
    scribe.write("issuer:coppergate", IssuerRequested(), no, IssuerRequested(), yes)
    scribe.write("subject:coppergate", RolesChanged(roles=("issuer", "seller")))
    scribe.write("business:coppergate-hall", company, BusinessApproved())
    scribe.write("business:coppergate-yard", company, BusinessRejected(reason="not the owner"))


def pay_in_vain(scribe: Scribe) -> None:
    """Write a payment that the bank refuses."""
    scribe.write(
        "payment:advance/FX-INV-OTHER",
        PaymentInstructed(
            purpose="advance",
            reference="FX-INV-OTHER",
            payee="coppergate",
            creditor_account="04-00-04/coppergate",
            creditor_name="Coppergate",
            amount=Money(1, "GBP"),
            narration="FX-INV-OTHER",
            end_to_end="e2e",
            account="account:collections/escrow/GBP",
        ),
        PaymentRefused(reason="AC01"),
    )

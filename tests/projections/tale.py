"""A long tale told to the real dispatch and processes: what views meet in real life."""

from functools import cache

from domain.anchor.commands import PlanAnchor
from domain.apikey.state import IssueApiKey, RevokeApiKey
from domain.chainfact.state import ObserveChainFact, RetractChainFact
from domain.chainwatch.state import RecordChainReorganised
from domain.chainwrite.events import (
    ChainWriteBroadcast,
    ChainWriteMined,
    ChainWritePlanned,
    ChainWriteReorganised,
    ChainWriteSigned,
    NonceAssigned,
)
from domain.invoice import commands as invoice
from domain.invoice.state import Invoice
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.kernel.money import Money
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed
from domain.listing import commands as listing
from domain.log import commands as log
from domain.mail.commands import RecordMailRefused, RecordMailSent
from domain.mail.events import MailRequested
from domain.payment.commands import SettlePayment
from domain.platform.state import RecordHandOver, RecordPlatform
from domain.process.state import RecordRefusal
from domain.receipt.commands import RecordReceipt
from domain.reconciliation.commands import RequestReconciliation, StateReconciliation
from domain.reconciliation.compare import Break
from domain.settings.state import PublishHolidays, PublishTerms
from domain.subject import commands as subject
from domain.token import commands as token
from domain.trade import commands as trade
from tests.application.memory_house import MemoryHouse
from tests.projections.access_tale import access_commands
from tests.projections.chain_tale import troubled_write
from tests.projections.forgetting_tale import forget
from tests.projections.onboarding_tale import onboard
from tests.projections.people_tale import come_in, pay_in_vain
from tests.projections.request_tale import ask_twice
from tests.projections.review_tale import review
from tests.projections.support import Scribe
from tests.projections.token_tale import ADDRESSES, operate, publish_rules

INVOICE = "FX-INV-23A4F"
TOKEN = "FXR-INV-23A4F"
ANSWERS = {"details_unchanged": True, "sanctions_on_directors": False, "risk_understood": True}
SEALED = Sealed(sealed="key-1", nonce="bm9uY2Vub25jZQ==", box="Ym94")
CAST: dict[str, tuple[Role, ...]] = {
    "coppergate": ("seller",),
    "northwind": ("buyer",),
    "pennine": ("lender",),
    "brunel": ("investor",),
    "listing": (),
}


class Tale(MemoryHouse):
    """The memory house with the people of the story, and a chain that refuses on request."""

    def __init__(self) -> None:
        super().__init__(self._carry)
        self.refuse: str | None = None

    def _carry(self, write: str, planned: ChainWritePlanned) -> dict[str, str] | str:
        if self.refuse is not None and write.startswith(self.refuse):
            return "the chain said no"
        match planned.purpose:
            case "identity":
                return {"wallet": str(planned.arguments[0]), "identity": "0x" + "1d" * 20}
            case "suite":
                return {
                    "token": "0x" + "c1" * 20,
                    "identity_registry": "0x" + "c2" * 20,
                    "compliance": "0x" + "c3" * 20,
                }
            case _:
                return {}

    def system(self, *commands: object) -> None:
        """Let a worker report, and everything follow."""
        for command in commands:
            self.send("process:worker", "process", command)  # type: ignore[arg-type]
            self.run()

    def act(self, who: str, *commands: object) -> None:
        """Let somebody act in the one role that it has, and everything follow."""
        for command in commands:
            self.send(f"subject:{who}", CAST[who][0], command)  # type: ignore[arg-type]
            self.run()

    def open(self) -> None:
        """Everything before the first invoice."""
        opened = log.OpenLog(
            origin="tallystick.example/memory",
            keys=("key",),
            witnesses=(),
            chain_id=31337,
            registry="0x" + "e1" * 20,
            owner="0x" + "e2" * 20,
        )
        terms = PublishTerms(
            discount_bps=240,
            fee_bps=100,
            face_cap=Money(5_000_000, "GBP"),
            confirmation_business_days=5,
        )
        holidays = PublishHolidays(calendar="england", days=("2026-05-25",))
        platform = RecordPlatform(addresses=ADDRESSES, gas_used=20_000_000)
        self.system(opened, terms, holidays, platform)
        for number, name in enumerate(CAST):
            self._enter(name, "0x" + f"{number + 16:02x}" * 20)
        issued = IssueApiKey(key="k1", subject="pennine", role="lender", digest="d1" * 32)
        self.system(issued, issued_to_brunel(), RevokeApiKey(key="k1"))
        self._deposit("pennine", 2_000_000)
        self._deposit("brunel", 500_000)

    def _enter(self, name: str, wallet: str) -> None:
        created = subject.CreateSubject(
            subject=name,
            name=name.title(),
            kind="platform" if name == "listing" else "institution",
            country="GB",
            roles=CAST[name],
            email=SEALED,
            bank_account=f"04-00-04/{name}",
        )
        self.system(created, subject.SubmitOnboarding(subject=name))
        self.system(subject.PassKyc(subject=name, evidence="kyc"))
        self.system(subject.PassScreening(subject=name, evidence="lists"))
        if name == "northwind":
            self.system(subject.OpenMlroReview(subject=name, reason="large"))
        self.system(subject.PassRisk(subject=name, evidence="risk"))
        self.system(subject.ActivateSubject(subject=name))
        self.system(subject.BindWallet(subject=name, address=wallet))

    def _deposit(self, name: str, amount: int) -> None:
        self.receive(f"deposit-{name}", amount, f"DEPOSIT {name}")

    def receive(self, reference: str, amount: int, narration: str) -> None:
        """Let the bank credit us."""
        command = RecordReceipt(
            receipt=reference,
            amount=Money(amount, "GBP"),
            narration=narration,
            counterparty="somebody",
            booked_at=self.now,
        )
        self.system(command)

    def submit(self, number: str, amount: int = 1_000_000) -> None:
        """Submit an invoice as the seller."""
        command = invoice.SubmitInvoice(
            number=number,
            buyer="northwind",
            face=Money(amount, "GBP"),
            issued="2026-05-20",
            due="2026-07-21",
            document=f"{len(self.log):064x}",
        )
        self.act("coppergate", command)

    def verify(self, number: str, *, unreadable: str | None = None) -> None:
        """Hand in the document's text: all that was said."""
        text = f"{number} 10,000.00 21/07/2026 Coppergate Northwind"
        command = invoice.RecordVerification(invoice=number, text=text, unreadable=unreadable)
        self.system(command)

    def link(self, number: str) -> str:
        """Tell the name of the buyer's link."""
        state: Invoice = self.states[f"invoice:{number}"]
        assert state.asked is not None
        return state.asked.link

    def send_mails(self) -> None:
        """Send what is to be sent; the last mail is refused."""
        wished = [identity_of(at.stream) for at in self.log if isinstance(at.fact, MailRequested)]
        waiting = [name for name in wished if self.states[f"mail:{name}"].state == "REQUESTED"]
        for name in waiting[:-1]:
            self.system(RecordMailSent(mail=name, message_id=f"<{name}>"))
        for name in waiting[-1:]:
            self.system(RecordMailRefused(mail=name, reason="no such address"))


def issued_to_brunel() -> IssueApiKey:
    """Make the key that stays in force."""
    return IssueApiKey(key="k2", subject="brunel", role="investor", digest="d2" * 32)


def _finance(tale: Tale) -> None:
    tale.now = "2026-05-22T10:42:00.000000Z"
    tale.submit(INVOICE)
    tale.verify(INVOICE, unreadable="encrypted")
    tale.submit(INVOICE)
    tale.verify(INVOICE)
    tale.act("northwind", invoice.ConfirmInvoice(invoice=INVOICE, link=tale.link(INVOICE)))
    tale.refuse = "transfer/"
    fund = invoice.FundInvoice(invoice=INVOICE, discount_bps=240)
    tale.act("pennine", fund)
    tale.refuse = None
    tale.act("pennine", fund)
    payment = tale.states[f"invoice:{INVOICE}"].payment
    tale.system(SettlePayment(payment=payment, bank_reference="bank-1"))


def _trade(tale: Tale) -> None:
    tale.now = "2026-05-22T14:38:00.000000Z"
    tale.act("pennine", token.SliceToken(token=TOKEN, slices=5))
    for number in (2, 3):
        offer = listing.OpenListing(
            token=TOKEN, slice=number, price=Money(199_150, "GBP"), quoted_yield_bps=242
        )
        tale.act("pennine", offer)
    tale.act("pennine", listing.WithdrawListing(listing=f"{TOKEN}-S3-1"))
    tale.refuse = "transfer/"
    for name in ("T1", "T2"):
        check = trade.CheckTrade(trade=name, listing=f"{TOKEN}-S2-1", answers=ANSWERS)
        tale.act("brunel", check, trade.ExecuteTrade(trade=name))
        tale.refuse = None
    failed = ANSWERS | {"risk_understood": False}
    tale.act("brunel", trade.CheckTrade(trade="T3", listing=f"{TOKEN}-S2-1", answers=failed))


def _settle(tale: Tale) -> None:
    tale.now = "2026-07-14T09:00:00.000000Z"
    tale.system(invoice.RemindBuyer(invoice=INVOICE, kind="seven_days"))
    tale.now = "2026-07-21T08:00:00.000000Z"
    tale.system(invoice.RemindBuyer(invoice=INVOICE, kind="due_day"))
    tale.receive("odd", 5, "who knows")
    tale.now = "2026-07-21T11:14:00.000000Z"
    tale.receive("final", 1_000_000, INVOICE)
    tale.send_mails()


def _others(tale: Tale) -> None:
    tale.now = "2026-05-22T11:00:00.000000Z"
    tale.submit("FX-INV-LATE")
    tale.verify("FX-INV-LATE")
    tale.submit("FX-INV-WRONG")
    tale.verify("FX-INV-WRONG")
    link = tale.link("FX-INV-WRONG")
    dispute = invoice.DisputeInvoice(invoice="FX-INV-WRONG", link=link, reason="not ordered")
    tale.act("northwind", dispute)
    tale.now = "2026-06-30T08:00:00.000000Z"
    tale.system(invoice.ExpireInvoice(invoice="FX-INV-LATE"))
    refusal = RecordRefusal(
        item="funding/7/1",
        process="funding",
        cause=7,
        command_type="invoice.fund",
        code="wrong_state",
        sentence="It is SETTLED.",
    )
    tale.system(refusal)


def _freeze(tale: Tale) -> None:
    tale.system(
        subject.FreezeSubject(subject="brunel"),
        subject.UnfreezeSubject(subject="brunel"),
        subject.FreezeSubject(subject="brunel"),
        subject.DeclineSubject(subject="brunel"),
    )
    end = "2026-07-22T00:00:00.000000Z"
    tale.system(subject.RenewKyc(subject="northwind", evidence="passport", valid_until=end))
    tale.now = end
    tale.system(subject.LapseFacts(subject="northwind"))


def _watch(tale: Tale) -> None:
    """Somebody mints behind our back; its block leaves the chain; books and chain agree again."""
    for log_index, contract in enumerate(("c1", "e1")):
        seen = ObserveChainFact(
            chain_id=31337,
            contract="0x" + contract * 20,
            kind="Token",
            event="Transfer",
            arguments={"from": "0x" + "00" * 20, "to": "0x" + "ee" * 20, "value": "5"},
            transaction="0x" + "f1" * 32,
            block=7,
            block_hash="0x" + "b7" * 32,
            log_index=log_index,
            token=TOKEN if contract == "c1" else None,
        )
        tale.system(seen)
    broken = _statement(tale, Break(kind="supply", book="0", chain="5"))
    asked = RequestReconciliation(token=TOKEN, reason="audit")
    tale.system(asked, broken, RetractChainFact(fact=f"31337/0x{'b7' * 32}/0"))
    gone = RecordChainReorganised(
        chain_id=31337, block=9, block_hash="0x" + "b9" * 32, fork_block=6, retracted=1
    )
    tale.system(gone, _statement(tale))


def _statement(tale: Tale, *breaks: Break) -> StateReconciliation:
    position = len(tale.log)
    return StateReconciliation(
        token=TOKEN,
        statement=f"{position:064x}",
        values=f"{len(breaks):064x}",
        contract="0x" + "c1" * 20,
        chain_id=31337,
        block=9,
        block_hash="0x" + "b9" * 32,
        position=position,
        wallets=3,
        in_transit=0,
        break_count=len(breaks),
        breaks=breaks,
    )


def _anchor(tale: Tale) -> None:
    purpose, old = next(iter(ADDRESSES.items()))
    new = "0x" + "f9" * 20
    tale.system(log.RotateKey(purpose=purpose, old=old, new=new, signature="0e" * 65))
    tale.system(RecordHandOver(purpose=purpose, account=new))
    for refused in ("anchor/", None):
        tale.refuse = refused
        if not refused:
            since = "2026-01-01T00:00:00.000000Z"
            tale.system(log.FreezeLog(position=1, since=since, limit_seconds=3600))
        size = len(tale.log)
        tale.system(log.CommitStreams(size=size, count=9, root="0a" * 32))
        plan = PlanAnchor(
            size=size, root="0b" * 32, head="0c" * 32, checkpoint="the note", path=("0d" * 32,)
        )
        tale.system(plan)


@cache
def tell() -> tuple[Recorded, ...]:
    """Tell the whole tale once."""
    tale = Tale()
    tale.open()
    publish_rules(tale)
    _others(tale)
    _finance(tale)
    _trade(tale)
    operate(tale, TOKEN)
    _settle(tale)
    review(tale, f"{TOKEN}-S2-1")
    _freeze(tale)
    _watch(tale)
    _anchor(tale)
    tale.system(*access_commands())
    onboard(tale)
    ask_twice(tale)
    forget(tale)
    assert not tale.refused, tale.refused
    return tuple(_mishaps(tale.log))


def _mishaps(log: list[Recorded]) -> list[Recorded]:
    """Add what neither people nor the willing chain of the tale do."""
    scribe = Scribe(log)
    pay_in_vain(scribe)
    mined = ChainWriteMined(
        transaction="0x01",
        block=5,
        block_hash="0x05",
        gas_used=21_000,
        gas_price="7",
        fee="147000",
    )
    scribe.write(
        "chainwrite:platform/factory",
        ChainWritePlanned(
            purpose="platform",
            reference="factory",
            signer="owner",
            contract="Factory",
            function="constructor",
            arguments=(1, ("a", {"b": "c"})),
        ),
        NonceAssigned(
            sender="0x02",
            nonce=4,
            value="0",
            gas_limit=30_000,
            max_fee_per_gas="9",
            max_priority_fee_per_gas="1",
            calldata_hash="0a",
        ),
        ChainWriteSigned(transaction="0x01"),
        ChainWriteBroadcast(transaction="0x01"),
        mined,
        ChainWriteReorganised(transaction="0x01", block_hash="0x05"),
    )
    troubled_write(scribe)
    come_in(scribe)
    return scribe.log

"""The people of the story in a house of memory, and what each of them does (002)."""

from collections.abc import Mapping
from typing import Final, TypeVar

import pytest
from typing_extensions import override

from domain.chainwrite.events import ChainWritePlanned
from domain.invoice import commands as invoice
from domain.invoice.state import Invoice
from domain.kernel.command import Command
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from domain.kernel.money import Money
from domain.kernel.refusal import Refusal, Refused
from domain.kernel.roles import Role
from domain.listing import commands as listing
from domain.log.commands import OpenLog
from domain.payment.commands import SettlePayment
from domain.platform.state import RecordPlatform
from domain.receipt.commands import RecordReceipt
from domain.settings.state import HOME_CALENDAR, PublishHolidays, PublishTerms
from domain.subject import commands as subject
from domain.token import commands as token
from domain.trade import commands as trade
from tests.application.memory_house import LOG, MemoryHouse

F = TypeVar("F", bound=Event)

NUMBER: Final = "FX-INV-23A4F"
TOKEN: Final = "FXR-INV-23A4F"
SLICE_2: Final = f"{TOKEN}-S2-1"
ANSWERS: Final = {
    "details_unchanged": True,
    "sanctions_on_directors": False,
    "risk_understood": True,
}
ADDRESSES: Final = {
    "token_agent": "0x" + "a1" * 20,
    "settlement_agent": "0x" + "a2" * 20,
    "trex_factory": "0x" + "a3" * 20,
    "identity_factory": "0x" + "a4" * 20,
    "claim_issuer_contract": "0x" + "a5" * 20,
    "country_module": "0x" + "a6" * 20,
    "holder_cap_module": "0x" + "a7" * 20,
    "max_balance_module": "0x" + "a8" * 20,
    "lock_up_module": "0x" + "a9" * 20,
}
NAMES: Final[Mapping[str, str]] = {
    "coppergate": "Coppergate Joinery",
    "northwind": "Northwind Retail",
    "pennine": "Pennine Capital",
    "mersey": "Mersey Credit",
    "brunel": "Brunel Family Office",
    "severn": "Severn Trust",
    "priya": "Priya of compliance",
    "adam": "Adam of operations",
    "listing": "Listing wallet",
}
ROLES: Final[Mapping[str, tuple[Role, ...]]] = {
    "coppergate": ("seller",),
    "northwind": ("buyer",),
    "pennine": ("lender",),
    "mersey": ("lender",),
    "brunel": ("investor",),
    "severn": ("investor",),
    "priya": ("compliance",),
    "adam": ("admin",),
    "listing": (),
}
HOLDERS: Final = ("pennine", "mersey", "brunel", "severn", "listing")
GOES_WELL: Final[Mapping[str, Mapping[str, str]]] = {
    "suite": {
        "token": "0x" + "c1" * 20,
        "identity_registry": "0x" + "c2" * 20,
        "compliance": "0x" + "c3" * 20,
    },
}


def pounds(amount: int) -> Money:
    """Name an amount of pence."""
    return Money(amount, "GBP")


class Telling(MemoryHouse):
    """A house in which the people of the story have accounts, wallets and money.

    The chain refuses writes whose names begin with ``refuses``, and keeps back those that begin
    with ``delays`` until ``catch_up``.
    """

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.refuses: tuple[str, ...] = ()
        self.delays: tuple[str, ...] = ()
        self.addresses: dict[str, str] = dict(ADDRESSES)
        self._delayed: list[tuple[str, ChainWritePlanned]] = []

    def _answer(self, write: str, planned: ChainWritePlanned) -> dict[str, str] | str:
        if write.startswith(self.refuses or ("nothing",)):
            return "the chain said no"
        if planned.purpose == "identity":
            return {"wallet": str(planned.arguments[0]), "identity": "0x" + "1d" * 20}
        return dict(GOES_WELL.get(planned.purpose, {}))

    @override
    def _carry_out(self, write: str, planned: ChainWritePlanned) -> None:
        if self.delays and write.startswith(self.delays):
            self._delayed.append((write, planned))
        else:
            super()._carry_out(write, planned)

    def catch_up(self) -> None:
        """Let the chain do what it kept back, and everything follow."""
        self.delays, delayed = (), list(self._delayed)
        self._delayed.clear()
        for write, planned in delayed:
            super()._carry_out(write, planned)
            self.run()

    def system(self, *commands: Command) -> None:
        """Let a worker report, and everything follow."""
        for command in commands:
            self.send("process:worker", "process", command)
            self.run()

    def act(self, who: str, *commands: Command) -> list[Recorded]:
        """Let somebody act in the first of its roles, and everything follow."""
        added = []
        for command in commands:
            added += self.send(f"subject:{who}", ROLES[who][0], command)
            self.run()
        return added

    def refusal(self, who: str, command: Command) -> Refusal:
        """Let somebody be refused, and show that nothing has changed."""
        before = len(self.log), dict(self.states)
        with pytest.raises(Refused) as refused:
            self.act(who, command) if who in ROLES else self.system(command)
        known = {stream: self.states[stream] for stream in before[1]}
        assert (len(self.log), known) == before
        return refused.value.refusal

    def facts(self, kind: type[F]) -> list[F]:
        """List the facts of a kind."""
        return [recorded.fact for recorded in self.log if isinstance(recorded.fact, kind)]

    def names(self, kind: type[Event]) -> list[str]:
        """List the identities of the streams that hold facts of a kind."""
        return [identity_of(at.stream) for at in self.log if isinstance(at.fact, kind)]

    def balance(self, owner: str, purpose: str = "cash", asset: str = "GBP") -> tuple[int, int]:
        """Tell (balance, held) of an account."""
        account = self.states[f"account:{owner}/{purpose}/{asset}"]
        return account.balance, account.held

    def invoice_of(self, number: str = NUMBER) -> Invoice:
        """Tell the state of an invoice."""
        state: Invoice = self.states[f"invoice:{number}"]
        return state

    def open(self) -> None:
        """Everything before the first invoice."""
        opened = OpenLog(
            origin=LOG,
            keys=("key",),
            witnesses=(),
            chain_id=31337,
            registry="0x" + "e1" * 20,
            owner="0x" + "e2" * 20,
        )
        terms = PublishTerms(
            discount_bps=240,
            fee_bps=100,
            face_cap=pounds(5_000_000),
            confirmation_business_days=5,
        )
        holidays = PublishHolidays(calendar=HOME_CALENDAR, days=("2026-05-25",))
        self.system(opened, terms, holidays, RecordPlatform(addresses=self.addresses, gas_used=1))
        for name in NAMES:
            self.enter(name)
        for name in ("pennine", "mersey"):
            self.deposit(name, 2_000_000)
        for name in ("brunel", "severn"):
            self.deposit(name, 500_000)
        self.now = "2026-05-22T10:42:00.000000Z"

    def enter(self, name: str) -> None:
        """Lead a subject through the gates, and give it a wallet when it may hold tokens."""
        created = subject.CreateSubject(
            subject=name,
            name=NAMES[name],
            kind="platform" if name == "listing" else "institution",
            country="GB",
            roles=ROLES[name],
            bank_account=f"04-00-04/{name}",
        )
        self.system(
            created,
            subject.SubmitOnboarding(subject=name),
            subject.PassKyc(subject=name, evidence="file 1"),
            subject.PassScreening(subject=name, evidence="file 2"),
            subject.PassRisk(subject=name, evidence="file 3"),
            subject.ActivateSubject(subject=name),
        )
        if name in HOLDERS:
            self.system(subject.BindWallet(subject=name, address=self.wallet(name)))

    def wallet(self, name: str) -> str:
        """Tell the wallet that somebody binds."""
        return f"0x{list(NAMES).index(name) + 1:040x}"

    def deposit(self, name: str, amount: int) -> None:
        """Let a subject send us money."""
        self.receive(f"deposit-{name}-{len(self.log)}", amount, f"DEPOSIT {name}")

    def receive(self, reference: str, amount: int, narration: str = NUMBER) -> None:
        """Let the bank credit us."""
        receipt = RecordReceipt(
            receipt=reference,
            amount=pounds(amount),
            narration=narration,
            counterparty="somebody",
            booked_at=self.now,
        )
        self.system(receipt)

    def submission(self, number: str = NUMBER, **changes: object) -> invoice.SubmitInvoice:
        """Make the command by which the seller submits the invoice of the story."""
        fields: dict[str, object] = {
            "number": number,
            "buyer": "northwind",
            "face": pounds(1_000_000),
            "issued": "2026-05-22",
            "due": "2026-07-21",
            "document": f"{len(self.log):064x}",
        }
        return invoice.SubmitInvoice(**{**fields, **changes})  # type: ignore[arg-type]

    def verify(self, number: str = NUMBER) -> None:
        """Hand in a document that says what the seller said."""
        text = f"{number} £10,000.00 21 July 2026 Coppergate Joinery Northwind Retail"
        self.system(invoice.RecordVerification(invoice=number, text=text))

    def ask(self, number: str = NUMBER) -> str:
        """Submit and verify; tell the name of the buyer's link."""
        self.act("coppergate", self.submission(number))
        self.verify(number)
        asked = self.invoice_of(number).asked
        assert asked is not None
        return asked.link

    def list_for_sale(self, number: str = NUMBER) -> None:
        """Go on until lenders can fund the invoice."""
        link = self.ask(number)
        self.act("northwind", invoice.ConfirmInvoice(invoice=number, link=link))

    def fund(self, lender: str = "pennine", number: str = NUMBER) -> None:
        """Let a lender accept the listed price."""
        self.act(lender, invoice.FundInvoice(invoice=number, discount_bps=240))

    def disburse(self, number: str = NUMBER) -> None:
        """Let the bank pay the seller."""
        payment = self.invoice_of(number).payment
        assert payment is not None
        self.system(SettlePayment(payment=payment, bank_reference=f"bank/{number}"))

    def finance(self, number: str = NUMBER) -> None:
        """Go on from nothing until the seller has its money."""
        self.list_for_sale(number)
        self.fund(number=number)
        self.disburse(number)

    def offer(self, seller: str = "pennine", number: int = 2, price: int = 199_150) -> None:
        """Offer a slice at a price."""
        command = listing.OpenListing(
            token=TOKEN, slice=number, price=pounds(price), quoted_yield_bps=242
        )
        self.act(seller, command)

    def split(self) -> None:
        """Finance the invoice, split it in five and offer slice 2."""
        self.finance()
        self.act("pennine", token.SliceToken(token=TOKEN, slices=5))
        self.offer()

    def check(self, name: str, offer: str = SLICE_2, buyer: str = "brunel") -> None:
        """Pass the pre-trade check."""
        self.act(buyer, trade.CheckTrade(trade=name, listing=offer, answers=ANSWERS))

    def buy(self, name: str, offer: str = SLICE_2, buyer: str = "brunel") -> None:
        """Pass the check and buy."""
        self.check(name, offer, buyer)
        self.act(buyer, trade.ExecuteTrade(trade=name))

    def repay(self) -> None:
        """Let the buyer pay on the due date."""
        self.now = "2026-07-21T11:14:00.000000Z"
        self.receive("obligor", 1_000_000)

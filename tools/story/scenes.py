"""The scenes of the story in order: each acts through the API and checks what came of it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from domain.kernel.roles import Role
from interfaces.outbound.clock import set_story_time
from interfaces.outbound.evm.tokens import TokenReader, token_of
from interfaces.settings import Settings
from interfaces.wiring import gateway_of
from tools.bank.control import BankControl
from tools.bank.model import OpenAccount, OutsideCredit
from tools.invoicepdf import DEMO_INVOICE, invoice_pdf
from tools.mailbox import Received, wait_for_mail
from tools.story import cast
from tools.story.cast import Persona
from tools.story.client import Api, ApiProblem, Json
from tools.story.errors import StoryError
from tools.story.onboarding import let_in
from tools.story.wallets import bind_wallet


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What the scenes play on."""

    url: str
    mailbox: Path
    clock: Path
    bank: BankControl
    settings: Settings
    issue_key: Callable[[str, Role], str]
    """Issues an API key for (subject, role), as ``tally key create`` does."""
    keys: dict[str, Api]
    say: Callable[[str], None] = lambda _: None

    def api(self, persona: Persona) -> Api:
        """The doors with a persona's key."""
        return self.keys[persona.subject]

    @property
    def collections_account(self) -> str:
        """The account at the bank that money for clients arrives at."""
        return self.settings.collections_account

    def close(self) -> None:
        """Close the connections of everybody."""
        for api in self.keys.values():
            api.close()
        self.bank.close()

    def time(self, at: str) -> None:
        """Move the story's clock."""
        set_story_time(self.clock, at)


def expect(found: object, wanted: object, what: str) -> None:
    """Check a figure of the story; raises StoryError."""
    if found != wanted:
        message = f"{what}: {wanted!r} was written, {found!r} came out"
        raise StoryError(message)


def _prepare_people(stage: Stage) -> None:
    stage.keys["admin"] = Api(stage.url, stage.issue_key("admin", "admin"))
    admin = stage.api(cast.ADMIN)
    for persona in cast.CREATED:
        body: Json = {
            "subject": persona.subject,
            "name": persona.name,
            "kind": persona.kind,
            "country": "GB",
            "roles": [persona.role],
            "email": persona.email,
        }
        if persona.account is not None:
            body["bank_account"] = persona.account
        admin.post("/subjects", body, key=f"create {persona.subject}")
        key = stage.issue_key(persona.subject, persona.role)
        stage.keys[persona.subject] = Api(stage.url, key)
    let_in(stage.keys)
    for persona in cast.CREATED:
        if persona.holds_tokens:
            bind_wallet(stage.keys[persona.subject], persona.subject)


def _prepare_money(stage: Stage) -> None:
    stage.bank.open_account(
        OpenAccount(account=stage.collections_account, name="FinToken X client account")
    )
    for persona in cast.CREATED:
        if persona.account is not None:
            opening = OpenAccount(
                account=persona.account, name=persona.name, balance=persona.bank_balance
            )
            stage.bank.open_account(opening)
    for persona in cast.CREATED:
        if persona.deposit:
            stage.bank.credit_from_outside(
                OutsideCredit(
                    account=stage.collections_account,
                    amount=persona.deposit,
                    narration=f"DEPOSIT {persona.subject}",
                    counterparty=persona.name,
                    id=f"deposit {persona.subject}",
                )
            )
    for persona in cast.CREATED:
        if persona.deposit:
            _await_balance(stage, persona, persona.deposit)
        if persona.holds_tokens:
            path = f"/subjects/{persona.subject}"
            stage.api(cast.ADMIN).until(path, _is_vouched_for)


def _is_vouched_for(subject: dict[str, Any]) -> bool:
    """Say whether the identity is there and carries the claims that tokens demand."""
    claims = (subject.get("claims") or {}).values()
    return bool(claims) and all(claim["state"] == "ADDED" for claim in claims)


def _await_balance(stage: Stage, persona: Persona, amount: int) -> None:
    path = f"/accounts/{persona.subject}/cash/{cast.CURRENCY}"
    stage.api(persona).until(path, lambda answer: answer.get("balance") == amount)


def _submit(stage: Stage) -> None:
    seller = stage.api(cast.COPPERGATE)
    digest = seller.upload(invoice_pdf(DEMO_INVOICE), key="the pdf")
    body: Json = {
        "number": cast.INVOICE,
        "buyer": cast.NORTHWIND.subject,
        "face": {"amount": cast.FACE, "currency": cast.CURRENCY},
        "issued": DEMO_INVOICE.issued,
        "due": DEMO_INVOICE.due,
        "document": digest,
    }
    seller.post("/invoices", body, key="submit")
    try:
        seller.post("/invoices", body, key="submit it again")
    except ApiProblem as problem:
        expect(problem.code, "invoice_already_submitted", "the second submission")
    else:
        message = "the same invoice was taken twice"
        raise StoryError(message)
    await_invoice(stage, "AWAITING_BUYER")


def await_invoice(stage: Stage, state: str) -> Json:
    """Wait until the seller sees the invoice in a state."""
    path = f"/invoices/{cast.INVOICE}"
    return stage.api(cast.COPPERGATE).until(path, lambda answer: answer.get("state") == state)


LINK: Final = re.compile(r"https?://\S+/buyer/confirm/\S+")


def _confirm(stage: Stage) -> None:
    mail = wait_for_mail(stage.mailbox, to=cast.NORTHWIND.email, subject=cast.INVOICE, seconds=20.0)
    link = link_in(mail)
    with httpx.Client(trust_env=False, timeout=30.0) as browser:
        shown = browser.get(link)
        expect(shown.status_code, 200, "the buyer's page")
        token = link.partition("token=")[2]
        done = browser.post(link, data={"token": token, "answer": "confirm"})
        expect(done.status_code, 200, "the buyer's confirmation")
        again = browser.post(link, data={"token": token, "answer": "confirm"})
        expect(again.status_code, 409, "the link's second use")
        forged = browser.get(link[:-4] + "AAAA")
        expect(forged.status_code, 403, "a guessed link")


def link_in(mail: Received) -> str:
    """Find the magic link in a mail."""
    found = LINK.search(mail.text)
    if found is None:
        message = "the buyer's mail has no link"
        raise StoryError(message)
    return found.group(0)


def expect_chain_as_books(stage: Stage, holders: dict[str, int]) -> None:
    """Check that these subjects hold these units, in the books and on the chain."""
    admin = stage.api(cast.ADMIN)
    # Another view told that the invoice is this far: the holders are asked as of the same log.
    views = admin.get("/operations/views")["items"]
    admin.position = max(admin.position, *(each["position"] + each["lag"] for each in views))
    registered = admin.get(f"/tokens/{cast.TOKEN}/holders")["items"]
    booked = {each["holder"]: each["units"] for each in registered if each["units"]}
    expect(booked, holders, "holders in the books")
    with gateway_of(stage.settings) as gateway:
        factory = json.loads(admin.raw("/feed?types=platform.deployed"))
        addresses = factory["_embedded"]["records"][0]["data"]["addresses"]
        token = token_of(gateway, addresses["trex_factory"], cast.TOKEN) or ""
        reader = TokenReader(gateway, token)
        chained = {each["holder"]: reader.balance_of(each["wallet"]) for each in registered}
    held = {holder: units for holder, units in chained.items() if units}
    expect(held, holders, "holders on the chain")


def _list(stage: Stage) -> None:
    await_invoice(stage, "LISTED")
    expect_chain_as_books(stage, {"listing": cast.FACE})
    wait_for_mail(stage.mailbox, to=cast.COPPERGATE.email, subject="confirmed", seconds=20.0)


def _fund(stage: Stage) -> None:
    lender = stage.api(cast.PENNINE)
    offers = lender.get("/marketplace/offers")["items"]
    offer = next(each for each in offers if each["invoice"] == cast.INVOICE)
    expect(offer["advance"]["amount"], cast.ADVANCE, "the advance on offer")
    lender.post(f"/invoices/{cast.INVOICE}/fund", {"discount_bps": cast.DISCOUNT_BPS}, key="fund")
    await_invoice(stage, "DISBURSED")
    account = stage.bank.account(cast.COPPERGATE.account or "")
    expect(account.balance, cast.PAYOUT, "the seller's bank balance")
    wait_for_mail(stage.mailbox, to=cast.COPPERGATE.email, subject="in your account")
    fees = stage.api(cast.ADMIN).get("/accounts/platform/fees/GBP")
    expect(fees["balance"], cast.FEE, "the platform's fee")
    expect_chain_as_books(stage, {cast.PENNINE.subject: cast.FACE})


def _slice(stage: Stage) -> None:
    lender = stage.api(cast.PENNINE)
    lender.post(f"/tokens/{cast.TOKEN}/slices", {"slices": cast.SLICES}, key="slices")
    body: Json = {
        "token": cast.TOKEN,
        "slice": cast.SLICE,
        "price": {"amount": cast.SLICE_PRICE, "currency": cast.CURRENCY},
        "quoted_yield_bps": cast.QUOTED_YIELD_BPS,
    }
    lender.post("/listings", body, key="list slice 2")


def _trade(stage: Stage) -> None:
    investor = stage.api(cast.BRUNEL)
    lender = stage.api(cast.PENNINE)
    investor.position = max(investor.position, lender.position)
    listings = investor.get("/marketplace/listings")["items"]
    listing = next(each for each in listings if each["token"] == cast.TOKEN)
    expect(listing["quoted_yield_bps"], cast.QUOTED_YIELD_BPS, "the quoted yield")
    if listing["computed_yield_bps"] == listing["quoted_yield_bps"]:
        message = "our own yield is a copy of the quoted one"
        raise StoryError(message)
    answers = {"details_unchanged": True, "sanctions_on_directors": False, "risk_understood": True}
    body: Json = {"trade": cast.TRADE, "listing": listing["listing"], "answers": answers}
    investor.post("/trades", body, key="pre-trade check")
    investor.post(f"/trades/{cast.TRADE}/execute", key="execute")
    investor.until(f"/trades/{cast.TRADE}", lambda answer: answer["state"] == "TRADE_SETTLED")
    _await_balance(stage, cast.BRUNEL, cast.BRUNEL.deposit - cast.SLICE_PRICE)
    rest = cast.FACE - cast.LOT_UNITS
    expect_chain_as_books(stage, {"pennine": rest, "brunel": cast.LOT_UNITS})


def _remind(days: str) -> Callable[[Stage], None]:
    def scene(stage: Stage) -> None:
        wait_for_mail(stage.mailbox, to=cast.NORTHWIND.email, subject=f"due {days}", seconds=20.0)

    return scene


def _repay(stage: Stage) -> None:
    stage.bank.credit_from_outside(
        OutsideCredit(
            account=stage.collections_account,
            amount=cast.FACE,
            narration=cast.INVOICE,
            counterparty=cast.NORTHWIND.name,
            id="the obligor pays",
        )
    )
    spent = cast.PENNINE.deposit - cast.ADVANCE + cast.SLICE_PRICE
    _await_balance(stage, cast.PENNINE, spent + 800_000)
    _await_balance(stage, cast.BRUNEL, cast.BRUNEL.deposit - cast.SLICE_PRICE + 200_000)


def _settle(stage: Stage) -> None:
    await_invoice(stage, "SETTLED")
    for persona in (cast.COPPERGATE, cast.NORTHWIND):
        wait_for_mail(stage.mailbox, to=persona.email, subject="settled", seconds=20.0)
    for persona in (cast.PENNINE, cast.BRUNEL):
        wait_for_mail(stage.mailbox, to=persona.email, subject="paid out", seconds=20.0)


SCENES: Final[tuple[tuple[str, str, str, Callable[[Stage], None]], ...]] = (
    ("2026-05-20T09:00:00.000000Z", "Admin", "lets everybody in", _prepare_people),
    ("2026-05-20T10:00:00.000000Z", "Bank", "funds the cash accounts", _prepare_money),
    ("2026-05-22T10:42:00.000000Z", "Coppergate", f"submits {cast.INVOICE}", _submit),
    ("2026-05-22T14:21:00.000000Z", "Northwind", "confirms through the mailed link", _confirm),
    ("2026-05-22T14:21:30.000000Z", "Chain", f"mints {cast.TOKEN}, listed", _list),
    ("2026-05-22T14:24:00.000000Z", "Pennine", "funds at 2.4 %, Coppergate is paid", _fund),
    ("2026-05-22T14:38:00.000000Z", "Pennine", "splits in 5, lists slice 2", _slice),
    ("2026-05-22T14:39:00.000000Z", "Brunel", "passes the check and buys slice 2", _trade),
    ("2026-07-14T09:00:00.000000Z", "Northwind", "is reminded, 7 days to go", _remind("in 7 days")),
    ("2026-07-21T08:00:00.000000Z", "Northwind", "is reminded, due today", _remind("today")),
    ("2026-07-21T11:14:00.000000Z", "Northwind", "pays 10,000.00, shared 8:2", _repay),
    ("2026-07-21T11:15:00.000000Z", "Chain", "burns the token; all are told", _settle),
)
"""Instant, actor, what happens, and the scene itself."""

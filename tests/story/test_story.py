"""The story of one invoice, exact to the penny, on a real Postgres and a real EVM node."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.tokens import TokenReader
from tests.story.conftest import Told
from tools.mailbox import read_mailbox
from tools.story import cast, leftout, proof
from tools.story.client import Api
from tools.story.second import verify_again

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.postgres, pytest.mark.chain, pytest.mark.slow]

STATES = (
    "invoice.submitted",
    "invoice.verification_started",
    "invoice.verified",
    "invoice.buyer_asked",
    "invoice.confirmed",
    "invoice.tokenised",
    "invoice.listed",
    "invoice.funded",
    "invoice.advance_paid",
    "invoice.disbursed",
    "invoice.reminded",
    "invoice.reminded",
    "invoice.obligor_paid",
    "invoice.distributed",
    "invoice.settled",
)


@pytest.mark.capability("FX1")
@pytest.mark.capability("FX2")
@pytest.mark.capability("FX6")
def test_the_invoice_went_through_its_states_in_order(told: Told) -> None:
    stream = f"invoice:{cast.INVOICE}"
    assert tuple(each["type"] for each in told.records if each["stream"] == stream) == STATES
    assert told.of("invoice.verified")[0]["data"]["checks"] == [
        "number", "amount", "due", "seller", "buyer", "cap", "duplicate",
    ]  # fmt: skip


@pytest.mark.capability("FX8")
def test_everybody_went_through_the_gates(told: Told) -> None:
    gates = [
        "subject.created",
        "subject.onboarding_submitted",
        "subject.kyc_passed",
        "subject.screening_passed",
        "subject.risk_passed",
        "subject.activated",
    ]
    for persona in cast.CREATED:
        stream = f"subject:{persona.subject}"
        seen = [each["type"] for each in told.records if each["stream"] == stream]
        assert [each for each in seen if each in gates] == gates
        assert ("subject.mlro_review_opened" in seen) == (persona.role == "seller")
    known = {each["stream"] for each in told.of("subject.kyc_approved")}
    others = {*cast.CREATED} - {cast.COMPLIANCE, cast.REVIEWER}
    assert known == {f"subject:{persona.subject}" for persona in others}
    passed = [each["data"].get("provenance") for each in told.of("subject.kyc_passed")]
    assert all(each is None or len(each["inputs"]) == 64 for each in passed)
    asked = told.of("check.asked")
    assert {each["data"]["provider"] for each in asked} == {"manual", "policy"}
    emails = [
        each["data"]["email"] for each in told.of("subject.created") if "email" in each["data"]
    ]
    assert all(set(email) == {"sealed", "nonce", "box"} for email in emails)
    assert not any(persona.email in json.dumps(told.records) for persona in cast.CREATED)


@pytest.mark.capability("FX3")
def test_the_token_was_minted_to_the_listing_wallet_and_is_gone_at_the_end(
    told: Told, gateway: EvmGateway
) -> None:
    planned, minted = told.of("token.planned")[0]["data"], told.of("token.minted")[0]["data"]
    assert (planned["symbol"], planned["decimals"], planned["units"]) == (cast.TOKEN, 2, cast.FACE)
    assert (minted["holder"], minted["units"]) == ("listing", cast.FACE)
    token = TokenReader(gateway, told.of("token.deployed")[0]["data"]["address"])
    assert (token.symbol(), token.decimals(), token.total_supply()) == (cast.TOKEN, 2, 0)
    holders = {each["data"]["subject"] for each in told.of("token.holder_registered")}
    assert holders == {"listing", "pennine", "brunel"}


@pytest.mark.capability("FX4")
@pytest.mark.capability("FX15")
def test_the_lender_paid_and_the_seller_was_paid_through_the_bank(told: Told) -> None:
    funded = told.of("invoice.funded")[0]["data"]
    assert funded["advance"] == {"amount": cast.ADVANCE, "currency": "GBP"}
    assert funded["fee"] == {"amount": cast.FEE, "currency": "GBP"}
    instructed = told.of("payment.instructed")[0]["data"]
    assert instructed["amount"] == {"amount": cast.PAYOUT, "currency": "GBP"}
    assert told.stage.bank.account(cast.COPPERGATE.account or "").balance == cast.PAYOUT
    statement = told.stage.bank.statement(cast.COPPERGATE.account or "", "2026-05-22")
    assert instructed["end_to_end"].encode() in statement


@pytest.mark.capability("FX5")
def test_the_slice_changed_hands_against_cash(told: Told) -> None:
    opened, settled = told.of("listing.opened")[0]["data"], told.of("trade.settled")[0]
    assert (opened["slice"], opened["units"]) == (cast.SLICE, cast.LOT_UNITS)
    assert opened["price"]["amount"] == cast.SLICE_PRICE
    assert (opened["quoted_yield_bps"], opened["computed_yield_bps"]) == (242, 260)
    together = [each for each in told.records if each["command"] == settled["command"]]
    moved = Counter(each["type"] for each in together)
    assert moved["account.posted"] == moved["account.credited"] == 2
    cause = told.records[json.loads(settled["body"])["cause"] - 1]
    assert cause["type"] == "chainwrite.confirmed"


@pytest.mark.capability("FX6")
@pytest.mark.capability("B5")
def test_the_books_are_exact_and_balance(told: Told, auditor: Api) -> None:
    accounts = proof.check_books(auditor, told.records)
    by_asset: Counter[str] = Counter()
    for account in accounts:
        by_asset[account["asset"]] += account["balance"]
    assert set(by_asset.values()) == {0}
    shares = told.of("invoice.distributed")[0]["data"]["shares"]
    assert {each["holder"]: each["amount"]["amount"] for each in shares} == {
        "pennine": 800_000,
        "brunel": 200_000,
    }


@pytest.mark.capability("FX16")
def test_each_mail_went_to_its_person_once(told: Told) -> None:
    sent = Counter((mail.to, mail.subject) for mail in read_mailbox(told.stack.mailbox))
    assert set(sent.values()) == {1}
    aisha, tom = cast.COPPERGATE.email, cast.NORTHWIND.email
    assert Counter(to for to, _ in sent) == {
        aisha: 3, tom: 4, cast.PENNINE.email: 1, cast.BRUNEL.email: 1, cast.REVIEWER.email: 7,
    }  # fmt: skip
    templates = Counter(each["data"]["template"] for each in told.of("mail.requested"))
    assert templates == {
        "C1": 1, "S4": 1, "S6": 1, "C4_seven_days": 1, "C4_due_day": 1, "kyc_submitted": 7,
        "closeout_seller": 1, "closeout_buyer": 1, "closeout_lender": 1, "closeout_investor": 1,
    }  # fmt: skip
    assert len(told.of("mail.sent")) == 16


def test_addresses_and_gas_are_on_record(told: Told, auditor: Api) -> None:
    deployed = told.of("platform.deployed")[0]["data"]
    assert deployed["gas_used"] > 20_000_000
    assert {"trex_factory", "identity_factory", "settlement_agent"} <= set(deployed["addresses"])
    assert deployed["addresses"]["anchor_registry"] == told.records[0]["data"]["registry"]
    writes = proof.all_pages(auditor, "/chain-writes")
    assert {each["state"] for each in writes} == {"CONFIRMED"}
    assert all(each["gas_used"] > 0 and int(each["fee"]) > 0 for each in writes)


@pytest.mark.capability("B1")
def test_every_event_verifies_offline(told: Told, auditor: Api, tmp_path: Path) -> None:
    """In process for all, as an auditor runs it for the feed and three bundles."""
    (tmp_path / "checkpoint").write_bytes(auditor.raw("/log/checkpoint"))
    records, _ = proof.write_results(tmp_path, told.stage.api(cast.COMPLIANCE), told.settings)
    verified = proof.verify_everything(tmp_path, told.settings, len(records), told.anchored)
    assert verified == len(records)
    assert verify_again(tmp_path, told.settings, len(records), told.anchored) == verified
    trust = ["--trust", str(tmp_path / "trust.json")]
    checkpoint = ["--checkpoint", str(tmp_path / "checkpoint")]
    assert _verify(tmp_path / "feed.ndjson", *trust, *checkpoint) == (0, "ok")
    rpc = ["--rpc", told.settings.chain_url]
    for position in (1, told.anchored // 2, told.anchored):
        assert _verify(tmp_path / "evidence" / f"{position}.json", *trust, *rpc) == (0, "ok")
    bundle = json.loads((tmp_path / "evidence" / "7.json").read_bytes())
    bundle["body"] = bundle["body"].replace('"version":', '"version":1')
    (tmp_path / "forged.json").write_text(json.dumps(bundle))
    status, code = _verify(tmp_path / "forged.json", *trust)
    assert (status, code) == (1, "chain_mismatch")


@pytest.mark.capability("B9")
def test_a_balance_and_an_absence_are_proven_complete(
    told: Told, auditor: Api, tmp_path: Path
) -> None:
    """Both verifiers agree, and the doors of REST and GraphQL give the same bytes to judge."""
    (tmp_path / "trust.json").write_bytes(auditor.raw("/log/trust"))
    shown = leftout.prove_completeness(tmp_path, auditor, told.settings)
    assert shown.balance == cast.PENNINE.deposit - cast.ADVANCE + cast.SLICE_PRICE
    bundle = json.loads((tmp_path / leftout.FOLDER / "balance.json").read_bytes())
    assert shown.position < told.anchored, "the account has moved since"
    asked = "query ($s: String!, $at: String) { completeness(stream: $s, at: $at) }"
    stream = f"account:{leftout.ACCOUNT}"
    answer = auditor.graphql(asked, s=stream, at=str(shown.position))["completeness"]
    assert answer == bundle


def _verify(evidence: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-I", str(ROOT / "tools" / "verify.py"), str(evidence)]
    done = subprocess.run(
        [*command, *arguments, "--json"], capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)["code"]


def test_the_streams_are_committed_before_each_anchor(told: Told) -> None:
    for planned in told.of("anchor.planned"):
        commitment = told.records[planned["data"]["size"] - 1]
        assert commitment["type"] == "log.streams_committed"
        assert 0 < commitment["data"]["size"] < commitment["position"]


def test_nothing_was_left_for_people_to_mend(told: Told) -> None:
    assert told.of("process.refused") == []

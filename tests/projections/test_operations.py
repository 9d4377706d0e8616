"""Subjects, keys, chain writes, anchors, audit trail, work items, mails, payments, receipts."""

import msgspec

from domain.chainwrite.events import (
    ChainWriteBroadcast,
    ChainWriteMined,
    ChainWritePlanned,
    ChainWriteReorganised,
    ChainWriteSigned,
    NonceAssigned,
)
from domain.subject.events import SubjectCreated, WalletBound
from projections.access.project import VIEW as ACCESS
from projections.anchors.project import VIEW as ANCHORS
from projections.audit.project import VIEW as AUDIT
from projections.chain_writes.project import VIEW as CHAIN_WRITES
from projections.mails.project import VIEW as MAILS
from projections.payments.project import VIEW as PAYMENTS
from projections.subjects.project import VIEW as SUBJECTS
from projections.work_items.project import VIEW as WORK_ITEMS
from tests.projections.chain_tale import TROUBLED
from tests.projections.support import Scribe, folded
from tests.projections.tale import INVOICE, SEALED, TOKEN, tell


def test_a_subject_shows_gates_wallet_and_a_sealed_address() -> None:
    rows = folded(SUBJECTS, tell()).rows
    seller = rows[("subjects", ("coppergate",))]
    assert (seller["state"], seller["roles"], seller["country"]) == (
        "ACTIVE",
        ["issuer", "seller"],
        "GB",
    )
    assert seller["email"] == msgspec.to_builtins(SEALED)
    assert seller["identity"] == "0x" + "1d" * 20
    assert rows[("subjects", ("brunel",))]["state"] == "DECLINED"


def test_a_subject_needs_no_mail_address_and_a_new_wallet_has_no_identity() -> None:
    scribe = Scribe()
    created = SubjectCreated(name="A", kind="person", country="GB", roles=("seller",))
    scribe.write("subject:a", created, WalletBound(address="0x01"))
    row = folded(SUBJECTS, scribe.log).rows[("subjects", ("a",))]
    assert (row["email"], row["wallet"], row["identity"]) == (None, "0x01", None)


def test_keys_are_found_by_digest_and_keep_that_they_were_revoked() -> None:
    rows = folded(ACCESS, tell()).rows
    assert rows[("api_keys", ("k1",))]["revoked"] is True
    kept = rows[("api_keys", ("k2",))]
    assert (kept["digest"], kept["role"], kept["revoked"]) == ("d2" * 32, "investor", False)


def test_a_chain_write_ends_confirmed_with_its_gas() -> None:
    rows = folded(CHAIN_WRITES, tell()).rows
    row = rows[("chain_writes", (f"transfer/{TOKEN}/trade/T2",))]
    assert (row["state"], row["purpose"], row["token"]) == ("CONFIRMED", "transfer", TOKEN)
    assert (row["reference"], row["gas_used"], row["fee"]) == ("trade/T2", 1, "1")
    assert (row["confirmations"], row["result"]) == (2, {})
    failed = rows[("chain_writes", (f"transfer/{TOKEN}/trade/T1",))]
    assert (failed["state"], failed["reason"]) == ("FAILED", "the chain said no")
    identity = next(row for row in rows.values() if row["purpose"] == "identity")
    assert identity["token"] is None


def test_a_reorganised_write_has_no_block() -> None:
    log = tell()
    row = folded(CHAIN_WRITES, log).rows[("chain_writes", ("platform/factory",))]
    assert (row["state"], row["block"], row["gas_used"], row["fee"]) == (
        "BROADCAST",
        None,
        None,
        None,
    )
    assert row["transaction"] == "0x01"
    assert row["arguments"] == [1, ["a", {"b": "c"}]]
    steps = [event.fact for event in log if event.stream == "chainwrite:platform/factory"]
    assert [type(fact) for fact in steps] == [
        ChainWritePlanned,
        NonceAssigned,
        ChainWriteSigned,
        ChainWriteBroadcast,
        ChainWriteMined,
        ChainWriteReorganised,
    ]


def test_a_write_counts_its_attempts_bumps_and_retractions() -> None:
    rows = folded(CHAIN_WRITES, tell()).rows
    row = rows[("chain_writes", (TROUBLED,))]
    assert (row["state"], row["block"], row["transaction"]) == ("CONFIRMED", 16, "0xa5")
    assert (row["attempts"], row["bumps"], row["retractions"]) == (4, 1, 1)
    assert row["reason"] is None


def test_every_transaction_that_was_ever_signed_is_in_the_gas_ledger() -> None:
    rows = folded(CHAIN_WRITES, tell()).rows
    ledger = {
        row["transaction"]: (row["nonce"], row["max_fee_per_gas"], row["state"], row["fee"])
        for (table, _), row in rows.items()
        if table == "chain_transactions" and row["write"] == TROUBLED
    }
    assert ledger == {
        "0xa1": (5, "9", "SIGNED", None),
        "0xa2": (6, "9", "MINED", "140000"),
        "0xa3": (6, "11", "SIGNED", None),
        "0xa4": (7, "9", "MINED", "140000"),
        "0xa5": (8, "9", "MINED", "140000"),
    }


def test_an_anchor_ends_confirmed_or_failed() -> None:
    failed, confirmed = folded(ANCHORS, tell()).table("anchors")
    assert (failed["state"], failed["reason"]) == ("FAILED", "the chain said no")
    assert failed["transaction"] is None
    assert (confirmed["state"], confirmed["chain_id"]) == ("CONFIRMED", 31337)
    assert confirmed["checkpoint"] == "the note"
    assert confirmed["confirmed_at"] is not None


def test_the_audit_trail_names_everybody_and_shows_no_data() -> None:
    rows = folded(AUDIT, tell()).table("audit")
    assert len(rows) == len(tell())
    confirmed = next(row for row in rows if row["type"] == "invoice.confirmed")
    assert confirmed["actor"] == "subject:northwind"
    assert "data" not in confirmed


def test_the_audit_trail_keeps_what_a_process_reacted_to() -> None:
    event = tell()[0]
    caused = msgspec.structs.replace(
        event, envelope=msgspec.structs.replace(event.envelope, cause=7)
    )
    (row,) = folded(AUDIT, [caused]).table("audit")
    assert (row["cause"], row["version"]) == (7, 1)


def test_a_refused_command_of_a_process_is_a_work_item() -> None:
    retracted, item = sorted(
        folded(WORK_ITEMS, tell()).table("work_items"), key=lambda row: str(row["code"])
    )
    assert (retracted["code"], retracted["process"]) == ("chain_write_retracted", "chain")
    assert TROUBLED in retracted["sentence"]
    assert (item["process"], item["cause"], item["code"]) == ("funding", 7, "wrong_state")


def test_mails_say_whether_they_went_out() -> None:
    rows = folded(MAILS, tell()).rows
    asked = rows[("mails", (f"C1/{INVOICE}/northwind",))]
    assert (asked["state"], asked["template"], asked["recipient"]) == ("SENT", "C1", "northwind")
    assert asked["sent_at"] == "2026-07-21T11:14:00.000000Z"
    refused = [row for row in rows.values() if row["state"] == "REFUSED"]
    assert [row["reason"] for row in refused] == ["no such address"]


def test_payments_and_receipts_say_what_became_of_them() -> None:
    rows = folded(PAYMENTS, tell()).rows
    paid = rows[("payments", (f"advance/{INVOICE}",))]
    assert (paid["state"], paid["amount"], paid["payee"]) == ("SETTLED", 966_000, "coppergate")
    assert paid["bank_reference"] == "bank-1"
    assert rows[("payments", ("advance/FX-INV-OTHER",))]["reason"] == "AC01"
    final = rows[("receipts", ("final",))]
    assert (final["state"], final["kind"], final["reference"]) == ("MATCHED", "invoice", INVOICE)
    odd = rows[("receipts", ("odd",))]
    assert odd["state"] == "UNMATCHED"
    assert odd["reason"]

"""The three messages between us and a bank: pain.001 written, pain.002 and camt.054 read."""

import xml.etree.ElementTree as ET
from typing import Final, Literal

import msgspec

from application.ports.world import BankNotification, BankPayment
from interfaces.outbound.bank.iso20022 import (
    CAMT_054,
    NOT_PROVIDED,
    PAIN_001,
    PAIN_002,
    MalformedMessage,
    Reader,
    account_element,
    decimal_text,
    document,
    element,
    parse,
    read_document,
    to_bytes,
)

_DIRECTIONS: Final[dict[str, Literal["credit", "debit"]]] = {"CRDT": "credit", "DBIT": "debit"}


class Answer(msgspec.Struct, frozen=True):
    """What a bank says to a payment at once: `reason` is None when it took it."""

    end_to_end_id: str
    reason: str | None


def payment_message(payment: BankPayment, initiator: str) -> bytes:
    """Write a payment as pain.001; the same payment is always the same bytes.

    Message, payment information and instruction have the one name of the payment, its end-to-end
    id, so that a repeat is recognised whichever of them a bank looks at.
    """
    amount = decimal_text(payment.amount.amount, payment.amount.currency)
    name = payment.end_to_end_id
    transfer = element(
        "CdtTrfTxInf",
        element("PmtId", element("InstrId", name), element("EndToEndId", name)),
        element("Amt", element("InstdAmt", amount, Ccy=payment.amount.currency)),
        element("Cdtr", element("Nm", payment.creditor_name)),
        account_element("CdtrAcct", payment.creditor_account),
        element("RmtInf", element("Ustrd", payment.narration)),
    )
    header = element(
        "GrpHdr",
        element("MsgId", name),
        element("CreDtTm", payment.created_at),
        element("NbOfTxs", "1"),
        element("CtrlSum", amount),
        element("InitgPty", element("Nm", initiator)),
    )
    agent = element("FinInstnId", element("Othr", element("Id", NOT_PROVIDED)))
    information = element(
        "PmtInf",
        element("PmtInfId", name),
        element("PmtMtd", "TRF"),
        element("ReqdExctnDt", element("Dt", payment.created_at[:10])),
        element("Dbtr", element("Nm", initiator)),
        account_element("DbtrAcct", payment.debtor_account),
        element("DbtrAgt", agent),
        transfer,
    )
    return to_bytes(document(PAIN_001, element("CstmrCdtTrfInitn", header, information)))


def read_answer(content: bytes) -> Answer:
    """Read a pain.002 about one payment. Raises `MalformedMessage`."""
    return _answer(read_document(parse(content), PAIN_002))


def _answer(report: Reader) -> Answer:
    status = report.one("OrgnlPmtInfAndSts/TxInfAndSts")
    reason = None
    if status.text("TxSts") == "RJCT":
        reason = status.text("StsRsnInf/Rsn/Cd")
    return Answer(end_to_end_id=status.text("OrgnlEndToEndId"), reason=reason)


def read_notifications(content: bytes) -> list[BankNotification]:
    """Read a bank's list of messages on an account. Raises `MalformedMessage`.

    The list is the bank's own wrapper: `message` elements with a sequence number, each holding
    one ISO 20022 document: a camt.054 with one entry, or a pain.002 with a late rejection.
    """
    root = parse(content)
    if root.tag != "messages":
        message = "not a list of messages"
        raise MalformedMessage(message)
    return [_notification(part) for part in root]


def _notification(part: ET.Element) -> BankNotification:
    sequence = part.get("sequence", "")
    if not (sequence.isascii() and sequence.isdigit()) or len(part) != 1:
        message = "a message needs a sequence number and one document"
        raise MalformedMessage(message)
    if part[0].tag == f"{{{PAIN_002}}}Document":
        return _rejection(int(sequence), read_document(part[0], PAIN_002))
    return _entry(int(sequence), read_document(part[0], CAMT_054))


def _entry(sequence: int, notification: Reader) -> BankNotification:
    entry = notification.one("Ntfctn/Ntry")
    details = entry.one("NtryDtls/TxDtls")
    amount, currency = entry.amount("Amt")
    direction = _DIRECTIONS.get(entry.text("CdtDbtInd"))
    if direction is None:
        message = "an entry is a credit or a debit"
        raise MalformedMessage(message)
    end_to_end_id = details.maybe("Refs/EndToEndId")
    other = "Dbtr" if direction == "credit" else "Cdtr"
    return BankNotification(
        sequence=sequence,
        reference=entry.text("AcctSvcrRef"),
        direction=direction,
        amount=amount,
        currency=currency,
        end_to_end_id=None if end_to_end_id == NOT_PROVIDED else end_to_end_id,
        narration=details.maybe("RmtInf/Ustrd") or "",
        counterparty=details.maybe(f"RltdPties/{other}/Pty/Nm") or "",
        booked_at=entry.text("BookgDt/DtTm"),
        reason=None,
    )


def _rejection(sequence: int, report: Reader) -> BankNotification:
    answer = _answer(report)
    original = report.one("OrgnlPmtInfAndSts/TxInfAndSts/OrgnlTxRef")
    amount, currency = original.amount("Amt/InstdAmt")
    if answer.reason is None:
        message = "a late answer to a payment is a rejection"
        raise MalformedMessage(message)
    return BankNotification(
        sequence=sequence,
        reference=report.text("GrpHdr/MsgId"),
        direction="rejected",
        amount=amount,
        currency=currency,
        end_to_end_id=answer.end_to_end_id,
        narration=original.maybe("RmtInf/Ustrd") or "",
        counterparty=original.maybe("Cdtr/Pty/Nm") or "",
        booked_at=report.text("GrpHdr/CreDtTm"),
        reason=answer.reason,
    )

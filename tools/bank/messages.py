"""The bank's side of ISO 20022: pain.001 read, pain.002, camt.054 and camt.053 written."""

import hashlib
import xml.etree.ElementTree as ET
from typing import Final

from interfaces.outbound.bank.iso20022 import (
    CAMT_053,
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
    party_element,
    read_document,
    to_bytes,
)
from tools.bank.model import Account, Entry, Order, Statement, Verdict

_INDICATORS: Final = {"credit": "CRDT", "debit": "DBIT"}


def read_order(content: bytes) -> Order:
    """Read a pain.001 with one payment. Raises `MalformedMessage`."""
    message = read_document(parse(content), PAIN_001)
    information = message.one("PmtInf")
    transfer = information.one("CdtTrfTxInf")
    amount, currency = transfer.amount("Amt/InstdAmt")
    _check_totals(message, decimal_text(amount, currency))
    if information.text("PmtMtd") != "TRF":
        raise MalformedMessage("PmtMtd: only TRF")
    return Order(
        message=_limited(message, "GrpHdr/MsgId", 35),
        end_to_end_id=_limited(transfer, "PmtId/EndToEndId", 35),
        digest=hashlib.sha256(ET.canonicalize(content.decode("utf-8")).encode()).hexdigest(),
        debtor=information.account("DbtrAcct"),
        creditor=transfer.account("CdtrAcct"),
        creditor_name=_limited(transfer, "Cdtr/Nm", 140),
        amount=amount,
        currency=currency,
        narration=_limited(transfer, "RmtInf/Ustrd", 140),
        created_at=message.text("GrpHdr/CreDtTm"),
    )


def _check_totals(message: Reader, amount: str) -> None:
    if message.text("GrpHdr/NbOfTxs") != "1" or message.text("GrpHdr/CtrlSum") != amount:
        raise MalformedMessage("NbOfTxs, CtrlSum: not those of the one payment")


def _limited(reader: Reader, path: str, length_max: int) -> str:
    text = reader.text(path)
    if len(text) > length_max:
        message = f"too long: {path}"
        raise MalformedMessage(message)
    return text


def verdict_message(verdict: Verdict) -> bytes:
    """Write the answer to an order as pain.002; the same verdict is always the same bytes."""
    order = verdict.order
    return _status_report(
        name=f"ST-{order.digest[:24]}",
        created_at=order.created_at,
        message=order.message,
        transaction=_transaction_status(order.end_to_end_id, verdict.reason, None),
    )


def malformed_message(why: str) -> bytes:
    """Write the answer to what is no order: rejected as a whole, FF01."""
    reason = element("StsRsnInf", _reason("FF01"), element("AddtlInf", why[:105]))
    return to_bytes(
        document(
            PAIN_002,
            element(
                "CstmrPmtStsRpt",
                element("GrpHdr", element("MsgId", "ST-FF01"), element("CreDtTm", NOT_PROVIDED)),
                element(
                    "OrgnlGrpInfAndSts",
                    element("OrgnlMsgId", NOT_PROVIDED),
                    element("OrgnlMsgNmId", "pain.001.001.09"),
                    element("GrpSts", "RJCT"),
                    reason,
                ),
            ),
        )
    )


def messages_document(account: Account, told: list[tuple[int, Entry]]) -> bytes:
    """Write the bank's list of messages on an account, each with its sequence number."""
    parts = [
        element("message", _message(account, sequence, entry), sequence=str(sequence))
        for sequence, entry in told
    ]
    return to_bytes(element("messages", *parts, account=account.account))


def _message(account: Account, sequence: int, entry: Entry) -> ET.Element:
    if entry.direction == "rejected":
        return parse(_rejection_message(entry))
    notification = element(
        "Ntfctn",
        element("Id", f"NT{sequence:012d}"),
        element("ElctrncSeqNb", str(sequence)),
        element("CreDtTm", entry.booked_at),
        account_element("Acct", account.account),
        _entry_element(account, entry),
    )
    header = element(
        "GrpHdr",
        element("MsgId", f"NT{sequence:012d}"),
        element("CreDtTm", entry.booked_at),
    )
    return document(CAMT_054, element("BkToCstmrDbtCdtNtfctn", header, notification))


def _rejection_message(entry: Entry) -> bytes:
    original = element(
        "OrgnlTxRef",
        element("Amt", _amount("InstdAmt", entry.amount, entry.currency)),
        element("RmtInf", element("Ustrd", entry.narration)),
        account_element("DbtrAcct", entry.account),
        party_element("Cdtr", entry.counterparty),
    )
    end_to_end_id = entry.end_to_end_id or NOT_PROVIDED
    return _status_report(
        name=entry.reference,
        created_at=entry.booked_at,
        message=end_to_end_id,
        transaction=_transaction_status(end_to_end_id, entry.reason, original),
    )


def _status_report(*, name: str, created_at: str, message: str, transaction: ET.Element) -> bytes:
    report = element(
        "CstmrPmtStsRpt",
        element("GrpHdr", element("MsgId", name), element("CreDtTm", created_at)),
        element(
            "OrgnlGrpInfAndSts",
            element("OrgnlMsgId", message),
            element("OrgnlMsgNmId", "pain.001.001.09"),
        ),
        element("OrgnlPmtInfAndSts", element("OrgnlPmtInfId", message), transaction),
    )
    return to_bytes(document(PAIN_002, report))


def _transaction_status(
    end_to_end_id: str, reason: str | None, original: ET.Element | None
) -> ET.Element:
    return element(
        "TxInfAndSts",
        element("OrgnlEndToEndId", end_to_end_id),
        element("TxSts", "ACSP" if reason is None else "RJCT"),
        None if reason is None else element("StsRsnInf", _reason(reason)),
        original,
    )


def _reason(code: str) -> ET.Element:
    return element("Rsn", element("Cd", code))


def _amount(name: str, amount: int, currency: str) -> ET.Element:
    return element(name, decimal_text(amount, currency), Ccy=currency)


def _entry_element(account: Account, entry: Entry) -> ET.Element:
    details = element(
        "TxDtls",
        element(
            "Refs",
            element("AcctSvcrRef", entry.reference),
            element("EndToEndId", entry.end_to_end_id or NOT_PROVIDED),
        ),
        _amount("Amt", entry.amount, entry.currency),
        element("CdtDbtInd", _INDICATORS[entry.direction]),
        _parties(account, entry),
        element("RmtInf", element("Ustrd", entry.narration)),
    )
    return element(
        "Ntry",
        element("NtryRef", entry.reference),
        _amount("Amt", entry.amount, entry.currency),
        element("CdtDbtInd", _INDICATORS[entry.direction]),
        element("Sts", element("Cd", "BOOK")),
        element("BookgDt", element("DtTm", entry.booked_at)),
        element("AcctSvcrRef", entry.reference),
        element("BkTxCd", element("Prtry", element("Cd", "TRANSFER"))),
        element("NtryDtls", details),
    )


def _parties(account: Account, entry: Entry) -> ET.Element:
    here, there = account.name, entry.counterparty
    debtor, creditor = (there, here) if entry.direction == "credit" else (here, there)
    return element("RltdPties", party_element("Dbtr", debtor), party_element("Cdtr", creditor))


def statement_document(statement: Statement) -> bytes:
    """Write a day of an account as camt.053 with opening and closing balance."""
    account, day = statement.account, statement.day
    name = f"SM-{day}"
    written = element(
        "Stmt",
        element("Id", name),
        element("CreDtTm", f"{day}T23:59:59Z"),
        account_element("Acct", account.account),
        _balance("OPBD", statement.opening, statement),
        _balance("CLBD", statement.closing, statement),
        *(_entry_element(account, entry) for entry in statement.entries),
    )
    header = element("GrpHdr", element("MsgId", name), element("CreDtTm", f"{day}T23:59:59Z"))
    return to_bytes(document(CAMT_053, element("BkToCstmrStmt", header, written)))


def _balance(kind: str, amount: int, statement: Statement) -> ET.Element:
    return element(
        "Bal",
        element("Tp", element("CdOrPrtry", element("Cd", kind))),
        _amount("Amt", amount, statement.account.currency),
        element("CdtDbtInd", "CRDT"),
        element("Dt", element("Dt", statement.day)),
    )

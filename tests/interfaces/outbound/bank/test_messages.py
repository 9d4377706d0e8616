"""The bytes of bank messages, and amounts that never pass through a float."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.money import LARGEST, MINOR_UNITS
from interfaces.outbound.bank.iso20022 import MalformedMessage, decimal_text, minor_units, parse
from interfaces.outbound.bank.messages import payment_message, read_answer, read_notifications
from tests.conformance.bank import IBAN, PAYMENT
from tools.bank.messages import read_order

MESSAGE = (
    b"<?xml version='1.0' encoding='UTF-8'?>\n"
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>'
    b"<GrpHdr><MsgId>e2e-1</MsgId><CreDtTm>2026-05-22T14:24:00.000000Z</CreDtTm>"
    b"<NbOfTxs>1</NbOfTxs><CtrlSum>9660.00</CtrlSum><InitgPty><Nm>Tallystick</Nm></InitgPty>"
    b"</GrpHdr><PmtInf><PmtInfId>e2e-1</PmtInfId><PmtMtd>TRF</PmtMtd>"
    b"<ReqdExctnDt><Dt>2026-05-22</Dt></ReqdExctnDt><Dbtr><Nm>Tallystick</Nm></Dbtr>"
    b"<DbtrAcct><Id><Othr><Id>04-00-75/10000001</Id></Othr></Id></DbtrAcct>"
    b"<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>"
    b"<CdtTrfTxInf><PmtId><InstrId>e2e-1</InstrId><EndToEndId>e2e-1</EndToEndId></PmtId>"
    b'<Amt><InstdAmt Ccy="GBP">9660.00</InstdAmt></Amt><Cdtr><Nm>Coppergate Joinery</Nm></Cdtr>'
    b"<CdtrAcct><Id><IBAN>GB33BUKB20201555555555</IBAN></Id></CdtrAcct>"
    b"<RmtInf><Ustrd>FX-INV-23A4F</Ustrd></RmtInf></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn>"
    b"</Document>"
)


def test_a_payment_is_always_these_bytes() -> None:
    payment = msgspec.structs.replace(PAYMENT, creditor_account=IBAN)
    assert payment_message(payment, "Tallystick") == MESSAGE


def test_the_bank_reads_what_we_write() -> None:
    order = read_order(MESSAGE)
    assert (order.amount, order.currency, order.creditor) == (966_000, "GBP", IBAN)
    assert (order.message, order.end_to_end_id) == ("e2e-1", "e2e-1")


@pytest.mark.parametrize(
    ("find", "put"),
    [
        (b"<NbOfTxs>1<", b"<NbOfTxs>2<"),
        (b"<CtrlSum>9660.00<", b"<CtrlSum>9660.01<"),
        (b"pain.001.001.09", b"pain.001.001.03"),
        (b">9660.00</InstdAmt>", b">9660.001</InstdAmt>"),
        (b">9660.00</InstdAmt>", b">9.66E3</InstdAmt>"),
        (b">9660.00</InstdAmt>", b">-9660.00</InstdAmt>"),
        (b' Ccy="GBP"', b""),
        (b"TRF", b"CHK"),
        (b"<EndToEndId>e2e-1</EndToEndId>", b""),
        (b"</PmtInf>", b"</PmtInf><PmtInf/>"),
        (b"<Nm>Coppergate Joinery</Nm>", b"<Nm>" + b"x" * 141 + b"</Nm>"),
        (b"</Document>", b""),
    ],
)
def test_the_bank_refuses_what_is_no_order(find: bytes, put: bytes) -> None:
    assert find in MESSAGE
    with pytest.raises(MalformedMessage):
        read_order(MESSAGE.replace(find, put))


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', b"\xff\xfe", b"<a>\x00</a>"],
)
def test_what_is_not_plain_xml_is_malformed(content: bytes) -> None:
    for read in (parse, read_answer, read_notifications):
        with pytest.raises(MalformedMessage):
            read(content)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("9660.00", "GBP", 966_000),
        ("9660.0", "GBP", 966_000),
        ("9660", "GBP", 966_000),
        ("0.01", "GBP", 1),
        ("0", "GBP", 0),
        ("500", "JPY", 500),
    ],
)
def test_an_amount_is_read_to_the_penny(text: str, currency: str, amount: int) -> None:
    assert minor_units(text, currency) == amount


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1.", ".5", "1e3", "01", "1,000.00", "0.001", "١", "1 ", "NaN", "9" * 17],
)
def test_what_is_no_amount_is_malformed(text: str) -> None:
    with pytest.raises(MalformedMessage):
        minor_units(text, "GBP")


def test_yen_have_no_decimals_and_unknown_money_is_no_money() -> None:
    for text, currency in (("500.0", "JPY"), ("1", "XXX")):
        with pytest.raises(MalformedMessage):
            minor_units(text, currency)
    for amount, currency in ((-1, "GBP"), (1, "XXX")):
        with pytest.raises(ValueError, match="no amount"):
            decimal_text(amount, currency)


@given(st.integers(min_value=0, max_value=LARGEST), st.sampled_from(sorted(MINOR_UNITS)))
def test_every_amount_comes_back_as_it_went(amount: int, currency: str) -> None:
    assert minor_units(decimal_text(amount, currency), currency) == amount

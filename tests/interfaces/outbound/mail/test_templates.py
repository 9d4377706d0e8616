"""The texts of the mails: complete, plain, and safe to fill."""

import pytest

from interfaces.outbound.letters import problem_of
from interfaces.outbound.mail.templates import (
    TEMPLATES,
    FieldsMissing,
    UnknownTemplate,
    render,
)
from tests.conformance.mail import changed

FIELDS = {
    "invoice": "FX-INV-23A4F",
    "seller": "Coppergate Joinery",
    "buyer": "Northwind Retail",
    "name": "Pennine",
    "amount": "10,000.00 GBP",
    "received": "8,000.00 GBP",
    "due": "21 July 2026",
    "expires": "29 May 2026, 14:21 UTC",
    "account": "04-00-75/10000001",
    "application": "severn-lee.1",
    "code": "12345678",
    "what": "address",
    "link": "https://portal.example/buyer/confirm/FX-INV-23A4F?token=abc",
}


OF_NO_INVOICE = ("A1", "A2", "already_registered", "email_code", "mobile_code")


@pytest.mark.capability("FX16")
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_text_is_complete_and_can_be_sent(template: str) -> None:
    subject, text = render(template, FIELDS)
    assert "{" not in subject + text
    named = {"kyc_submitted": FIELDS["application"], **dict.fromkeys(OF_NO_INVOICE, "")}
    assert named.get(template, FIELDS["invoice"]) in subject
    assert all(len(line) <= 100 for line in TEMPLATES[template].text.splitlines())
    assert problem_of(changed(subject=subject, text=text)) is None


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_field_of_a_text_is_needed(template: str) -> None:
    for name in TEMPLATES[template].fields:
        for fields in ({**FIELDS, name: " "}, {k: v for k, v in FIELDS.items() if k != name}):
            with pytest.raises(FieldsMissing, match=name):
                render(template, fields)


def test_only_confirmation_and_passwords_carry_a_link() -> None:
    assert [name for name in TEMPLATES if "link" in TEMPLATES[name].fields] == ["A1", "A2", "C1"]


def test_a_value_can_neither_add_a_line_nor_a_place() -> None:
    subject, text = render("S4", {**FIELDS, "buyer": "A\r\nBcc: x@y.example {link} {0}"})
    assert "\n" not in subject
    assert "A Bcc: x@y.example {link} {0} has confirmed" in text


def test_an_unknown_template_is_told() -> None:
    with pytest.raises(UnknownTemplate):
        render("C2", FIELDS)

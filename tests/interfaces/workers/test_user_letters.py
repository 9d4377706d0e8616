"""Mails to who signs in go to the address that they sign in with, and carry a link of their own."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from application.ports.mail import Mail
from domain.mail.events import MailRequested
from interfaces.outbound.mail.templates import render
from interfaces.outbound.signer.links import HmacLinkSigner
from interfaces.workers import effects
from interfaces.workers.effects import Letters, NoAddress

LINK = "invite/u0123456789abcdef/0123456789abcdef/2026-05-29T10:42:00.000000Z/0123456789abcdef"
EXPIRES = "2026-05-29T10:42:00.000000Z"
ADDRESSES: Mapping[str, str] = {"u1": "ann@acme.example"}


def letters(links: HmacLinkSigner) -> Letters:
    """Make what mails to users are written with; nothing else of it is touched."""
    others: dict[str, Any] = {
        name: None
        for name in Letters.__struct_fields__
        if name not in {"links", "render", "base_url", "account", "domain", "user_address"}
    }
    return Letters(
        links=links,
        render=render,
        base_url="https://tally.example",
        account="",
        domain="tally.example",
        user_address=ADDRESSES.get,
        **others,
    )


@pytest.mark.parametrize("template", ["A1", "A2"])
def test_a_user_gets_a_genuine_link(template: str) -> None:
    links = HmacLinkSigner(b"k" * 32, log="tallystick.example/test")
    fact = MailRequested(
        template=template,
        recipient="u1",
        reference="r",
        fields={"link": LINK, "expires": EXPIRES},
    )
    mail: Mail = effects._write(cast("Any", None), letters(links), fact, "<m@tally.example>")
    assert mail.to == "ann@acme.example"
    token = mail.text.partition("https://tally.example/password?token=")[2].split()[0]
    assert links.link(token) == LINK
    assert "29 May 2026, 10:42 UTC" in mail.text
    assert LINK not in mail.text


def test_a_closed_user_gets_none() -> None:
    links = HmacLinkSigner(b"k" * 32, log="tallystick.example/test")
    fact = MailRequested(template="A2", recipient="u2", reference="r", fields={})
    with pytest.raises(NoAddress):
        effects._write(cast("Any", None), letters(links), fact, "<m@tally.example>")

"""The buyer's page: facts, two buttons, a link that works once (FX2)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from domain.invoice.commands import ExpireInvoice
from domain.invoice.events import InvoiceConfirmed, InvoiceDisputed
from domain.kernel.money import Money
from interfaces.inbound.http.portal.pages import Facts, question_page
from tests.interfaces.inbound.http.house import House, Links, Visitor
from tests.projections.tale import INVOICE

Doors = Callable[[str | None], Visitor]

PATH = f"/buyer/confirm/{INVOICE}"

pytestmark = pytest.mark.capability("FX2")


@pytest.fixture
def token(house: House) -> str:
    """Bring an invoice before its buyer; give the secret of the mailed link."""
    house.tale.now = "2026-05-22T10:42:00.000000Z"
    house.tale.submit(INVOICE)
    house.tale.verify(INVOICE)
    return Links().token(house.tale.link(INVOICE), "")


def _show(doors: Doors, token: str, path: str = PATH) -> Any:
    return doors(None).get(f"{path}?token={quote(token)}")


def _press(doors: Doors, token: str, answer: str, **fields: str) -> Any:
    form = {"token": token, "answer": answer, **fields}
    return doors(None).client.post(PATH, data=form)


def test_page_shows_the_facts_and_does_nothing(doors: Doors, house: House, token: str) -> None:
    """Reading it as often as a mail scanner likes leaves the log as it was."""
    length = len(house.tale.log)
    answers = [_show(doors, token) for _ in range(3)]
    answer = answers[-1]
    assert answer.status_code == 200
    for text in (INVOICE, "Coppergate", "Northwind", "10,000.00 GBP", "2026-07-21"):
        assert text in answer.text
    assert len(house.tale.log) == length


def test_page_is_closed_to_scripts_and_strangers(doors: Doors, token: str) -> None:
    """No script, no outside host, nothing cached, no address given away."""
    answer = _show(doors, token)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in answer.text
    assert "http" not in answer.text.replace("<!doctype html>", "")


def test_confirm_button(doors: Doors, house: House, token: str) -> None:
    """The buyer's subject confirms; pressed again the link has done its work."""
    first = _press(doors, token, "confirm")
    assert first.status_code == 200
    assert "confirmed" in first.text
    second = _press(doors, token, "confirm")
    assert second.status_code == 409
    assert "already" in second.text
    facts = [event for event in house.tale.log if isinstance(event.fact, InvoiceConfirmed)]
    assert [event.envelope.actor for event in facts] == ["subject:northwind"]


def test_dispute_button(doors: Doors, house: House, token: str) -> None:
    """A dispute carries its reason; without one it is refused on the page."""
    refused = _press(doors, token, "dispute", reason="  ")
    assert refused.status_code == 422
    assert "say why" in refused.text
    done = _press(doors, token, "dispute", reason="goods <b>returned</b>\r\nlast week")
    assert done.status_code == 200
    fact = next(at.fact for at in house.tale.log if isinstance(at.fact, InvoiceDisputed))
    assert fact.reason == "goods <b>returned</b>\nlast week"


def test_used_link(doors: Doors, token: str) -> None:
    """After the answer the link shows and does nothing more."""
    _press(doors, token, "confirm")
    for answer in (_show(doors, token), _press(doors, token, "dispute", reason="no")):
        assert answer.status_code == 409
        assert "already" in answer.text
        assert answer.headers["content-type"].startswith("text/html")


def test_expired_link(doors: Doors, house: House, token: str) -> None:
    """A link that is too old says so."""
    house.tale.now = "2026-07-01T00:00:00.000000Z"
    for answer in (_show(doors, token), _press(doors, token, "confirm")):
        assert answer.status_code == 410
        assert "too old" in answer.text


@pytest.mark.parametrize("wrong", ["", "guessed", "genuine." + "eHh4"])
def test_guessed_link(doors: Doors, token: str, wrong: str) -> None:
    """Guesses, links of other invoices and unknown invoices look all the same."""
    for answer in (_show(doors, wrong), _press(doors, wrong, "confirm")):
        assert answer.status_code == 403
        assert "Coppergate" not in answer.text
    assert _show(doors, token, "/buyer/confirm/FX-INV-OTHER").status_code == 403
    assert _show(doors, token, "/buyer/confirm/%00").status_code == 403


def test_link_of_an_earlier_mail(doors: Doors, house: House, token: str) -> None:
    """When the invoice was submitted anew, only the last mail's link opens it."""
    house.tale.now = "2026-06-30T08:00:00.000000Z"
    house.tale.system(ExpireInvoice(invoice=INVOICE))
    house.tale.submit(INVOICE)
    house.tale.verify(INVOICE)
    assert _show(doors, token).status_code == 403
    assert _show(doors, Links().token(house.tale.link(INVOICE), "")).status_code == 200


def test_forms_that_are_none(doors: Doors, token: str) -> None:
    """Other buttons, other media types and endless forms are refused."""
    assert _press(doors, token, "shred").status_code == 422
    client = doors(None).client
    assert client.post(PATH, json={"token": token}).status_code == 415
    assert client.post(PATH, data={"token": "x" * 20_000}).status_code == 413
    crowded = {f"field{number}": "x" for number in range(20)}
    assert client.post(PATH, data=crowded).status_code == 400


def test_names_are_escaped() -> None:
    """What people typed is text on the page."""
    facts = Facts(
        number=INVOICE,
        seller="<script>alert(1)</script>",
        buyer='"Quotes" & Sons',
        face=Money(1, "GBP"),
        issued="2026-05-20",
        due="2026-07-21",
        expires_at="2026-05-29T23:00:00.000000Z",
    )
    page = question_page(facts, '"><script>')
    assert "<script" not in page
    assert "&quot;Quotes&quot; &amp; Sons" in page


def test_store_that_is_down(doors: Doors, house: House, token: str) -> None:
    """The page says that the link still works."""
    house.down = True
    for answer in (_show(doors, token), _press(doors, token, "confirm")):
        assert answer.status_code == 503
        assert "try again" in answer.text
        assert answer.headers["retry-after"] == "60"

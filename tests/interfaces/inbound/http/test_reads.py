"""Reads: what is shown, to whom, in pages."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from domain.invoice import commands as invoice
from domain.kernel.money import Money
from domain.listing import commands as listing
from domain.subject import commands as subject
from domain.token import commands as tokens
from domain.trade import commands as trade
from interfaces.inbound.http.rest.reads import ANSWERED_BY
from interfaces.inbound.http.rest.tables import READS
from projections.query import ViewStanding
from tests.interfaces.inbound.http.house import House, Visitor
from tests.projections.tale import ANSWERS, INVOICE, TOKEN, Tale

Doors = Callable[[str | None], Visitor]

LISTING = f"{TOKEN}-S2-1"
NEWCOMER: dict[str, Any] = {
    "subject": "newt",
    "name": "Newt",
    "kind": "institution",
    "country": "GB",
    "roles": ("seller",),
}
PARTIES = ("coppergate", "northwind", "pennine")


@pytest.fixture(autouse=True)
def _story(house: House) -> None:
    """One invoice is funded and a lot of it sold; another one is on the market."""
    tale = house.tale
    tale.now = "2026-05-22T10:42:00.000000Z"
    _fund(tale)
    tale.act("pennine", tokens.SliceToken(token=TOKEN, slices=5))
    for number in (2, 3):
        price = Money(199_150, "GBP")
        offer = listing.OpenListing(token=TOKEN, slice=number, price=price, quoted_yield_bps=242)
        tale.act("pennine", offer)
    check = trade.CheckTrade(trade="T1", listing=LISTING, answers=ANSWERS)
    tale.act("brunel", check, trade.ExecuteTrade(trade="T1"))
    _list(tale, "FX-INV-SECOND")


def _list(tale: Tale, number: str) -> None:
    tale.submit(number)
    tale.verify(number)
    tale.act("northwind", invoice.ConfirmInvoice(invoice=number, link=tale.link(number)))


def _fund(tale: Tale) -> None:
    _list(tale, INVOICE)
    tale.act("pennine", invoice.FundInvoice(invoice=INVOICE, discount_bps=240))


READER = dict.fromkeys(("cases", "checks", "kyc_queue", "legal_holds"), "priya")
"""Who asks what an admin may not."""


FILLED = {
    *("/accounts", "/api-keys", "/audit", "/chain-transactions", "/chain-writes", "/checks"),
    *("/invoices", "/marketplace/listings", "/marketplace/offers", "/operations/deadlines"),
    *("/operations/service-levels", "/operations/views", "/subjects", "/tokens", "/trades"),
}
"""Lists in which the story of one invoice leaves something; the others have tales of their own."""


def _items(visitor: Visitor, path: str) -> list[dict[str, Any]]:
    answer = visitor.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def _status(visitor: Visitor, path: str) -> int:
    status: int = visitor.get(f"/api/v1{path}").status_code
    return status


def test_invoice_is_shown_with_money(doors: Doors) -> None:
    """Amounts are money in minor units; what is not there yet is null."""
    told = doors("coppergate").get(f"/api/v1/invoices/{INVOICE}").json()
    assert told["face"] == {"amount": 1_000_000, "currency": "GBP"}
    assert told["advance"] == {"amount": 976_000, "currency": "GBP"}
    assert (told["state"], told["lender"], told["token"]) == ("FUNDED", "pennine", TOKEN)
    assert not {"face_amount", "currency"} & set(told)


def test_invoices_are_shown_to_their_parties(doors: Doors) -> None:
    """Seller, buyer, lender and back office see it; for everybody else it is not there."""
    for name in (*PARTIES, "priya", "ada", "olga", "ingrid"):
        assert _status(doors(name), f"/invoices/{INVOICE}") == 200
        assert _status(doors(name), f"/invoices/{INVOICE}/timeline") == 200
        assert INVOICE in {item["number"] for item in _items(doors(name), "/invoices")}
    for name in ("bob", "pat"):
        assert _status(doors(name), f"/invoices/{INVOICE}") == 403
    for name in ("brunel",):
        refused = doors(name).get(f"/api/v1/invoices/{INVOICE}")
        unknown = doors(name).get("/api/v1/invoices/NOPE")
        assert refused.status_code == unknown.status_code == 404
        assert refused.text.replace(INVOICE, "NOPE") == unknown.text
        assert _status(doors(name), f"/invoices/{INVOICE}/timeline") == 404
        assert _items(doors(name), "/invoices") == []


def test_filters_and_pages(doors: Doors) -> None:
    """Pages follow each other by their next address and keep the filter."""
    visitor = doors("olga")
    first = visitor.get("/api/v1/invoices?limit=1&buyer=northwind").json()
    assert [item["number"] for item in first["items"]] == ["FX-INV-SECOND"]
    assert "buyer=northwind" in first["next"]
    second = visitor.get(first["next"]).json()
    assert [item["number"] for item in second["items"]] == [INVOICE]
    assert second["next"] is None
    assert _items(visitor, "/invoices?state=LISTED")[0]["number"] == "FX-INV-SECOND"
    assert _items(visitor, "/invoices?lender=nobody") == []


def test_timeline_in_order(doors: Doors) -> None:
    """From submission on, each with actor and state."""
    moments = _items(doors("coppergate"), f"/invoices/{INVOICE}/timeline?limit=200")
    assert (moments[0]["type"], moments[0]["actor"]) == ("invoice.submitted", "subject:coppergate")
    positions = [moment["position"] for moment in moments]
    assert positions == sorted(positions)


def test_marketplace(doors: Doors) -> None:
    """Lenders, investors and the office see it; the others are refused by role."""
    for name in ("pennine", "brunel", "ada"):
        offers = _items(doors(name), "/marketplace/offers?face_least=1000000&discount_bps_most=240")
        assert [offer["invoice"] for offer in offers] == ["FX-INV-SECOND"]
        lots = _items(doors(name), "/marketplace/listings?price_most=200000")
        assert [lot["listing"] for lot in lots] == [f"{TOKEN}-S3-1"]
        assert lots[0]["price"] == {"amount": 199_150, "currency": "GBP"}
    assert _items(doors("brunel"), "/marketplace/offers?face_least=1000001") == []
    for name in ("coppergate", "northwind", "bob", "pat"):
        assert _status(doors(name), "/marketplace/offers") == 403


def test_accounts_are_their_owners(doors: Doors) -> None:
    """Own accounts and entries; others' are not there."""
    lender = doors("pennine")
    streams = {item["stream"] for item in _items(lender, "/accounts")}
    assert streams == {"account:pennine/cash/GBP", f"account:pennine/units/{TOKEN}"}
    cash = lender.get("/api/v1/accounts/pennine/cash/GBP").json()
    entries = _items(lender, "/accounts/pennine/cash/GBP/entries")
    assert entries[0]["balance"] == cash["balance"]
    stranger = doors("brunel")
    assert _status(stranger, "/accounts/pennine/cash/GBP") == 404
    assert _status(stranger, "/accounts/pennine/cash/GBP/entries") == 404
    assert _items(stranger, "/accounts?owner=pennine") == []
    assert _items(doors("olga"), "/accounts?owner=platform")[0]["purpose"] == "fees"
    assert _status(doors("olga"), "/accounts/pennine/cash/EUR") == 404


def test_portfolio(doors: Doors) -> None:
    """Cash, units and tokens of the caller."""
    told = doors("brunel").get("/api/v1/portfolio").json()
    assert told["subject"] == "brunel"
    assert [(held["token"], held["units"]) for held in told["holdings"]] == [(TOKEN, 200_000)]
    assert {kept["purpose"] for kept in told["accounts"]} == {"cash", "units"}


def test_holders(doors: Doors) -> None:
    """The office sees the register, a holder its own line, a stranger nothing."""
    path = f"/tokens/{TOKEN}/holders"
    held = {item["holder"]: item["units"] for item in _items(doors("ada"), path)}
    assert held == {"brunel": 200_000, "pennine": 800_000}
    assert [item["holder"] for item in _items(doors("pennine"), path)] == ["pennine"]
    for name in ("bob", "northwind"):
        assert _status(doors(name), path) == 403


def test_trades(doors: Doors) -> None:
    """Buyer and seller of a trade see it."""
    for name in ("brunel", "pennine", "priya"):
        assert doors(name).get("/api/v1/trades/T1").json()["state"] == "TRADE_SETTLED"
        assert [item["trade"] for item in _items(doors(name), "/trades")] == ["T1"]
    assert _status(doors("coppergate"), "/trades/T1") == 404
    assert _items(doors("coppergate"), "/trades") == []
    assert _items(doors("priya"), "/trades?state=TRADE_FAILED") == []


def test_subject_without_its_box(doors: Doors) -> None:
    """A subject sees itself; the sealed address is not part of the answer."""
    told = doors("pennine").get("/api/v1/subjects/pennine").json()
    assert told["active"] is True
    assert "email" not in told
    assert _status(doors("pennine"), "/subjects/brunel") == 404
    assert _status(doors("priya"), "/subjects/brunel") == 200


def test_subject_is_not_tipped_off(doors: Doors, house: House) -> None:
    """Nothing of its answer moves when a review of it opens; the back office sees the state."""
    house.tale.system(
        subject.CreateSubject(**NEWCOMER),
        subject.SubmitOnboarding(subject="newt"),
        subject.PassKyc(subject="newt", evidence="kyc"),
        subject.PassScreening(subject="newt", evidence="lists"),
    )
    house.issue("newt", "seller")
    before = doors("newt").get("/api/v1/subjects/newt").json()
    house.tale.system(subject.OpenMlroReview(subject="newt", reason="two jurisdictions"))
    assert doors("newt").get("/api/v1/subjects/newt").json() == before
    assert before["active"] is False
    assert not {"state", "updated_at", "last_position"} & set(before)
    for name in ("priya", "olga"):
        told = doors(name).get("/api/v1/subjects/newt").json()
        assert told["state"] == "MLRO_REVIEW"
        assert told["last_position"] > before["position"]
    told = doors("ada").get("/api/v1/subjects/newt").json()
    assert told["state"] == "SCREENING_PASSED"
    assert not {"updated_at", "last_position"} & set(told)


def test_operations(doors: Doors, house: House) -> None:
    """Chain writes and the audit trail are for the office, anchors for everybody."""
    writes = _items(doors("ada"), "/chain-writes?purpose=mint")
    assert {write["state"] for write in writes} == {"CONFIRMED"}
    trail = _items(doors("olga"), f"/audit?stream=invoice:{INVOICE}&limit=3")
    assert [entry["version"] for entry in trail] == [1, 2, 3]
    assert _items(doors("olga"), f"/audit?at_from={house.tale.now}")
    assert _items(doors("coppergate"), "/anchors") == []
    for path in ("/chain-writes", "/audit"):
        assert _status(doors("coppergate"), path) == 403


def test_health_of_the_views(doors: Doors, house: House) -> None:
    """A view that stands still is named to anybody, and told in full to those who operate."""
    head = len(house.tale.log)
    health = {"status": "ready", "position": head, "lag": 0}
    assert doors(None).get("/health/ready").json() == health
    since = "2026-05-22T10:42:00.000000Z"
    house.stopped["accounts"] = ViewStanding(
        view="accounts",
        version=1,
        position=6,
        stopped_at=7,
        stopped_since=since,
        error="KeyError",
    )
    answer = doors(None).get("/health/ready")
    assert answer.status_code == 200
    health = {**health, "status": "degraded", "lag": head - 6, "stopped": ["accounts"]}
    assert answer.json() == health
    for name in ("ada", "priya"):
        views = {view["view"]: view for view in _items(doors(name), "/operations/views")}
        assert (views["audit"]["lag"], views["audit"]["stopped_at"]) == (0, None)
        stopped = views["accounts"]
        assert (stopped["lag"], stopped["stopped_at"]) == (head - 6, 7)
        assert (stopped["error"], stopped["stopped_since"]) == ("KeyError", since)
    for name in ("olga", "coppergate", "ingrid"):
        assert _status(doors(name), "/operations/views") == 403


def test_a_view_that_stands_still_holds_up_only_who_asks_it(doors: Doors, house: House) -> None:
    """Whoever waits for a position waits for the views that answer, and for no other."""
    house.stopped["accounts"] = ViewStanding(view="accounts", version=1, position=6)
    wait = {"Tallystick-Wait": str(len(house.tale.log))}
    for path, status in (("/accounts", 503), ("/portfolio", 503), ("/invoices", 200)):
        assert doors("pennine").get(f"/api/v1{path}", **wait).status_code == status
    assert doors("pennine").get("/api/v1/accounts", **{"Tallystick-Wait": "6"}).status_code == 200


def test_every_question_names_the_views_that_answer_it(doors: Doors, house: House) -> None:
    """A list is read from the views that it waits for, and from no other."""
    for route in READS:
        if "{" not in route.path and ANSWERED_BY[route.query]:
            reader = doors(READER.get(route.query, "ada"))
            reader.get("/api/v1/anchors")
            house.asked.clear()
            _status(reader, route.path)
            assert house.asked <= {*ANSWERED_BY[route.query], "access", "subjects"}, route.path
            assert house.asked & set(ANSWERED_BY[route.query]), route.path


def test_proofs(doors: Doors, house: House) -> None:
    """Evidence goes out as it was made, to whoever may read the event."""
    log = house.tale.log
    submitted = next(at.position for at in log if at.stream == f"invoice:{INVOICE}")
    for name in (*PARTIES, "olga"):
        answer = doors(name).get(f"/api/v1/proofs/{submitted}")
        assert answer.content == b'{"position": %d}\n' % submitted
    assert _status(doors("brunel"), f"/proofs/{submitted}") == 404
    assert _status(doors("brunel"), "/proofs/1") == 200
    for wrong in (0, len(log) + 1, "x", "-1", "1.0", "9" * 20):
        assert _status(doors("olga"), f"/proofs/{wrong}") == 404
    own = next(at.position for at in log if at.stream == "account:brunel/cash/GBP")
    assert _status(doors("brunel"), f"/proofs/{own}") == 200
    assert _status(doors("pennine"), f"/proofs/{own}") == 404
    traded = next(at.position for at in log if at.stream == "trade:T1")
    assert _status(doors("pennine"), f"/proofs/{traded}") == 200
    review = next(at.position for at in log if at.envelope.type == "subject.mlro_review_opened")
    assert _status(doors("northwind"), f"/proofs/{review}") == 404


def test_public_documents_of_the_log(doors: Doors) -> None:
    """Checkpoint and trust file need no key."""
    checkpoint = doors(None).get("/log/checkpoint")
    assert checkpoint.headers["content-type"].startswith("text/plain")
    assert checkpoint.text == "tallystick.example/memory\n1\n"
    assert doors(None).get("/log/trust").json() == {"format": "tallystick/trust/v1"}


def test_every_page_is_described_and_answers(doors: Doors) -> None:
    """Each list in the table answers to an admin and fits the type that describes it."""
    told = dict[str, int]()
    for route in READS:
        if "{" not in route.path and route.paged:
            items = _items(doors(READER.get(route.query, "ada")), route.path)
            shown = [msgspec.convert(item, route.answer) for item in items]
            assert all(isinstance(each, route.answer) for each in shown), route.path
            told[route.path] = len(shown)
    assert {path for path, count in told.items() if count} >= FILLED


def test_keys_are_cached_for_a_moment(doors: Doors, house: House) -> None:
    """The second call does not ask the store again who calls."""
    visitor = doors("coppergate")
    visitor.get("/api/v1/anchors")
    before = house.fetches
    visitor.get("/api/v1/anchors")
    assert house.fetches == before + 1

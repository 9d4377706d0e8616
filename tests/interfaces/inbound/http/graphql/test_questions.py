"""What the portals ask, and who gets which answer."""

from collections.abc import Callable

import pytest
from httpx import Response

from projections.query import ViewStanding
from projections.registry import VIEWS
from tests.interfaces.inbound.http.graphql.hall import LISTING, Guest, Hall
from tests.projections.tale import INVOICE, TOKEN

Guests = Callable[[str | None], Guest]

NUMBERS = "{ invoices { edges { node { number state } } } }"
ONE = "query ($n: String!) { invoice(number: $n) { number state face { display } } }"


def numbers(guest: Guest) -> list[str]:
    """List what somebody sees."""
    return [edge["node"]["number"] for edge in guest.data(NUMBERS)["invoices"]["edges"]]


def test_invoice_is_shown_with_money_for_people(guests: Guests) -> None:
    """Amount, currency and text; the names are camel case."""
    asked = """{ invoice(number: "FX-INV-23A4F") {
        state seller buyer lender due discountBps token units linkExpiresAt
        face { amount currency display } advance { display } fee { display } } }"""
    shown = guests("coppergate").data(asked)["invoice"]
    assert shown["face"] == {"amount": 1_000_000, "currency": "GBP", "display": "10,000.00 GBP"}
    assert shown["advance"]["display"] == "9,760.00 GBP"
    assert shown["fee"]["display"] == "100.00 GBP"
    assert (shown["lender"], shown["token"], shown["units"]) == ("pennine", TOKEN, 1_000_000)
    assert (shown["due"], shown["discountBps"]) == ("2026-07-21", 240)


@pytest.mark.parametrize("name", ["coppergate", "northwind", "priya", "olga", "ada"])
def test_parties_and_back_office_see_all_invoices(guests: Guests, name: str) -> None:
    """The newest comes first."""
    assert numbers(guests(name)) == ["FX-INV-NEXT", INVOICE]


@pytest.mark.parametrize(("name", "seen"), [("pennine", [INVOICE]), ("brunel", [])])
def test_others_see_only_what_is_theirs(guests: Guests, name: str, seen: list[str]) -> None:
    """A lender what it funds; an investor nothing."""
    assert numbers(guests(name)) == seen
    assert guests(name).data(ONE, n="FX-INV-NEXT") == {"invoice": None}


def test_foreign_and_missing_things_look_the_same(guests: Guests) -> None:
    """Nobody learns that somebody else's thing exists."""
    guest = guests("brunel")
    for number in (INVOICE, "FX-INV-NONE"):
        asked = f'{{ invoice(number: "{number}") {{ number }} timeline(invoice: "{number}") {{'
        assert guest.data(asked + " edges { cursor } } }") == {"invoice": None, "timeline": None}
    assert guests("coppergate").data('{ trade(id: "T1") { trade } }') == {"trade": None}
    assert guests("coppergate").data('{ trade(id: "T9") { trade } }') == {"trade": None}


def test_invoices_are_filtered(guests: Guests) -> None:
    """All conditions hold together."""
    asked = """query ($f: InvoiceFilter) { invoices(filter: $f) { edges { node { number } } } }"""
    guest = guests("priya")

    def found(**wanted: object) -> list[str]:
        edges = guest.data(asked, f=wanted)["invoices"]["edges"]
        return [edge["node"]["number"] for edge in edges]

    assert found(state="LISTED") == ["FX-INV-NEXT"]
    assert found(lender="pennine") == [INVOICE]
    assert found(dueFrom="2026-07-22") == []
    assert found(dueUntil="2026-07-21", currency="GBP", seller="coppergate") != []


def test_timeline_tells_everything_around_an_invoice(guests: Guests) -> None:
    """The buyer sees token, payment and trade events too, in order."""
    asked = '{ timeline(invoice: "%s", first: 200) { edges { node { position type state } } } }'
    edges = guests("northwind").data(asked % INVOICE)["timeline"]["edges"]
    types = [edge["node"]["type"] for edge in edges]
    assert types[0] == "invoice.submitted"
    assert {"token.planned", "listing.opened", "trade.settled"} <= set(types)
    positions = [edge["node"]["position"] for edge in edges]
    assert positions == sorted(positions)


def test_marketplace_has_filters(guests: Guests) -> None:
    """Lenders and investors see what can be funded."""
    asked = """query ($f: OfferFilter) { marketplace(filter: $f) {
        edges { node { invoice advance { amount } } } } }"""
    for name in ("pennine", "brunel"):
        edges = guests(name).data(asked)["marketplace"]["edges"]
        assert [edge["node"]["invoice"] for edge in edges] == ["FX-INV-NEXT"]
    for wanted in (
        {"faceLeast": 1_000_001},
        {"faceMost": 999_999},
        {"dueFrom": "2026-07-22"},
        {"dueUntil": "2026-07-20"},
        {"discountBpsLeast": 241},
        {"discountBpsMost": 239},
        {"buyer": "nobody"},
        {"seller": "nobody"},
        {"currency": "EUR"},
    ):
        assert guests("brunel").data(asked, f=wanted)["marketplace"]["edges"] == [], wanted


def test_listings_show_both_yields(guests: Guests) -> None:
    """A sold one is asked for by its state."""
    asked = """{ listings(filter: {state: "SOLD"}) { edges { node {
        listing units price { display } quotedYieldBps computedYieldBps trade } } }
        open: listings { edges { cursor } } }"""
    shown = guests("brunel").data(asked)
    node = shown["listings"]["edges"][0]["node"]
    assert (node["listing"], node["units"], node["quotedYieldBps"]) == (LISTING, 200_000, 242)
    assert node["price"]["display"] == "1,991.50 GBP"
    assert shown["open"]["edges"] == []


@pytest.mark.parametrize("name", ["coppergate", "northwind", "bob", "pat"])
def test_marketplace_is_closed_to_other_roles(guests: Guests, name: str) -> None:
    """The code is the one of REST."""
    assert guests(name).code("{ marketplace { edges { cursor } } }") == "role_forbidden"


def test_portfolio_is_the_callers_with_face_and_state(guests: Guests) -> None:
    """Units of a token come with the invoice behind it, cash with what is free."""
    asked = """{ portfolio { subject cash { asset balance { display } available { amount } }
        holdings { edges { node { token units held invoice state due face { display } } } } } }"""
    owned = guests("brunel").data(asked)["portfolio"]
    assert owned["subject"] == "brunel"
    assert owned["cash"][0]["balance"]["display"] == "3,008.50 GBP"
    assert owned["cash"][0]["available"]["amount"] == 300_850
    assert [edge["node"] for edge in owned["holdings"]["edges"]] == [
        {
            "token": TOKEN,
            "units": 200_000,
            "held": 0,
            "invoice": INVOICE,
            "state": "FUNDED",
            "due": "2026-07-21",
            "face": {"display": "2,000.00 GBP"},
        }
    ]


def test_portfolio_takes_few_queries_however_much_is_held(guests: Guests, hall: Hall) -> None:
    """One for the tokens, one for what stands behind them, one for the cash, one for the key."""
    before = hall.fetches
    guests("brunel").data("{ portfolio { holdings { edges { node { state } } } } }")
    assert hall.fetches - before <= 4


def test_accounts_are_the_owners(guests: Guests) -> None:
    """The back office names any owner; somebody else's accounts are not in the list."""
    asked = "query ($o: String) { accounts(owner: $o) { edges { node { owner purpose } } } }"

    def owners(name: str, owner: str | None) -> set[str]:
        edges = guests(name).data(asked, o=owner)["accounts"]["edges"]
        return {edge["node"]["owner"] for edge in edges}

    assert owners("brunel", None) == {"brunel"}
    assert owners("brunel", "brunel") == {"brunel"}
    assert owners("brunel", "pennine") == set()
    assert owners("priya", "pennine") == {"pennine"}
    assert len(owners("priya", None)) > 3


def test_entries_are_the_owners(guests: Guests) -> None:
    """The newest comes first, with the balance after it."""
    account = "account:brunel/cash/GBP"
    asked = "query ($a: String!) { entries(account: $a) { edges { node { type balance } } } }"
    edges = guests("brunel").data(asked, a=account)["entries"]["edges"]
    assert edges[0]["node"] == {"type": "account.posted", "balance": 300_850}
    assert guests("olga").data(asked, a=account)["entries"]["edges"] == edges
    assert guests("pennine").data(asked, a=account) == {"entries": None}


def test_trades_are_shown_to_both_sides(guests: Guests) -> None:
    """With the answers of the check."""
    asked = '{ trade(id: "T1") { state price { display } answers { question answer } } }'
    shown = guests("brunel").data(asked)["trade"]
    assert (shown["state"], shown["price"]["display"]) == ("TRADE_SETTLED", "1,991.50 GBP")
    assert {"question": "risk_understood", "answer": True} in shown["answers"]
    assert guests("pennine").data(asked)["trade"] == shown
    listed = "{ trades { edges { node { trade } } } }"
    assert len(guests("pennine").data(listed)["trades"]["edges"]) == 1
    assert guests("coppergate").data(listed)["trades"]["edges"] == []


def test_back_office_questions_are_refused_to_others(guests: Guests) -> None:
    """Chain writes, facts of others, statements, the trail; anchors are for everybody."""
    statement = 'reconciliations(token: "FXR-1", agrees: false) { edges { node { breaks } } }'
    facts = 'chainFacts(filter: {event: "Transfer"}) { edges { node { arguments } } }'
    for question in (
        "chainWrites { edges { cursor } }",
        "auditTrail { edges { cursor } }",
        statement,
        facts,
    ):
        asked = f"{{ {question} }}"
        assert guests("brunel").code(asked) == "role_forbidden"
        assert "errors" not in guests("olga").ask(asked)
    assert guests("brunel").data("{ anchors { edges { cursor } } }")["anchors"]["edges"] == []


def test_chain_writes_and_trail_are_filtered(guests: Guests) -> None:
    """By purpose and token; by actor and type."""
    asked = """{ chainWrites(filter: {purpose: "mint", token: "%s"}) {
        edges { node { state function arguments result } } }
        auditTrail(filter: {actor: "subject:brunel", type: "trade.executed"}) {
        edges { node { stream version } } } }"""
    shown = guests("olga").data(asked % TOKEN)
    assert shown["chainWrites"]["edges"][0]["node"]["state"] == "CONFIRMED"
    trail = [edge["node"] for edge in shown["auditTrail"]["edges"]]
    assert trail == [{"stream": "trade:T1", "version": 2}]


def test_proof_is_shown_for_what_the_caller_may_read(guests: Guests, hall: Hall) -> None:
    """The investor's own trade, not the seller's invoice; the auditor anything."""
    asked = "query ($p: Long!) { proof(position: $p) }"
    at = {event.envelope.type: event.position for event in hall.tale.log}
    own, foreign = at["trade.settled"], at["invoice.submitted"]
    assert guests("brunel").data(asked, p=own)["proof"]["position"] == own
    assert guests("brunel").data(asked, p=foreign) == {"proof": None}
    assert guests("olga").data(asked, p=foreign)["proof"]["position"] == foreign
    for nowhere in (0, -1, 2**53 - 1):
        assert guests("olga").data(asked, p=nowhere) == {"proof": None}


COMPLETE = "query ($s: String!, $at: String) { completeness(stream: $s, at: $at) }"


def test_completeness_is_proven_of_what_is_the_callers(guests: Guests, hall: Hall) -> None:
    """As over REST: its own account, nobody else's; the auditor asks for what hides nothing.

    How many facts a subject's stream has would tell of a legal hold: compliance alone may know.
    """
    own, size = "account:brunel/cash/GBP", len(hall.tale.log)
    assert guests("brunel").data(COMPLETE, s=own, at="9") == {
        "completeness": {"stream": own, "as_of": 9}
    }
    for stream, reader in (
        ("account:pennine/cash/GBP", "olga"),
        ("log:main", "olga"),
        ("subject:brunel", "priya"),
    ):
        assert guests("brunel").code(COMPLETE, s=stream) == "not_found"
        assert guests(reader).data(COMPLETE, s=stream)["completeness"]["as_of"] == size
    assert guests("olga").code(COMPLETE, s="subject:brunel") == "not_found"
    assert guests("olga").data(COMPLETE, s="invoice:nowhere")["completeness"]["as_of"] == size
    trade = "trade:T1"
    assert guests("brunel").data(COMPLETE, s=trade)["completeness"]["stream"] == trade


@pytest.mark.parametrize(
    ("at", "refused"),
    [
        ("0", "invalid_field"),
        ("-1", "invalid_field"),
        ("soon", "invalid_field"),
        ("", "invalid_field"),
        ("9007199254740991", "as_of_in_future"),
        ("2999-01-01T00:00:00Z", "as_of_in_future"),
    ],
)
def test_completeness_refuses_the_moments_that_rest_refuses(
    guests: Guests, at: str, refused: str
) -> None:
    assert guests("olga").code(COMPLETE, s="log:main", at=at) == refused


@pytest.mark.parametrize(
    "stream", ["nothing", "a b:c", "Account:x", "account:", "x:" + "y" * 129, "a:\0"]
)
def test_completeness_of_what_is_no_stream(guests: Guests, stream: str) -> None:
    assert guests("olga").code(COMPLETE, s=stream) == "not_found"


def test_viewer_tells_who_asks_and_no_more(guests: Guests) -> None:
    """Neither an address nor a review."""
    asked = "{ viewer { subject role key name kind country roles active wallet } }"
    shown = guests("pennine").data(asked)["viewer"]
    assert (shown["subject"], shown["role"], shown["active"]) == ("pennine", "lender", True)
    assert shown["key"] == "key-pennine"


def code(answer: Response) -> str:
    """Tell the code of the first error."""
    told: str = answer.json()["errors"][0]["extensions"]["code"]
    return told


def test_a_question_waits_only_for_the_views_that_answer_it(guests: Guests, hall: Hall) -> None:
    """A view that stands still holds up whoever asks it, on whichever level, and nobody else."""
    here = {"Tallystick-Wait": str(len(hall.tale.log))}
    view = next(view for view in VIEWS if view.name == "accounts")
    hall.stopped["accounts"] = ViewStanding(view=view.name, version=view.version, position=3)
    try:
        answers = {
            asked: guests("olga").post({"query": asked}, **here)
            for asked in (
                "{ viewer { role } }",
                "{ invoices(first: 1) { edges { node { number } } } }",
                "{ accounts(first: 1) { edges { node { owner } } } }",
                "{ viewer { role } accounts(first: 1) { edges { node { owner } } } }",
            )
        }
    finally:
        del hall.stopped["accounts"]
    assert [answer.status_code for answer in answers.values()] == [200, 200, 503, 503]
    late = [answer for answer in answers.values() if answer.status_code == 503]
    assert {code(answer) for answer in late} == {"view_behind"}


def test_answers_wait_for_the_views(guests: Guests, hall: Hall) -> None:
    """``Tallystick-Wait`` is honoured, and a wrong one refused."""
    guest, body = guests("olga"), {"query": "{ viewer { role } }"}
    here = str(len(hall.tale.log))
    assert guest.post(body, **{"Tallystick-Wait": here}).status_code == 200
    late = guest.post(body, **{"Tallystick-Wait": str(len(hall.tale.log) + 1)})
    assert (late.status_code, code(late)) == (503, "view_behind")
    assert late.headers["Retry-After"]
    assert guest.post(body, **{"Tallystick-Wait": "soon"}).json()["code"] == "invalid_header"

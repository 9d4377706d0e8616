"""Profiles, wallets, businesses, issuers and people over GraphQL: the office and the owner."""

from collections.abc import Callable

import pytest

from tests.interfaces.inbound.http.graphql.hall import Guest, Hall

Guests = Callable[[str | None], Guest]

NOW, LATER = "2026-05-22T00:00:00.000000Z", "2026-05-23T00:00:00.000000Z"
PAGES = """{
  businesses(filter: {state: "ACTIVE"}) { edges { node { business owner } } }
  wallets { edges { node { address } } }
  issuerRequests { edges { node { subject state } } }
  profile { section content }
  business(business: "nothing") { business }
}"""


@pytest.mark.capability("LB4", part="uniqueness")
def test_who_works_files_finds_somebody_by_an_address(hall: Hall, guests: Guests) -> None:
    hall.identifiers.claim("email", "tom@northwind.example", "northwind", now=NOW, until=LATER)
    hall.identifiers.claim("mobile", "+447700900123", "northwind", now=NOW, until=LATER)
    ask = '{ subjectByContact(email: "Tom@Northwind.example") { subject } }'
    for reader, found in (("ada", "northwind"), ("northwind", "northwind"), ("pennine", None)):
        owner = None if found is None else {"subject": found}
        assert guests(reader).data(ask) == {"subjectByContact": owner}
    ask = '{ subjectByContact(mobile: "+447700900123") { subject } }'
    assert guests("ada").data(ask) == {"subjectByContact": {"subject": "northwind"}}
    ask = "{ subjectByContact { subject } }"
    assert guests("ada").data(ask) == {"subjectByContact": None}


def test_the_office_is_answered_pages(guests: Guests) -> None:
    answer = guests("ada").data(PAGES)
    assert answer["business"] is None
    assert set(answer) == {"businesses", "wallets", "issuerRequests", "profile", "business"}


def test_what_is_not_for_a_role_is_not_answered(guests: Guests) -> None:
    assert guests("pennine").code('{ business(business: "b") { state } }') == "role_forbidden"
    asked = '{ profile(subject: "northwind") { section } wallets(subject: "northwind") { asOf } }'
    assert guests("pennine").data(asked) == {"profile": [], "wallets": {"asOf": None}}

"""Questions that are too large, malformed or not for this door: refused before they cost."""

import time
from collections.abc import Callable

import pytest
from graphql import get_introspection_query

from interfaces.inbound.http.graphql.limits import ALIASES_MAX, DEPTH_MAX, ROOT_FIELDS_MAX
from tests.interfaces.inbound.http.graphql.hall import Guest, Hall

Guests = Callable[[str | None], Guest]

TIGHT = 2.0
"""Seconds that a refusal may take on a busy machine."""


def test_depth_is_limited(guests: Guests) -> None:
    """Inline fragments do not count, fields do."""
    inside = "role"
    for _ in range(DEPTH_MAX):
        inside = f"viewer {{ {inside} }}"
    assert guests("olga").code(f"{{ {inside} }}") == "query_too_deep"


def test_deepest_sensible_question_is_allowed(guests: Guests) -> None:
    """Six levels through a fragment."""
    asked = """{ portfolio { ... on Portfolio { holdings { edges { node { ...face } } } } } }
        fragment face on Holding { face { display } }"""
    assert "errors" not in guests("brunel").ask(asked)


def test_aliases_are_limited(guests: Guests) -> None:
    """Wherever they stand."""
    names = " ".join(f"a{number}: role" for number in range(ALIASES_MAX + 1))
    assert guests("olga").code(f"{{ viewer {{ {names} }} }}") == "too_many_aliases"
    spread = f"{{ viewer {{ ...all }} }} fragment all on Viewer {{ {names} }}"
    assert guests("olga").code(spread) == "too_many_aliases"


def test_things_asked_at_once_are_limited(guests: Guests) -> None:
    """Each of them is a query of the store."""
    names = " ".join(f"a{number}: viewer {{ role }}" for number in range(ROOT_FIELDS_MAX + 1))
    assert guests("olga").code(f"{{ {names} }}") == "too_many_fields"


def test_tokens_are_limited(guests: Guests) -> None:
    """A long text is not even parsed to its end."""
    assert guests("olga").code("{ viewer { " + "role " * 1000 + "} }") == "malformed_query"


@pytest.mark.parametrize("opening", ["{ a ", "{ invoice(number: [", "{ ... @a(b: {c: "])
def test_deep_nesting_is_refused_by_the_parser(guests: Guests, opening: str) -> None:
    """It never gets as far as Python's own limit of recursion."""
    for text in (opening * 240, "{ invoice(number: " + "[" * 900, "{a" * 450 + "}" * 450):
        answer = guests("olga").ask(text)
        code = answer["errors"][0]["extensions"]["code"]
        assert code in {"malformed_query", "query_too_deep"}, answer


def test_fragments_that_double_are_measured_quickly(guests: Guests) -> None:
    """Sixty fragments that spread the next one twice would be 2^60 places."""
    fragments = [
        f"fragment f{n} on Viewer {{ ...f{n + 1} ... on Viewer {{ ...f{n + 1} }} }}"
        for n in range(60)
    ]
    asked = "{ viewer { ...f0 } } " + " ".join(fragments)
    asked += " fragment f60 on Viewer { a: role }"
    begun = time.monotonic()
    assert guests("olga").code(asked) == "too_many_aliases"
    assert time.monotonic() - begun < TIGHT


def test_fragments_in_a_circle_are_refused(guests: Guests) -> None:
    """They end."""
    asked = "{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }"
    assert guests("olga").code(asked) == "invalid_query"


def test_many_equal_fields_are_checked_quickly(guests: Guests) -> None:
    """Comparing each with each must stay affordable below the limit of tokens."""
    begun = time.monotonic()
    few, many = ("{ viewer { " + "role " * number + "} }" for number in (100, 900))
    assert guests("olga").data(few) == {"viewer": {"role": "auditor"}}
    assert guests("olga").code(many) == "invalid_query"
    assert time.monotonic() - begun < TIGHT


def test_introspection_needs_a_key(guests: Guests) -> None:
    """As everything does."""
    body = {"query": get_introspection_query()}
    refused = guests(None).post(body)
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    types = guests("brunel").data(body["query"])["__schema"]["types"]
    assert {"Invoice", "Money", "PageInfo"} <= {known["name"] for known in types}


def test_nested_introspection_is_limited(guests: Guests) -> None:
    """Introspection of introspection has its own limit."""
    inside = "name"
    for _ in range(6):
        inside = f"fields {{ type {{ {inside} }} }}"
    asked = f'{{ __type(name: "Query") {{ {inside} }} }}'
    assert guests("olga").code(asked) == "invalid_query"


@pytest.mark.parametrize("key", ["Bearer wrong", "Basic secret-olga", "Bearer", ""])
def test_wrong_key_is_refused(guests: Guests, key: str) -> None:
    """With the problem of REST."""
    answer = guests(None).post({"query": "{ viewer { role } }"}, Authorization=key)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"\xff", 400, "malformed_json"),
        (b"[]", 422, "wrong_type"),
        ([{"query": "{ viewer { role } }"}], 422, "wrong_type"),
        ({}, 422, "missing_field"),
        ({"query": 1}, 422, "wrong_type"),
        ({"query": "{ viewer { role } }", "variables": []}, 422, "wrong_type"),
        ({"query": "{ viewer { role } }", "mutation": ""}, 422, "unknown_field"),
        ({"query": "x" * 70_000}, 413, "body_too_large"),
    ],
)
def test_bad_bodies_are_problems(guests: Guests, body: object, status: int, code: str) -> None:
    """Before GraphQL begins, the answers are those of REST."""
    answer = guests("olga").post(body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_only_json_is_taken(guests: Guests) -> None:
    """No form, so that no page of another host can send one."""
    answer = guests("olga").post(b"query=x", **{"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "invalid_query"),
        ("{ viewer { role }", "malformed_query"),
        ("{ nothing }", "invalid_query"),
        ("{ viewer }", "invalid_query"),
        ("mutation { viewer { role } }", "invalid_query"),
        ("subscription { invoiceChanged { position } }", "invalid_query"),
        ("query A { viewer { role } } query B { viewer { role } }", "invalid_query"),
        ('{ invoices(filter: {dueFrom: "21 July"}) { edges { cursor } } }', "invalid_query"),
        ('{ invoices(filter: {dueFrom: "20260721"}) { edges { cursor } } }', "invalid_query"),
        ('{ auditTrail(filter: {atFrom: "2026"}) { edges { cursor } } }', "invalid_query"),
        ("{ proof(position: 9007199254740992) }", "invalid_query"),
        ("{ proof(position: 1.0) }", "invalid_query"),
        ('{ proof(position: "1") }', "invalid_query"),
        ("{ proof(position: true) }", "invalid_query"),
        (f"{{ proof(position: {'9' * 5000}) }}", "invalid_query"),
        ('{ invoice(number: "a\\u0000b") { state } }', "invalid_field"),
        ("{ invoices(first: 3000000000) { edges { cursor } } }", "invalid_query"),
    ],
)
def test_bad_questions_are_errors_with_codes(guests: Guests, query: str, code: str) -> None:
    """Over HTTP only questions; every value has its type."""
    assert guests("olga").code(query) == code


@pytest.mark.parametrize("value", [2**53, 1.5, "1", True, None])
def test_variables_have_their_types(guests: Guests, value: object) -> None:
    """Nothing is converted."""
    assert guests("olga").code("query ($p: Long!) { proof(position: $p) }", p=value)


def test_statuses_follow_the_media_type(guests: Guests) -> None:
    """GraphQL over HTTP: 400 only for those who ask for its own media type."""
    wanted = {"Accept": "application/graphql-response+json"}
    bad = guests("olga").post({"query": "{ nothing }"}, **wanted)
    assert bad.status_code == 400
    assert bad.headers["Content-Type"].startswith("application/graphql-response+json")
    assert guests("olga").post({"query": "{ nothing }"}).status_code == 200
    good = guests("olga").post({"query": "{ viewer { role } }"}, **wanted)
    assert (good.status_code, good.json()) == (200, {"data": {"viewer": {"role": "auditor"}}})


def test_error_tells_nothing_of_our_insides(guests: Guests) -> None:
    """No suggestions of names that the caller did not find."""
    error = guests("olga").ask("{ invoyces { edges { cursor } } }")["errors"][0]
    assert "Did you mean" not in error["message"]


def test_error_of_one_field_leaves_the_others(guests: Guests) -> None:
    """Only a field that must not be null takes the whole answer with it."""
    answer = guests("brunel").ask(
        '{ viewer { role } timeline(invoice: "x", first: 0) { __typename } }'
    )
    assert answer["data"]["viewer"] == {"role": "investor"}


def test_store_that_is_away_is_503(hall: Hall, guests: Guests) -> None:
    """With Retry-After, whether it fails at the key or at the view."""
    hall.down = True
    try:
        answer = guests("olga").post({"query": "{ viewer { role } }"})
    finally:
        hall.down = False
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert answer.headers["Retry-After"]

"""The explorer page: nothing of another host, no script that the policy does not know."""

import re
from collections.abc import Callable

import pytest
from graphql import build_schema, parse, validate

from interfaces.inbound.http.graphql.schema import sdl
from tests.interfaces.inbound.http.graphql.hall import Guest

Guests = Callable[[str | None], Guest]


def test_page_is_html_for_everybody(guests: Guests) -> None:
    """The page needs no key; what it asks does."""
    answer = guests(None).client.get("/graphql", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert 'id="key"' in answer.text


def test_policy_is_strict(guests: Guests) -> None:
    """Only scripts of our own, none in the page, no frame around it."""
    answer = guests(None).client.get("/graphql")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]* src=)", answer.text)
    assert not re.search(r"<style|\son[a-z]+=|\sstyle=", answer.text)


def test_every_address_is_ours(guests: Guests) -> None:
    """Each one is a path under this host; our own are answered."""
    client = guests(None).client
    text = client.get("/graphql").text
    addresses = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert len(addresses) == 7
    for address in addresses:
        assert address == "data:," or re.fullmatch(r"/(assets|graphql)/[^:]+", address), address
        if address.startswith("/graphql/"):
            assert client.get(address).status_code == 200


@pytest.mark.parametrize("name", ["explorer.html", "explorer.js", "explorer.css"])
def test_files_name_no_other_host(guests: Guests, name: str) -> None:
    """Neither the page, nor its script, nor its style."""
    path = "/graphql" if name == "explorer.html" else f"/graphql/{name}"
    assert not re.search(r"(https?|wss?)://(?!\$)", guests(None).client.get(path).text)


def test_examples_are_good_questions(guests: Guests) -> None:
    """Each example of the page is valid; each question is answered."""
    text = guests(None).client.get("/graphql/examples.graphql").text
    examples = re.split(r"\n(?=query|subscription)", text)
    assert len(examples) == 5
    for example in examples:
        assert validate(build_schema(sdl()), parse(example)) == []
        if example.startswith("query"):
            assert "errors" not in guests("pennine").ask(example), example

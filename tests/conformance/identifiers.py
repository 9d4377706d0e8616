"""What every keeper of addresses and phones must do."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from application.ports.contacts import Identifiers

NOW, LATER, END = (f"2026-05-2{day}T10:00:00.000000Z" for day in (2, 3, 4))


class Forgetting(Identifiers, Protocol):
    """A keeper that can also forget."""

    def forget(self, person: str) -> None: ...


class IdentifiersConformance:
    """Fixture to give: ``identifiers``, empty."""

    def test_a_value_belongs_to_the_first(self, identifiers: Forgetting) -> None:
        claim = partial(identifiers.claim, "email", "a@b.example", now=NOW, until=LATER)
        assert claim("anna") == "anna"
        assert claim("bert") == "anna"
        assert claim("anna") == "anna"
        assert identifiers.holder("email", "a@b.example") == "anna"
        assert identifiers.holder("email", "b@b.example") is None
        assert identifiers.claim("mobile", "a@b.example", "bert", now=NOW, until=LATER) == "bert"

    def test_of_many_at_once_one_wins(self, identifiers: Forgetting) -> None:
        claim = partial(identifiers.claim, "email", "race@b.example", now=NOW, until=LATER)
        with ThreadPoolExecutor(4) as pool:
            winners = set(pool.map(claim, [f"p{number}" for number in range(8)]))
        assert len(winners) == 1

    def test_what_is_not_proven_in_time_may_be_taken(self, identifiers: Forgetting) -> None:
        identifiers.claim("email", "a@c.example", "anna", now=NOW, until=LATER)
        assert identifiers.extend("email", "anna", until=END)
        assert identifiers.claim("email", "a@c.example", "bert", now=LATER, until=END) == "anna"
        assert identifiers.claim("email", "a@c.example", "bert", now=END, until=END) == "bert"
        assert not identifiers.extend("email", "anna", until=END)
        assert not identifiers.confirm("email", "anna")

    def test_what_is_proven_stays_until_it_is_given_back(self, identifiers: Forgetting) -> None:
        identifiers.claim("email", "a@d.example", "anna", now=NOW, until=LATER)
        assert identifiers.confirm("email", "anna")
        assert identifiers.extend("email", "anna", until=LATER)
        assert identifiers.claim("email", "a@d.example", "bert", now=END, until=END) == "anna"
        identifiers.release("email", "a@d.example", "bert")
        assert identifiers.holder("email", "a@d.example") == "anna"
        identifiers.release("email", "a@d.example", "anna")
        assert identifiers.claim("email", "a@d.example", "bert", now=NOW, until=END) == "bert"

    def test_forgetting_a_person_frees_all_it_has(self, identifiers: Forgetting) -> None:
        identifiers.claim("email", "a@e.example", "anna", now=NOW, until=LATER)
        identifiers.claim("mobile", "+441234567", "anna", now=NOW, until=LATER)
        identifiers.forget("anna")
        assert identifiers.holder("email", "a@e.example") is None
        assert identifiers.holder("mobile", "+441234567") is None

    def test_names_follow_from_their_parts_and_tell_none(self, identifiers: Forgetting) -> None:
        name = identifiers.name("key", "a@b.example")
        assert name == identifiers.name("key", "a@b.example")
        assert name != identifiers.name("keya", "@b.example")
        assert "a@b" not in name

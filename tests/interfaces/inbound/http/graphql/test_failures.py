"""What goes wrong inside stays inside: a code, a correlation id, and a line in our log."""

import logging
from collections.abc import Iterator
from typing import TypeVar

import msgspec
import pytest
from typing_extensions import override

from application.ports.gate import StoreUnavailable
from interfaces.inbound.http.services import Limits
from projections.query import Query
from tests.interfaces.inbound.http.graphql.hall import Guest, Hall, entered

R = TypeVar("R", bound=msgspec.Struct)

ASKED = '{ viewer { role } invoice(number: "FX-SECRET") { state } }'


class Broken(Hall):
    """A house in which only keys are found."""

    failure: Exception = StoreUnavailable()

    @override
    async def fetch(self, query: Query[R]) -> list[R]:
        """Answer keys and subjects."""
        if "FROM invoices" in query.sql:
            raise self.failure
        return await super().fetch(query)


@pytest.fixture(scope="module")
def broken() -> Broken:
    """Give the house."""
    return Broken()


@pytest.fixture
def guest(broken: Broken) -> Iterator[Guest]:
    """Let an auditor in."""
    with entered(broken.services(Limits())) as client:
        yield Guest(client, "olga")


def test_store_that_goes_away_midway_is_503(broken: Broken, guest: Guest) -> None:
    """The body has what was found, the status says to come again."""
    broken.failure = StoreUnavailable()
    answer = guest.post({"query": ASKED})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    told = answer.json()
    assert told["data"] == {"viewer": {"role": "auditor"}, "invoice": None}
    assert told["errors"][0]["extensions"]["code"] == "store_unavailable"
    assert told["errors"][0]["path"] == ["invoice"]


def test_proof_that_too_few_witnesses_have_seen_is_503(broken: Broken, guest: Guest) -> None:
    """With the code and the numbers that REST has."""
    broken.unwitnessed = True
    answer = guest.post({"query": '{ completeness(stream: "log:main") }'})
    broken.unwitnessed = False
    assert (answer.status_code, answer.json()["data"]) == (503, {"completeness": None})
    told = answer.json()["errors"][0]["extensions"]
    assert told["code"] == "checkpoint_not_witnessed"
    assert told["numbers"] == {"position": 9, "witnessed": 7, "quorum": 2}


def test_unexpected_failure_is_masked(
    broken: Broken, guest: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    """The id is in the answer and in the log, the message and the question in neither."""
    broken.failure = RuntimeError("password=hunter2")
    with caplog.at_level(logging.DEBUG):
        error = guest.ask(ASKED)["errors"][0]
    assert error["extensions"]["code"] == "internal_error"
    correlation = error["extensions"]["numbers"]["correlation"]
    assert correlation in error["message"]
    assert correlation in caplog.text
    assert "RuntimeError" in caplog.text
    for secret in ("hunter2", "FX-SECRET", "secret-olga"):
        assert secret not in str(error)
        assert secret not in caplog.text

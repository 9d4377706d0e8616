"""The board of the service levels over REST, GraphQL and as a page."""

from collections.abc import Callable, Iterator

import msgspec
import pytest

from domain.case.commands import OpenCase, RequireReport
from tests.interfaces.inbound.http.graphql.hall import Hall, entered, told
from tests.interfaces.inbound.http.house import Visitor

Doors = Callable[[str | None], Visitor]
CASE = "c0" * 16


@pytest.fixture
def hall() -> Hall:
    """Give the story as far as the trade, and a report that is due."""
    hall = told()
    opened = OpenCase(case=CASE, subject="brunel", kind="review")
    hall.tale.system(opened, RequireReport(case=CASE))
    return hall


@pytest.fixture
def doors(hall: Hall) -> Iterator[Doors]:
    """Open its doors."""
    with entered(hall.services()) as client:
        yield lambda name: Visitor(client, name)


def levels(visitor: Visitor, query: str = "") -> set[str]:
    answer = visitor.get(f"/api/v1/operations/deadlines{query}")
    assert answer.status_code == 200, answer.text
    return {item["level"] for item in answer.json()["items"]}


@pytest.mark.capability("FX9", part="clock")
def test_operations_see_their_clocks_and_compliance_all(doors: Doors) -> None:
    running = levels(doors("ada"), "?state=RUNNING")
    assert {"tenor", "payout"} & running
    assert "case" not in running
    assert "case" in levels(doors("priya"), "?state=RUNNING")
    assert levels(doors("ada"), "?level=case") == set()
    assert levels(doors("ada"), "?standing=BREACHED") == set()
    for name in ("brunel", "ingrid", "bob"):
        assert doors(name).get("/api/v1/operations/deadlines").status_code == 403


def test_pages_follow_each_other_though_one_event_starts_several_clocks(doors: Doors) -> None:
    whole = doors("priya").get("/api/v1/operations/deadlines?limit=200").json()["items"]
    found, path = [], "/api/v1/operations/deadlines?limit=1"
    while path is not None:
        page = doors("priya").get(path).json()
        found += page["items"]
        path = page["next"]
    assert found == whole
    assert len({item["clock"] for item in found}) == len(found) > 5


def test_graphql_answers_as_rest_does(doors: Doors) -> None:
    query = '{ deadlines(filter: {state: "RUNNING"}) { edges { node { level standing } } } }'
    for name, wanted in (("ada", False), ("priya", True)):
        visitor = doors(name)
        headers = {**visitor.headers, "Content-Type": "application/json"}
        content = msgspec.json.encode({"query": query})
        answer = visitor.client.post("/graphql", content=content, headers=headers).json()
        found = {edge["node"]["level"] for edge in answer["data"]["deadlines"]["edges"]}
        assert ("case" in found) == wanted
        assert found == levels(visitor, "?state=RUNNING")


def test_the_rows_of_the_source_are_listed(doors: Doors) -> None:
    for name, count in (("ada", 16), ("priya", 18)):
        answer = doors(name).get("/api/v1/operations/service-levels").json()
        assert len(answer["items"]) == count
    assert answer["items"][0]["cap"] == "2 BD"


def test_the_page_shows_what_runs_to_who_may_see_it(doors: Doors) -> None:
    page = doors("ada").get("/operations/board")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "Confirm to cash to seller" in page.text
    assert "NCA" not in page.text
    assert "NCA" in doors("priya").get("/operations/board").text
    assert doors("brunel").get("/operations/board").status_code == 403
    assert doors(None).get("/operations/board").status_code == 401

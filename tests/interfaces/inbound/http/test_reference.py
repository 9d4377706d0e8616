"""The description of the API agrees with the API, and its pages need nobody else."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from interfaces.inbound.http.app import create_app
from interfaces.inbound.http.decoding import decode
from interfaces.inbound.http.reference.openapi import openapi
from interfaces.inbound.http.rest.commands import NoBody
from interfaces.inbound.http.rest.tables import COMMANDS
from tests.interfaces.inbound.http.house import House, Visitor

Doors = Callable[[str | None], Visitor]

METHODS = {"get", "post"}
PAGES = {
    "/docs",
    "/openapi.json",
    "/assets/{name}",
    "/buyer/confirm/{invoice}",
    "/operations/board",
    "/password",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Read the document as a client would."""
    read: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(openapi()))
    return read


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_every_route_is_described(document: dict[str, Any], house: House) -> None:
    """Each route of the application is an operation, each operation a route."""
    routes = {
        (re.sub(r":\w+}", "}", route.path), str(method).lower())
        for route in create_app(house.services()).routes
        for method in getattr(route, "methods", ())
    }
    served = {(path, method) for path, method in routes if method in METHODS and path not in PAGES}
    described = {(path, method) for path, part in document["paths"].items() for method in part}
    assert served == described


def test_operations_are_named_once(document: dict[str, Any]) -> None:
    """Operation ids are unique; each has a summary and problem responses."""
    names = [operation["operationId"] for operation in _operations(document)]
    assert len(names) == len(set(names))
    for operation in _operations(document):
        assert operation["summary"]
        assert any(status.startswith(("2", "3")) for status in operation["responses"])


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    """Every $ref points into the document."""
    text = msgspec.json.encode(document).decode()
    for pointer in set(re.findall(r'"\$ref":"#/([^"]+)"', text)):
        place: Any = document
        for step in pointer.split("/"):
            place = place[step]
        assert place


def test_addresses_name_their_parts(document: dict[str, Any]) -> None:
    """Each part of a path is a parameter."""
    for path, part in document["paths"].items():
        for operation in part.values():
            named = [at["name"] for at in operation.get("parameters", []) if at.get("in") == "path"]
            assert named == re.findall(r"{(\w+)}", path)


@pytest.mark.parametrize("route", [route for route in COMMANDS if route.body is not NoBody])
def test_examples_are_true(document: dict[str, Any], route: Any) -> None:
    """Each command's example is in the document and passes the door's own reading."""
    path = "/api/v1" + route.path.replace(":str}", "}")
    content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert decode(msgspec.json.encode(content["example"]), route.body) == route.example


def test_commands_ask_for_their_key(document: dict[str, Any]) -> None:
    """Commands name the header; everything but public documents needs a bearer key."""
    for route in COMMANDS:
        operation = document["paths"]["/api/v1" + route.path.replace(":str}", "}")]["post"]
        assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
        assert {"400", "401", "403", "409", "413", "415", "422", "503"} <= set(
            operation["responses"]
        )
    public = {at["operationId"] for at in _operations(document) if at.get("security") == []}
    assert public == {
        *("GetCheckpoint", "GetSchema", "GetTrust", "ListProblems", "Live", "Ready"),
        *("GetTile", "GetEntries", "GetBodies", "GetConsistency"),
        *("Register", "SendCode", "VerifyContact"),
        "ReceiveWebhook",
        *("SignIn", "LosePassword", "SetPassword", "SignInAtProvider", "ReturnFromProvider"),
    }


def test_pages_need_no_other_host(doors: Doors) -> None:
    """The reference loads only our own files, and its policy allows nothing else."""
    visitor = doors(None)
    answer = visitor.get("/docs")
    assert answer.status_code == 200
    assert "//" not in answer.text.replace("<!doctype", "")
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    addresses = re.findall(r'(?:src|href)="(/assets/[^"]+)"', answer.text)
    assert len(addresses) == 4
    for address in addresses:
        asset = visitor.get(address.replace("&amp;", "&"))
        assert asset.status_code == 200, address
        assert "immutable" in asset.headers["cache-control"]
        assert asset.headers["content-type"].startswith(("text/css", "text/javascript"))


def test_only_listed_files_are_served(doors: Doors) -> None:
    """No path leads out of the list, whatever it is spelled like."""
    visitor = doors(None)
    for name in (
        "package.json",
        "../app.py",
        "%2e%2e/app.py",
        "swagger-ui-dist/index.html",
        "swagger-ui-dist/../../package.json",
        "",
    ):
        answer = visitor.get(f"/assets/{name}")
        assert answer.status_code == 404, name
    assert visitor.get("/assets/graphiql/graphiql.min.js").status_code == 200
    assert visitor.get("/assets/docs.js").headers["cache-control"] == "public, max-age=3600"
    assert doors(None).get("/openapi.json").json()["openapi"] == "3.1.0"

"""Every endpoint, driven by what its own description lets one send: no 5xx, nothing undescribed.

Schemathesis makes the requests from the OpenAPI document and from the GraphQL schema; a real
application answers them. Bounded and the same each time; ``deep`` looks further.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import graphql
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from litestar.testing import TestClient
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from interfaces.inbound.http.app import create_app
from interfaces.inbound.http.graphql import graphql_routes
from interfaces.inbound.http.graphql.schema import SCHEMA
from interfaces.inbound.http.reference.openapi import openapi
from interfaces.inbound.http.services import Limits
from tests.interfaces.inbound.http.house import House

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DEEP = settings().max_examples > 1000
AWAY = {503}
"""What is away may say so: no chain, no provider in this house."""


def driven_by(examples: int) -> settings:
    """Make few requests, the same each time; many where there is time for it."""
    return settings(
        max_examples=200 if DEEP else examples,
        deadline=None,
        derandomize=not DEEP,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


@schemathesis.serializer("application/pdf", "application/octet-stream", "image/png", "image/jpeg")
def _as_it_is(_: Any, value: Any) -> bytes:
    plain = getattr(value, "data", value)
    return plain if isinstance(plain, bytes) else msgspec.json.encode(plain)


@contextmanager
def client_of(house: House) -> Iterator[TestClient[Any]]:
    """Open the doors; streams end at once, and no address is shut out."""
    services = house.services(Limits(stream_seconds_max=0.02, wait_seconds_max=0.02))
    app = create_app(services, extra=graphql_routes(services))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def driven() -> Iterator[Callable[[Any, str | None], Any]]:
    """Give a function that sends a case with somebody's key, if any."""
    with client_of(House()) as client:

        def send(case: Any, who: str | None) -> Any:
            if who is not None:
                case.headers = {**(case.headers or {}), "Authorization": f"Bearer secret-{who}"}
            kwargs = case.as_transport_kwargs(base_url="http://testserver")
            kwargs.pop("files", None)
            kwargs.pop("auth", None)
            data = kwargs.pop("data", None)
            if isinstance(data, bytes | str):
                kwargs["content"] = data
            elif data is not None:
                kwargs["data"] = data
            cookies = kwargs.pop("cookies", None) or {}
            client.cookies.clear()
            client.cookies.update(cookies)
            return client.request(**kwargs, follow_redirects=False)

        yield send


def operations() -> list[Any]:
    """List all operations of the document."""
    document = msgspec.json.decode(msgspec.json.encode(openapi()))
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url="http://testserver")
    return [found.ok() for found in schema.get_all_operations()]


def test_rest_answers_whatever_it_is_sent(driven: Callable[[Any, str | None], Any]) -> None:
    """What fits the description is sent by an admin, and what does not."""
    wrong = []
    for operation in operations():
        wrong += _drive(operation, GenerationMode.POSITIVE, 2, driven)
        wrong += _drive(operation, GenerationMode.NEGATIVE, 1, driven)
    assert wrong == []


def _drive(operation: Any, mode: Any, examples: int, send: Callable[..., Any]) -> list[str]:
    wrong: list[str] = []

    @driven_by(examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def drive(case: Any) -> None:
        answer = send(case, "ada")
        if answer.status_code in AWAY:
            return
        try:
            case.validate_response(answer, checks=CHECKS)
        except (FailureGroup, Failure) as error:
            wrong.append(f"{operation.label} {mode}: {answer.status_code} {error}"[:2000])

    try:
        drive()
    except Exception as error:
        # Nothing wrong can be made for an operation without parameters.
        if "Unsatisfiable" not in type(error).__name__:
            wrong.append(f"{operation.label} {mode}: {error!r}"[:500])
    return wrong[:1]


def test_graphql_answers_whatever_it_is_asked(driven: Callable[[Any, str | None], Any]) -> None:
    """Each question of the schema with whatever arguments and fields: an answer or a named no."""
    document = graphql.graphql_sync(SCHEMA._schema, graphql.get_introspection_query()).data
    schema = schemathesis.graphql.from_dict({"data": document})
    schema.config.update(base_url="http://testserver/graphql")
    for found in schema.get_all_operations():
        operation = found.ok()

        @driven_by(2)
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            answer = driven(case, "ada")
            assert answer.status_code in {200, *AWAY}, (case.body, answer.text[:500])
            told = answer.json()
            codes = {error["extensions"]["code"] for error in told.get("errors") or ()}
            assert "internal_error" not in codes, (case.body, told)
            assert told["data"] is not None or codes

        ask()

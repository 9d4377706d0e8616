"""The schema as a document: described to the last argument, and stable."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    build_schema,
    specified_scalar_types,
)

from interfaces.inbound.http.graphql.schema import SCHEMA, sdl


def _undescribed() -> Iterator[str]:
    for name, kind in build_schema(sdl()).type_map.items():
        if name.startswith("__") or name in specified_scalar_types:
            continue
        if not kind.description:
            yield name
        if isinstance(kind, GraphQLEnumType):
            yield from (f"{name}.{key}" for key, at in kind.values.items() if not at.description)
        if isinstance(kind, (GraphQLObjectType, GraphQLInputObjectType)):
            for field_name, field in kind.fields.items():
                if not field.description:
                    yield f"{name}.{field_name}"
                for argument, told in getattr(field, "args", {}).items():
                    if not told.description:
                        yield f"{name}.{field_name}({argument})"


def test_everything_has_a_description() -> None:
    """Types, fields, arguments."""
    assert list(_undescribed()) == []


def test_every_name_is_camel_case() -> None:
    """No underscore of ours shows."""
    for name, kind in build_schema(sdl()).type_map.items():
        if not name.startswith("__") and isinstance(kind, GraphQLObjectType):
            assert not [field for field in kind.fields if "_" in field]


def test_questions_and_news_are_all_there() -> None:
    """What issue 2 asks for."""
    schema = build_schema(sdl())
    assert schema.query_type is not None
    assert schema.subscription_type is not None
    assert schema.mutation_type is None
    assert sorted(schema.query_type.fields) == [
        "accounts",
        "anchors",
        "auditTrail",
        "business",
        "businesses",
        "cases",
        "chainFacts",
        "chainTransactions",
        "chainWrites",
        "checks",
        "completeness",
        "deadlines",
        "delegations",
        "entries",
        "gasLedger",
        "holders",
        "invoice",
        "invoices",
        "issuerRequests",
        "kycApplication",
        "kycApplications",
        "legalHolds",
        "listings",
        "marketplace",
        "pipeline",
        "portfolio",
        "profile",
        "proof",
        "reconciliations",
        "requests",
        "subjectByContact",
        "tenantSums",
        "timeline",
        "tokenOperations",
        "tokens",
        "trade",
        "trades",
        "viewer",
        "wallets",
    ]
    assert sorted(schema.subscription_type.fields) == ["invoiceChanged", "tradeChanged"]


def test_document_is_the_schema() -> None:
    """And ends with one line feed."""
    assert sdl() == SCHEMA.as_str() + "\n"

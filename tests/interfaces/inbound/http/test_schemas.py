"""What outsiders build against is fresh: made from the types, complete, and true of real bytes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource
from typer.testing import CliRunner

from application.dispatch import HANDLERS
from application.envelopes import Provenance, seal
from application.ports.log import FeedEntry
from domain.catalogue import EVENTS, UPCASTS, is_restricted
from domain.kernel.roles import ROLES
from interfaces.inbound.http.feed.records import writer
from interfaces.inbound.http.reference import schemas
from interfaces.inbound.http.reference.schemas import command_file, event_file, files, shapes
from tests.interfaces.inbound.http.house import Visitor
from tests.projections.tale import tell
from tools.golden import GOLDEN
from tools.tally import assembled

SAMPLES = sorted(GOLDEN.glob("*.json"))
DOCUMENTS = {name: json.loads(text) for name, text in files().items() if name.endswith(".json")}
REGISTRY: Registry[Any] = Registry().with_resources(
    (each["$id"], Resource.from_contents(each)) for each in DOCUMENTS.values() if "$id" in each
)
EVENT_FILES = {event_file(*key): key for key in shapes()}


def demand(file: str, instance: Any, part: str = "") -> None:
    """Hold an instance against a schema, or a part of it. Raises ValidationError."""
    schema = {"$ref": f"/schemas/{file}{part}"}
    Draft202012Validator(schema, registry=REGISTRY).validate(instance)


def references(part: Any) -> Iterator[str]:
    """Find all references of a document."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


@pytest.mark.parametrize("file", [name for name, each in DOCUMENTS.items() if "$schema" in each])
def test_each_schema_is_one(file: str) -> None:
    Draft202012Validator.check_schema(DOCUMENTS[file])


def test_everything_has_a_schema() -> None:
    """Every type and number that the log may hold, and every command that the gate takes."""
    assert set(EVENT_FILES) == {name for name in DOCUMENTS if name.startswith("events/")}
    assert set(EVENT_FILES) == {f"events/{path.stem}.json" for path in SAMPLES}
    wanted = {command_file(command.TYPE) for command in HANDLERS}
    assert wanted == {name for name in DOCUMENTS if name.startswith("commands/")}
    assert set(DOCUMENTS["index.json"]["files"]) == set(files()) - {"index.json"}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_golden_sample_is_as_described(path: Path) -> None:
    """And nothing can be added to it, or taken away that must be there."""
    file, data = f"events/{path.stem}.json", json.loads(path.read_text())
    demand(file, data, "#/$defs/data")
    with pytest.raises(ValidationError):
        demand(file, {**data, "extra": 1}, "#/$defs/data")
    for name in DOCUMENTS[file]["$defs"]["data"].get("required", ()):
        with pytest.raises(ValidationError):
            demand(file, {key: data[key] for key in data if key != name}, "#/$defs/data")


PROVENANCE = Provenance(
    log="tallystick.example/test",
    at="2026-05-22T09:00:00.000000Z",
    actor="subject:anna",
    command="0a0a0a0a-0a0a-8a0a-8a0a-0a0a0a0a0a0a",
    correlation="0b0b0b0b-0b0b-8b0b-8b0b-0b0b0b0b0b0b",
    cause=7,
)


def test_whole_bodies_and_their_records_are_as_described() -> None:
    """Each kind of event of a long tale, as the log keeps it and as each role reads it."""
    first = {event.fact.TYPE: event for event in tell()}
    assert len(first) > 70
    for event in first.values():
        stream = event.stream
        [body] = seal([(stream, event.fact)], PROVENANCE, {stream: 2}, bytes)
        instance = json.loads(body.bytes)
        file = event_file(event.fact.TYPE, event.fact.SCHEMA)
        demand(file, instance)
        with pytest.raises(ValidationError):
            demand(file, {**instance, "type": "other"})
        salt = {"salt": "AAAA"} if not is_restricted(type(event.fact)) else {}
        without = {key: instance[key] for key in instance if key != "salt"}
        with pytest.raises(ValidationError):
            demand(file, {**without, **salt})
        changes = b'[{"effect":"created","entry":"account","key":"a","value":{"b":1}}]'
        entry = FeedEntry(9, event.fact.TYPE, body.bytes, b"c" * 32, changes)
        for role in ROLES:
            for proof in (True, False):
                demand("feed/record.json", json.loads(writer(role, proof=proof)(entry)))


def test_the_feed_is_described_message_by_message() -> None:
    """AsyncAPI 3.0: every reference leads somewhere, and every event has its message."""
    document = DOCUMENTS["asyncapi.json"]
    assert document["asyncapi"] == "3.0.0"
    messages = document["components"]["messages"]
    assert set(messages) == {path.stem for path in SAMPLES} | {"hidden", "heartbeat"}
    assert set(document["channels"]["feed"]["messages"]) == set(messages) - {"heartbeat"}
    assert set(document["channels"]["stream"]["messages"]) == set(messages)
    for reference in set(references(document)):
        file, _, pointer = reference.partition("#")
        part = DOCUMENTS[file or "asyncapi.json"]
        for step in pointer.split("/")[1:]:
            part = part[step]


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    """`tally schema` names what it writes in an index."""
    written = []
    for name in ("one", "two"):
        files.cache_clear()
        done = CliRunner().invoke(assembled(), ["schema", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
        found = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        written.append([(str(p.relative_to(tmp_path / name)), p.read_bytes()) for p in found])
    assert written[0] == written[1] == sorted(files().items())


def test_schemas_are_served_to_everybody(doors: Callable[[str], Visitor]) -> None:
    """Byte for byte as they are written; nothing else is found there."""
    visitor = doors("nobody")
    for name in ("index.json", "asyncapi.json", "graphql.graphql", "events/claim.taken.1.json"):
        assert visitor.get(f"/schemas/{name}").content == files()[name]
    assert visitor.get("/schemas/events/claim.taken.2.json").status_code == 404


def test_a_former_shape_keeps_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a type gets a new number, readers of the feed still meet the old one."""
    event = EVENTS["claim.taken"]
    monkeypatch.setitem(schemas.FORMER, ("claim.taken", 0), event)
    assert schemas.event_schema("claim.taken", 0)["properties"]["schema"] == {"const": 0}
    assert {number for kind, number in shapes() if kind == "claim.taken"} == {0, event.SCHEMA}


def test_every_former_shape_can_be_lifted() -> None:
    assert all(UPCASTS.knows(*key) for key in schemas.FORMER)

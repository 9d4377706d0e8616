"""Bad input: each kind has its code and field, and leaves the log as it was."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from application.ports.gate import LogRegressed
from domain.kernel.refusal import Refusal
from interfaces.inbound.http.problems import DOOR, catalogue, document_of, kind_of
from tests.interfaces.inbound.http.house import House, Visitor
from tests.interfaces.inbound.http.test_commands import PERSON, SUBMISSION

Doors = Callable[[str | None], Visitor]

JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def _unchanged(house: House) -> Iterator[None]:
    house.tale.now = "2026-05-22T10:42:00.000000Z"
    length = len(house.tale.log)
    yield
    assert len(house.tale.log) == length, "something was written"


def _with(path: str, value: object) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(SUBMISSION))
    *parents, last = path.split(".")
    place = body
    for parent in parents:
        place = place[parent]
    place[last] = value
    return body


WRONG_FIELDS = [
    ("surprise", 1, "unknown_field", "/surprise"),
    ("face.pence", 1, "unknown_field", "/face/pence"),
    ("number", 7, "wrong_type", "/number"),
    ("face", "10.00", "wrong_type", "/face"),
    ("face.amount", "1000000", "wrong_type", "/face/amount"),
    ("face.amount", 10.0, "wrong_type", "/face/amount"),
    ("face.amount", 10.5, "wrong_type", "/face/amount"),
    ("face.amount", True, "wrong_type", "/face/amount"),
    ("face.amount", None, "wrong_type", "/face/amount"),
    ("face.amount", -1, "invalid_field", "/face/amount"),
    ("face.amount", 0, "invalid_field", "/face/amount"),
    ("face.amount", 2**53, "invalid_field", "/face/amount"),
    ("face.amount", 2**63 - 1, "invalid_field", "/face/amount"),
    ("face.currency", "ZZZ", "invalid_field", "/face/currency"),
    ("face.currency", "pounds", "invalid_field", "/face/currency"),
    ("due", "2026-05-22", "due_date_in_the_past", "/due"),
    ("due", "tomorrow", "invalid_field", "/due"),
    ("due", "2026-02-30", "invalid_field", "/due"),
    ("document", "AB" * 32, "invalid_field", "/document"),
    ("number", "FX\u0000INV", "invalid_field", "/number"),
    ("number", "lower case", "invalid_field", "/number"),
    ("number", "../../etc", "invalid_field", "/number"),
    ("number", "FX-INV-1\n", "invalid_field", "/number"),
    ("issued", "2026-05-23", "invalid_field", "/issued"),
    ("number", "A" * 129, "invalid_field", "/number"),
    ("buyer", "", "invalid_field", "/buyer"),
]


@pytest.mark.parametrize(("path", "value", "code", "field"), WRONG_FIELDS)
def test_wrong_fields(doors: Doors, path: str, value: object, code: str, field: str) -> None:
    """Each wrong field is named by its pointer, each fault by its code."""
    answer = doors("coppergate").post("/invoices", _with(path, value))
    told = answer.json()
    assert answer.status_code == 422, told
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["code"] == code
    assert told["type"] == f"urn:tallystick:problem:{code}"
    assert told["status"] == 422
    assert told["field"] == field


def test_missing_field(doors: Doors) -> None:
    """A missing field is named although it is not there."""
    body = {name: value for name, value in SUBMISSION.items() if name != "due"}
    told = doors("coppergate").post("/invoices", body).json()
    assert (told["code"], told["field"]) == ("missing_field", "/due")


def test_wrong_element_of_a_list(doors: Doors) -> None:
    """Elements are named by their number; nobody is given the system's own role."""
    told = doors("ada").post("/subjects", {**PERSON, "roles": ["seller", "process"]}).json()
    assert (told["code"], told["field"]) == ("invalid_field", "/roles/1")
    answers = {"trade": "T", "listing": "L", "answers": {"risk_understood": "yes"}}
    told = doors("brunel").post("/trades", answers).json()
    assert (told["code"], told["field"]) == ("wrong_type", "/answers/*")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[" * 10_000, b"{'a': 1}", b'{"number": "\xff"}', b"NaN"],
)
def test_what_is_not_json(doors: Doors, content: bytes) -> None:
    """Truncated, misspelled, too deep or not UTF-8."""
    seller = doors("coppergate")
    headers = {**seller.headers, **JSON, "Idempotency-Key": "k"}
    answer = seller.client.post("/api/v1/invoices", content=content, headers=headers)
    assert answer.json()["code"] in {"malformed_json", "wrong_type"}
    assert answer.status_code in {400, 422}


def test_json_over_the_limit(doors: Doors) -> None:
    """A body over 64 KiB is not read to its end."""
    told = doors("coppergate").post("/invoices", {**SUBMISSION, "number": "A" * 70_000})
    assert (told.status_code, told.json()["code"]) == (413, "body_too_large")


def test_other_media_type(doors: Doors) -> None:
    """Only JSON is taken, and only when it says so."""
    seller = doors("coppergate")
    answer = seller.post("/invoices", SUBMISSION, **{"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency_key_missing"),
        ("", "idempotency_key_invalid"),
        ("k" * 256, "idempotency_key_invalid"),
        ("k\u00e9y", "idempotency_key_invalid"),
        ("tab\tbed", "idempotency_key_invalid"),
    ],
)
def test_idempotency_key(doors: Doors, key: str | None, code: str) -> None:
    """Every command is named, by printable ASCII."""
    seller = doors("coppergate")
    headers: dict[str, Any] = {**seller.headers, **JSON}
    if key is not None:
        headers["Idempotency-Key"] = key.encode("latin-1")
    content = msgspec.json.encode(SUBMISSION)
    answer = seller.client.post("/api/v1/invoices", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer wrong", "Bearer " + "x" * 600],
)
def test_anonymous(doors: Doors, authorization: str | None) -> None:
    """Without a key in force nothing is read and nothing is done."""
    visitor = doors(None)
    headers = {} if authorization is None else {"Authorization": authorization}
    for path in ("/api/v1/invoices", "/feed", "/feed/stream", "/api/v1/proofs/1"):
        answer = visitor.get(path, **headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert visitor.post("/invoices", SUBMISSION, **headers).status_code == 401


def test_role_and_owner(doors: Doors) -> None:
    """A role that may not, and things that belong to others or do not exist."""
    told = doors("northwind").post("/invoices", SUBMISSION)
    assert (told.status_code, told.json()["code"]) == (403, "role_forbidden")
    assert told.json()["numbers"]["allowed"] == "seller"
    missing = doors("pennine").post("/invoices/NOPE/fund", {"discount_bps": 240})
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_addresses_and_methods(doors: Doors) -> None:
    """Unknown addresses are 404, wrong methods 405 with the right ones."""
    visitor = doors("coppergate")
    assert visitor.get("/nowhere").json()["code"] == "not_found"
    answer = visitor.client.delete("/api/v1/invoices", headers=visitor.headers)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


def test_store_that_is_down(doors: Doors, house: House) -> None:
    """503 with Retry-After, and everything works again when it is back."""
    visitor = doors("coppergate")
    house.down = True
    for answer in (
        visitor.get("/api/v1/invoices"),
        visitor.get("/health/ready"),
        visitor.post("/invoices", SUBMISSION),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert int(answer.headers["retry-after"]) > 0
    assert visitor.get("/health/live").status_code == 200
    house.down = False
    assert visitor.get("/api/v1/invoices").status_code == 200


def test_a_log_that_regressed_is_read_only(doors: Doors, house: House) -> None:
    """Commands answer 503 with both sizes, reads go on, and the health check says so."""
    visitor = doors("coppergate")
    house.regressed = LogRegressed(kept=900, size=7)
    answer = visitor.post("/invoices", SUBMISSION)
    assert (answer.status_code, answer.json()["code"]) == (503, "log_regressed")
    assert answer.json()["numbers"] == {"kept": 900, "size": 7}
    assert int(answer.headers["retry-after"]) > 0
    assert visitor.get("/api/v1/invoices").status_code == 200
    health = visitor.get("/health/ready")
    assert (health.status_code, health.json()["status"]) == (200, "read_only")
    assert health.json()["signed"] == 900


def test_view_that_is_behind(doors: Doors, house: House) -> None:
    """A read that waits for a position answers 503 when the views do not come."""
    visitor = doors("coppergate")
    here = {"Tallystick-Wait": str(len(house.tale.log))}
    assert visitor.get("/api/v1/invoices", **here).status_code == 200
    house.behind = True
    answer = visitor.get("/api/v1/invoices", **here)
    assert (answer.status_code, answer.json()["code"]) == (503, "view_behind")
    assert answer.headers["retry-after"] == "1"
    for wrong in ("x", "-1", "1.0", "9" * 17):
        answer = visitor.get("/api/v1/invoices", **{"Tallystick-Wait": wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_header")


def test_failure_tells_nothing(
    doors: Doors, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected failure answers a correlation id; neither answer nor log quote its message."""
    house.broken = RuntimeError("mary@example.com has a problem")
    with caplog.at_level(logging.ERROR):
        answer = doors("coppergate").get("/api/v1/invoices")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (500, "internal_error")
    assert told["numbers"]["correlation"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "mary" not in answer.text + caplog.text


def test_query_strings(doors: Doors) -> None:
    """Unknown, doubled and impossible parameters."""
    visitor = doors("coppergate")
    cases = {
        "colour=red": ("unknown_field", "/colour"),
        "limit=0": ("invalid_field", "/limit"),
        "limit=201": ("invalid_field", "/limit"),
        "limit=ten": ("wrong_type", "/limit"),
        "after=-1": ("invalid_field", "/after"),
        "limit=5&limit=6": ("unknown_field", "/limit"),
        "due_from=soon": ("invalid_field", "/due_from"),
        "state=%00": ("invalid_field", "/state"),
    }
    for query, (code, field) in cases.items():
        told = visitor.get(f"/api/v1/invoices?{query}").json()
        assert (told["code"], told["field"]) == (code, field), query


def test_names_that_nothing_can_have(doors: Doors) -> None:
    """Control characters in an address never reach a store."""
    for path in ("/api/v1/invoices/%00", "/api/v1/accounts/a/b/%00", "/api/v1/proofs/%0a"):
        assert doors("ada").get(path).status_code == 404


def test_revoked_key(doors: Doors, house: House) -> None:
    """A revoked key is refused when it was never seen, whatever the cache."""
    length = len(house.tale.log)
    house.revoke("brunel")
    assert doors("brunel").get("/api/v1/portfolio").status_code == 401
    del house.tale.log[length:]


def test_every_problem_is_listed(doors: Doors) -> None:
    """The catalogue needs no key and holds every code once, with a status and a sentence."""
    listed = doors(None).get("/api/v1/problems").json()
    codes = [kind["code"] for kind in listed]
    assert codes == sorted(set(codes))
    assert set(DOOR) <= set(codes)
    assert {"wrong_state", "insufficient_funds", "role_forbidden", "in_flight"} <= set(codes)
    for kind in listed:
        assert 400 <= kind["status"] < 600
        assert kind["meaning"]


def test_every_refusal_has_a_family() -> None:
    """No refusal of the house is without a status."""
    assert {kind.status for kind in catalogue()} >= {
        400,
        401,
        403,
        404,
        405,
        409,
        410,
        413,
        415,
        422,
        503,
    }
    for refusal in Refusal.__subclasses__():
        assert kind_of(refusal).status


def test_document_of_a_refusal() -> None:
    """The numbers of a refusal are told, its field as a pointer."""

    class Odd(Refusal, frozen=True, kw_only=True):
        CODE = "odd"
        KIND = "gone"
        FIELD = "face.amount"
        SENTENCE = "{count} is odd."
        count: int

    document = document_of(Odd(count=3))
    assert (document.status, document.field) == (410, "/face/amount")
    assert document.numbers == {"count": 3}
    assert document.detail == "3 is odd."


def test_security_headers(doors: Doors) -> None:
    """Every answer carries them, problems too; nothing is shared with other origins."""
    visitor = doors("coppergate")
    for path in ("/api/v1/invoices", "/nowhere", "/health/live", "/feed"):
        answer = visitor.get(path, Origin="https://elsewhere.example")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert not [name for name in answer.headers if name.startswith("access-control")]

"""Completeness bundles and exports at the door: who may ask, for what, in which format."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.integrity import evidence as documents
from domain.integrity.evidence import Evidence
from tests.interfaces.inbound.http.house import House, Proofs, Visitor
from tests.projections.tale import INVOICE

Doors = Callable[[str | None], Visitor]
PROOFS = "/api/v1/proofs"
SUBMITTED = {
    "number": INVOICE,
    "buyer": "northwind",
    "face": {"amount": 1_000_000, "currency": "GBP"},
    "issued": "2026-05-20",
    "due": "2026-07-21",
    "document": "ab" * 32,
}
ANCHOR = documents.Anchor(31337, "0x" + "1" * 40, "0x" + "ab" * 32, 12, "0x" + "cd" * 32)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_owner_proves_what_its_account_held(doors: Doors) -> None:
    answer = doors("pennine").get(f"{PROOFS}/accounts/pennine/cash/GBP?at=9")
    assert answer.status_code == 200
    assert answer.json() == {"stream": "account:pennine/cash/GBP", "as_of": 9}


def test_nobody_proves_what_others_hold(doors: Doors) -> None:
    path = f"{PROOFS}/accounts/pennine/cash/GBP"
    assert code(doors("coppergate").get(path)) == (404, "not_found")
    assert code(doors("coppergate").get(f"{PROOFS}/streams/account:pennine/cash/GBP")) == (
        404,
        "not_found",
    )
    assert code(doors(None).get(path)) == (401, "unauthenticated")
    assert doors("olga").get(path).status_code == 200


def test_any_stream_is_proven_to_the_back_office(doors: Doors) -> None:
    for stream in ("account:pennine/cash/GBP", "log:main", "invoice:nowhere", f"invoice:{INVOICE}"):
        answer = doors("olga").get(f"{PROOFS}/streams/{stream}?at=3")
        assert answer.json() == {"stream": stream, "as_of": 3}
    escaped = "account%3Apennine%2Fcash%2FGBP"
    answer = doors("olga").get(f"{PROOFS}/streams/{escaped}")
    assert answer.json()["stream"] == "account:pennine/cash/GBP"


def test_parties_prove_the_end_of_their_invoice(doors: Doors) -> None:
    assert doors("coppergate").post("/invoices", SUBMITTED).status_code == 201
    assert doors("coppergate").get(f"{PROOFS}/streams/invoice:{INVOICE}").status_code == 200
    for stream in ("log:main", "subject:coppergate", "invoice:nowhere"):
        answer = doors("coppergate").get(f"{PROOFS}/streams/{stream}")
        assert code(answer) == (404, "not_found"), stream


def test_positions_and_instants(doors: Doors, house: House) -> None:
    size = len(house.tale.log)
    get = doors("olga").get
    path = f"{PROOFS}/streams/log:main"
    assert get(path).json()["as_of"] == size
    assert get(f"{path}?at={size}").json()["as_of"] == size
    assert code(get(f"{path}?at={size + 1}")) == (422, "as_of_in_future")
    assert code(get(f"{path}?at=0")) == (422, "invalid_field")
    assert code(get(f"{path}?at=-1")) == (422, "invalid_field")
    assert code(get(f"{path}?at=soon")) == (422, "invalid_field")
    assert code(get(f"{path}?at=")) == (422, "invalid_field")
    assert code(get(f"{path}?at=1&at=2")) == (422, "unknown_field")
    assert code(get(f"{path}?as_of=1")) == (422, "unknown_field")
    assert get(f"{path}?at={house.tale.log[0].at}").json()["as_of"] >= 1


@pytest.mark.parametrize(
    "stream", ["nothing", "a b:c", "Account:x", "account:", "x:" + "y" * 129, "a:b?c"[:3] + "%00"]
)
def test_what_is_no_stream(doors: Doors, stream: str) -> None:
    assert code(doors("olga").get(f"{PROOFS}/streams/{stream}")) == (404, "not_found")


def test_a_store_that_is_down(doors: Doors, house: House) -> None:
    house.down = True
    answer = doors("olga").get(f"{PROOFS}/accounts/pennine/cash/GBP")
    assert answer.status_code == 503


def test_too_few_witnesses(doors: Doors, house: House) -> None:
    house.unwitnessed = True
    answer = doors("olga").get(f"{PROOFS}/accounts/pennine/cash/GBP")
    assert code(answer) == (503, "checkpoint_not_witnessed")


class Evident:
    """Evidence of the right form for the doors to write anew."""

    def __init__(self, anchor: documents.Anchor | None) -> None:
        self._anchor = anchor

    async def evidence(self, position: int) -> bytes:
        """Make it."""
        body = '{"at":"2026-05-22T10:42:00.000000Z"}'
        made = Evidence(
            log="log",
            position=position,
            body=body,
            previous="0" * 64,
            chain="1" * 64,
            index=position - 1,
            size=position,
            path=(),
            root="2" * 64,
            head="1" * 64,
            checkpoint="checkpoint\n",
            anchor=self._anchor,
        )
        return documents.document(made)


@pytest.fixture
def anchored(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Evident(ANCHOR)
    monkeypatch.setattr(Proofs, "evidence", made.evidence)


@pytest.mark.usefixtures("anchored")
@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        ("", "*/*", "application/json"),
        ("", "application/json", "application/json"),
        ("?format=evidence", "application/vnd.chainpoint.ld+json", "application/json"),
        ("?format=chainpoint-v3", "*/*", "application/vnd.chainpoint.ld+json"),
        ("?format=chainpoint-v4", "*/*", "application/vnd.chainpoint.ld+json"),
        ("", "application/vnd.chainpoint.ld+json", "application/vnd.chainpoint.ld+json"),
        ("?format=tlog-proof", "*/*", "application/vnd.c2sp.tlog-proof"),
        ("", "text/html, application/vnd.c2sp.tlog-proof;q=0.9", "application/vnd.c2sp.tlog-proof"),
    ],
)
def test_evidence_in_the_format_that_is_asked_for(
    doors: Doors, query: str, accept: str, media_type: str
) -> None:
    answer = doors("olga").get(f"{PROOFS}/1{query}", Accept=accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media_type
    if "tlog" in media_type:
        assert answer.text.startswith("c2sp.org/tlog-proof@v1\nextra ")
        assert "event-1.tlog-proof" in answer.headers["content-disposition"]
    elif "chainpoint" in media_type:
        version = "v3" if "v3" in query else "v4"
        assert answer.json()["@context"] == f"https://w3id.org/chainpoint/{version}"


@pytest.mark.usefixtures("anchored")
def test_chainpoint_three_by_its_profile(doors: Doors) -> None:
    accept = 'application/vnd.chainpoint.ld+json; profile="https://w3id.org/chainpoint/v3"'
    answer = doors("olga").get(f"{PROOFS}/1", Accept=accept)
    assert answer.json()["@context"] == "https://w3id.org/chainpoint/v3"


def test_a_format_that_is_none(doors: Doors) -> None:
    assert code(doors("olga").get(f"{PROOFS}/1?format=xml")) == (422, "invalid_field")
    assert code(doors("olga").get(f"{PROOFS}/1?form=x")) == (422, "unknown_field")


def test_chainpoint_waits_for_the_anchor(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Evident(None)
    monkeypatch.setattr(Proofs, "evidence", made.evidence)
    answer = doors("olga").get(f"{PROOFS}/1?format=chainpoint-v4")
    assert code(answer) == (409, "not_anchored")
    assert answer.json()["numbers"] == {"position": 1, "size": 1}
    assert doors("olga").get(f"{PROOFS}/1?format=tlog-proof").status_code == 200

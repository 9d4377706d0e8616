"""Canonical JSON: equal facts have equal bytes, and nothing illegal gets through."""

import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.integrity import canonical as module
from domain.integrity.canonical import (
    MAX_BODY_BYTES,
    MAX_DEPTH,
    MAX_INTEGER,
    CanonicalFault,
    NotCanonicalError,
    canonical,
    parse_canonical,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "log.json").read_text())

legal_text = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters=[chr(c) for c in range(32)]),
        st.sampled_from('\n\t"\\,:[]{}0123456789.eEnNI- £📜'),
    )
)
legal_key = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=127), max_size=6), st.sampled_from("abc")
)
legal_scalar = st.one_of(
    st.none(), st.booleans(), st.integers(-MAX_INTEGER, MAX_INTEGER), legal_text
)
illegal_scalar = st.one_of(
    st.floats(),
    st.integers(min_value=MAX_INTEGER + 1),
    st.integers(max_value=-MAX_INTEGER - 1),
    st.decimals(allow_nan=None).filter(lambda number: str(number).strip("-0123456789")),
    legal_text.map(lambda text: text + "\x00"),
    st.sampled_from("\x01\x08\x0b\x0c\r\x1f\ud800").map(lambda bad: f"ü\\n{bad}"),
)


def _objects(
    scalars: st.SearchStrategy[object], keys: st.SearchStrategy[str]
) -> st.SearchStrategy[dict[str, object]]:
    nested: st.SearchStrategy[object] = st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)
        ),
        max_leaves=12,
    )
    return st.dictionaries(keys, nested, max_size=5)


def _place(bad: object) -> st.SearchStrategy[dict[str, object]]:
    """Hide an illegal value somewhere in a legal object."""
    holders: list[Callable[[object], object]] = [
        lambda value: value,
        lambda value: [value],
        lambda value: ["Smith, N", value],
        lambda value: {"ü\\n"[1:]: value},
        lambda value: [1, {"k": [[value]]}],
    ]
    return st.tuples(st.sampled_from(holders), _objects(legal_scalar, legal_key)).map(
        lambda pair: {**pair[1], "zz": pair[0](bad)}
    )


@given(_objects(legal_scalar, legal_key))
def test_bytes_are_those_of_an_independent_encoder(value: dict[str, object]) -> None:
    """Python's json with sorted keys writes the same, since U+007F and above stay unescaped."""
    expected = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(value) == expected.encode()


@given(_objects(legal_scalar, legal_key))
def test_what_is_written_is_read_back(value: dict[str, object]) -> None:
    assert parse_canonical(canonical(value)) == value


@given(illegal_scalar.flatmap(_place))
def test_no_illegal_value_passes_the_scan(value: dict[str, object]) -> None:
    """The cheap scan suspects whatever the exact walk would refuse, wherever it hides."""
    with pytest.raises(NotCanonicalError):
        canonical(value)


@given(_objects(legal_scalar, st.text(st.characters(exclude_categories=["Cs"]), max_size=4)))
def test_every_key_is_ascii_without_control_characters(value: dict[str, object]) -> None:
    def fault(check: Callable[[], object]) -> CanonicalFault | None:
        try:
            check()
        except NotCanonicalError as error:
            return error.fault
        return None

    expected = fault(lambda: module._walk(value, depth=1))
    assert expected in (None, CanonicalFault.KEY_NOT_ASCII, CanonicalFault.CHARACTER)
    assert fault(lambda: canonical(value)) is expected


@pytest.mark.parametrize("body", VECTORS["bodies"])
def test_vectors_are_canonical(body: str) -> None:
    assert canonical(json.loads(body)) == body.encode()
    assert parse_canonical(body.encode()) == json.loads(body)


FAULTS = {
    "key order": CanonicalFault.NOT_CANONICAL,
    "white space": CanonicalFault.NOT_CANONICAL,
    "float": CanonicalFault.FLOAT,
    "too large": CanonicalFault.INTEGER_RANGE,
    "duplicate key": CanonicalFault.DUPLICATE_KEY,
    "U+0000": CanonicalFault.CHARACTER,
    "escaped where it need not be": CanonicalFault.NOT_CANONICAL,
    "lone surrogate": CanonicalFault.SURROGATE,
    "exponent": CanonicalFault.FLOAT,
    "minus zero": CanonicalFault.NOT_CANONICAL,
}


@pytest.mark.parametrize("case", VECTORS["not_canonical"], ids=lambda case: str(case["why"]))
def test_vectors_that_are_not_canonical_are_refused_by_name(case: dict[str, str]) -> None:
    with pytest.raises(NotCanonicalError) as caught:
        parse_canonical(case["body"].encode())
    assert caught.value.fault is FAULTS[case["why"]]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b'{"a":1}\n', CanonicalFault.NOT_CANONICAL),
        (b'\xef\xbb\xbf{"a":1}', CanonicalFault.NOT_JSON),
        (b'{"a":"\xff"}', CanonicalFault.NOT_JSON),
        (b'{"a":1}{}', CanonicalFault.NOT_JSON),
        (b'{"a":01}', CanonicalFault.NOT_JSON),
        (b'{"a":NaN}', CanonicalFault.FLOAT),
        (b'{"a":"\\/"}', CanonicalFault.NOT_CANONICAL),
        (b'{"a":"\\u000A"}', CanonicalFault.NOT_CANONICAL),
        (b'{"a":18446744073709551616}', CanonicalFault.INTEGER_RANGE),
        (b'{"a":"\x01"}', CanonicalFault.NOT_JSON),
        ('{"ü":1}'.encode(), CanonicalFault.KEY_NOT_ASCII),
        ('{"a\\"ü":1}'.encode(), CanonicalFault.KEY_NOT_ASCII),
        (b"", CanonicalFault.NOT_JSON),
        (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", CanonicalFault.DEPTH),
        (b'{"a":"' + b"x" * MAX_BODY_BYTES + b'"}', CanonicalFault.LENGTH),
    ],
    ids=lambda value: str(value)[:24],
)
def test_other_spellings_are_refused(text: bytes, fault: CanonicalFault) -> None:
    with pytest.raises(NotCanonicalError) as caught:
        parse_canonical(text)
    assert caught.value.fault is fault


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"a": float("nan")}, CanonicalFault.FLOAT),
        ({"a": float("inf")}, CanonicalFault.FLOAT),
        ({"a": [-float("inf")]}, CanonicalFault.FLOAT),
        ({"a": -0.0}, CanonicalFault.FLOAT),
        ({"a": Decimal("1.5")}, CanonicalFault.FLOAT),
        ({"a": Decimal("NaN")}, CanonicalFault.FLOAT),
        ({"a": Decimal("-0")}, CanonicalFault.FLOAT),
        ({"a": Decimal(2**53)}, CanonicalFault.INTEGER_RANGE),
        ({1: "a", "1": "b"}, CanonicalFault.KEY_NOT_ASCII),
        ({"a": range(1)}, CanonicalFault.TYPE),
        ({uuid.UUID(int=1): 1}, CanonicalFault.TYPE),
        ({"\ud800": 1}, CanonicalFault.SURROGATE),
        (1.5, CanonicalFault.FLOAT),
        (2**53, CanonicalFault.INTEGER_RANGE),
    ],
    ids=str,
)
def test_values_without_a_canonical_form_are_refused(value: object, fault: CanonicalFault) -> None:
    with pytest.raises(NotCanonicalError) as caught:
        canonical(value)
    assert caught.value.fault is fault


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 200, 5000])
def test_nesting_is_bounded(levels: int) -> None:
    value: object = {}
    for _ in range(levels):
        value = {"a": value}
    with pytest.raises(NotCanonicalError) as caught:
        canonical(value)
    assert caught.value.fault is CanonicalFault.DEPTH


def test_many_brackets_side_by_side_are_no_depth() -> None:
    value: object = {"a": [{} for _ in range(500)]}
    assert parse_canonical(canonical(value)) == value


def test_length_is_counted_in_bytes() -> None:
    """The limit itself is allowed; one byte more is not, even if it is half a character."""
    room = MAX_BODY_BYTES - len('{"a":""}')
    assert len(canonical({"a": "é" * (room // 2)})) == MAX_BODY_BYTES
    with pytest.raises(NotCanonicalError) as caught:
        canonical({"a": "é" * (room // 2) + "x"})
    assert caught.value.fault is CanonicalFault.LENGTH


def test_a_struct_is_written_with_sorted_fields_and_its_tag() -> None:
    class Paid(msgspec.Struct, frozen=True, tag="paid", omit_defaults=True):
        payment: uuid.UUID
        amount: int
        note: str | None = None

    paid = Paid(uuid.UUID(int=1), 100)
    expected = b'{"amount":100,"payment":"00000000-0000-0000-0000-000000000001","type":"paid"}'
    assert canonical(paid) == expected


def test_innocent_but_suspicious_text_is_written() -> None:
    value = {"a": ["Smith,Nick 1.5e9", "[9007199254740993", None], "b": "C:\\new\\bin", "c": "\x7f"}
    assert parse_canonical(canonical(value)) == value


def test_the_exact_walk_knows_no_other_types() -> None:
    with pytest.raises(NotCanonicalError) as caught:
        module._walk({"a": {1}}, depth=1)
    assert caught.value.fault is CanonicalFault.TYPE

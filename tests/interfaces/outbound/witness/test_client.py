"""The log's side of witnessing, against real witnesses behind real sockets."""

import logging
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from domain.integrity.checkpoint import VerifierKey, cosign, parse_tree_head, witnesses_of
from interfaces.outbound.witness.client import PathFrom, parse_witnesses
from interfaces.outbound.witness.ed25519 import verified
from interfaces.settings import BadSetting, Settings
from interfaces.wiring import witnesses_of as witnesses_for
from tests.tools.witness.loghouse import Log, witness_key
from tests.tools.witness.town import TIME, Town

LOG = Log()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    yield town
    town.close()


def paths(size: int, log: Log = LOG) -> PathFrom:
    return lambda old: log.path(old, size)


def signers(note: str, lines: Sequence[str], keys: Sequence[VerifierKey]) -> list[VerifierKey]:
    return witnesses_of(parse_tree_head(note + "".join(lines)), keys, verified)


@pytest.mark.capability("B1")
def test_each_witness_puts_its_line_under_the_checkpoint(town: Town) -> None:
    keys = [town.add(1), town.add(2)]
    client = town.client()
    for size in (3, 7, 8):
        lines = client.cosign(LOG.note(size), paths(size), ())
        assert list(lines) == [key.text() for key in keys]
        assert signers(LOG.note(size), list(lines.values()), keys) == keys
    assert client.cosign(LOG.note(8), paths(8), [key.text() for key in keys]) == {}


def test_a_witness_that_knows_more_tells_its_size(town: Town) -> None:
    """A node that was started anew learns from the witness where it stands."""
    key = town.add(1)
    town.client().cosign(LOG.note(5), paths(5), ())
    asked: list[int] = []

    def path(old: int) -> Sequence[bytes]:
        asked.append(old)
        return LOG.path(old, 9)

    assert list(town.client().cosign(LOG.note(9), path, ())) == [key.text()]
    assert asked == [0, 5]


def test_a_fork_is_never_signed(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """Same size, larger, smaller: whoever shows a second history gets no line, and an error."""
    town.add(1)
    town.client().cosign(LOG.note(6), paths(6), ())
    fork = Log(fork_at=4)
    for size in (6, 9, 5):
        caplog.clear()
        with caplog.at_level(logging.ERROR, "tallystick.witness"):
            assert town.client().cosign(fork.note(size), paths(size, fork), ()) == {}
        assert len(caplog.records) == 1, size
    assert town.client().cosign(LOG.note(9), paths(9), ()) != {}


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, b""),
        (200, b""),
        (200, b"nonsense\n"),
        (200, "— witness.example/w9 AAAAAAAAAAAAAAAAAAAA\n".encode()),
        (200, b"x" * 100_000),
        (409, b"3\n"),
        (409, b"three\n"),
        (302, b""),
    ],
)
def test_who_does_not_answer_as_a_witness_spoils_nothing(
    town: Town, status: int, content: bytes
) -> None:
    """The others' lines count; the strange one is left alone for a while."""
    key, _ = witness_key(9, "witness.example/w9")
    town.strange(key, status, content)
    good = town.add(1)
    client = town.client()
    assert list(client.cosign(LOG.note(3), paths(3), ())) == [good.text()]
    assert list(client.cosign(LOG.note(4), paths(4), ())) == [good.text()]


def test_a_silent_witness_costs_little(town: Town) -> None:
    """A witness that hangs is given up after the time that a checkpoint may wait."""
    key, _ = witness_key(9, "witness.example/w9")
    good = town.add(1)
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent:
        town.addresses[key] = f"http://127.0.0.1:{silent.server_address[1]}"
        client = town.client(timeout=0.3)
        assert list(client.cosign(LOG.note(3), paths(3), ())) == [good.text()]
        client.close()


def test_a_line_of_another_checkpoint_is_not_taken(town: Town) -> None:
    key, private = witness_key(9, "witness.example/w9")
    line = cosign(parse_tree_head(LOG.note(4)), key, TIME, private.sign)
    town.strange(key, 200, line.encode())
    assert town.client().cosign(LOG.note(3), paths(3), ()) == {}
    assert list(town.client().cosign(LOG.note(4), paths(4), ())) == [key.text()]


def test_witnesses_are_read_from_a_setting() -> None:
    one, two = witness_key(1)[0], witness_key(2)[0]
    text = f" {one.text()}@http://a.example:1/w\n{two.text()}@https://b.example "
    assert parse_witnesses(text) == {one: "http://a.example:1/w", two: "https://b.example"}
    assert parse_witnesses("") == {}


@pytest.mark.parametrize("spoil", ["log key", "no address", "wrong id", "ftp", "empty key"])
def test_a_bad_setting_is_refused(spoil: str) -> None:
    key = witness_key(1)[0].text()
    name, number, raw = key.split("+", 2)
    texts: dict[str, Callable[[], str]] = {
        "log key": lambda: f"{LOG.key.text()}@http://a.example",
        "no address": lambda: key,
        "wrong id": lambda: f"{name}+{'0' * 8}+{raw}@http://a.example",
        "ftp": lambda: f"{key}@ftp://a.example",
        "empty key": lambda: f"{name}+{number}+@http://a.example",
    }
    with pytest.raises(ValueError, match=r"key|witness"):
        parse_witnesses(texts[spoil]())


def test_a_quorum_needs_as_many_witnesses() -> None:
    key = witness_key(1)[0].text()
    for witnesses, quorum in (("", 1), (f"{key}@http://a.example", 2), ("nonsense", 0), ("", -1)):
        with pytest.raises(BadSetting, match="TALLYSTICK_WITNESS"):
            witnesses_for(Settings(witnesses=witnesses, witness_quorum=quorum))
    client = witnesses_for(Settings(witnesses=f"{key}@http://a.example", witness_quorum=1))
    assert (list(client.keys), client.quorum) == ([key], 1)
    client.close()

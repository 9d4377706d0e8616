"""Write tests/vectors/verifier.json: every file that the verifier's tests try, and the answer.

    python tests/tools/verifier_cases.py

The tests say what is right; this only watches them. So a second verifier can be held to the same
cases without knowing these tests. A file is laid down as what differs from a whole one.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tools import verify

HERE: Final = Path(__file__).resolve().parent
TABLE: Final = HERE.parent / "vectors" / "verifier.json"
WATCHED: Final = (
    "test_verify.py",
    "test_verify_attacks.py",
    "test_verify_books.py",
    "test_verify_completeness.py",
    "test_verify_feed.py",
    "test_verify_files.py",
    "test_verify_maps.py",
)
WORTH_CUTTING: Final = 200
"""Bytes that a piece must save before it is one."""
LARGEST_WHOLE: Final = 50_000
REPEATED: Final = re.compile(rb"(.{1,4}?)\1{50,}", re.DOTALL)

Piece = dict[str, Any]
Case = dict[str, Any]


class Watch:
    """Notes what the verifier is asked during a test run, and what it answers."""

    def __init__(self) -> None:
        self.cases: dict[tuple[Any, ...], Case] = {}
        self.test = ""
        self._main: Callable[[list[str]], int] = verify.main

    def main(self, arguments: list[str]) -> int:
        """Stand in for `verify.main`; all it does is look."""
        answer: dict[str, Any] = {}
        judge = verify.verify

        def watched(options: Any) -> str:
            try:
                found = judge(options)
            except verify.Fault as fault:
                code, detail, place = (*fault.args, None)[:3]
                answer.update(code=code, position=place)
                raise verify.Fault(code, detail, place) from fault
            answer.update(code="ok" if options.trust else "untrusted", detail=found)
            return found

        verify.verify = watched
        try:
            status = self._main(arguments)
        finally:
            verify.verify = judge
        self._note(arguments, answer, status)
        return status

    def _note(self, arguments: list[str], answer: dict[str, Any], status: int) -> None:
        options = verify_options(arguments)
        evidence = Path(options["evidence"])
        if options["rpc"] or not evidence.is_file():
            return
        named = {name: options[name] for name in ("trust", "checkpoint")}
        if any(path and not Path(path).is_file() for path in named.values()):
            return
        texts = {name: Path(path).read_text() for name, path in named.items() if path}
        case = {"evidence": evidence.read_bytes(), **texts, "quick": options["quick"]}
        key = self.test.partition("[")[0], *case.items()
        self.cases.setdefault(key, {"test": self.test, **case, **answer, "status": status})


def verify_options(arguments: list[str]) -> dict[str, Any]:
    """Return what a command line of the verifier asks for."""
    found: dict[str, Any] = {"trust": "", "checkpoint": "", "rpc": "", "quick": False}
    rest = iter(arguments)
    for each in rest:
        if each in ("--trust", "--checkpoint", "--rpc"):
            found[each[2:]] = next(rest)
        elif each == "--quick":
            found["quick"] = True
        elif each != "--json":
            found["evidence"] = each
    return found


class Plugin:
    """Tells the watch which test runs."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note the name."""
        name = f"{Path(str(item.fspath)).stem.removeprefix('test_')}: {item.name}"
        self._watch.test = name.encode("unicode_escape").decode()


def pieces(data: bytes, wholes: dict[str, bytes], lines: dict[bytes, str]) -> list[Piece]:
    """Return a file as pieces of a whole one or known lines, and what stands between them."""
    best: tuple[int, str, int, int] = (WORTH_CUTTING, "", 0, 0)
    for name, whole in wholes.items():
        start = _alike(data, whole)
        room = min(len(data), len(whole)) - start
        stop = min(room, _alike(data[::-1], whole[::-1]))
        if start + stop > best[0]:
            best = start + stop, name, start, stop
    _, name, start, stop = best
    between = [
        piece
        for line in data[start : len(data) - stop].splitlines(keepends=True)
        for piece in ([{"of": lines[line]}] if line in lines else _literal(line))
    ]
    if not name:
        return between
    size = len(wholes[name])
    if start + stop == size == len(data):
        return [{"of": name}]
    before, behind = {"of": name, "to": start}, {"of": name, "from": size - stop}
    return [before] * bool(start) + between + [behind] * bool(stop)


def _alike(one: bytes, other: bytes) -> int:
    """Return how many bytes two texts begin with alike, by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def _literal(data: bytes) -> list[Piece]:
    found: list[Piece] = []
    at = 0
    for run in REPEATED.finditer(data):
        found += _text(data[at : run.start()])
        piece = _text(run[1])[0]
        found.append({**piece, "times": len(run[0]) // len(run[1])})
        at = run.end()
    return found + _text(data[at:])


def _text(data: bytes) -> list[Piece]:
    if not data:
        return []
    try:
        return [{"text": data.decode()}]
    except UnicodeDecodeError:
        return [{"hex": data.hex()}]


def joined(found: Sequence[Piece], wholes: dict[str, bytes]) -> bytes:
    """Return the file that pieces make."""
    data = b""
    for piece in found:
        if "of" in piece:
            whole = wholes[piece["of"]]
            data += whole[piece.get("from", 0) : piece.get("to", len(whole))]
        else:
            part = bytes.fromhex(piece["hex"]) if "hex" in piece else piece["text"].encode()
            data += part * piece.get("times", 1)
    return data


def table(cases: Sequence[Case]) -> dict[str, Any]:
    """Return the cases as they are laid down."""
    names: dict[str, dict[str, str]] = {"trust": {}, "checkpoint": {}}
    counts = Counter(
        line for case in cases for line in dict.fromkeys(case["evidence"].splitlines(keepends=True))
    )
    often = [line for line, count in counts.items() if count > 1 and len(line) > WORTH_CUTTING]
    lines = {line: f"line {number}" for number, line in enumerate(often, 1)}
    wholes: dict[str, bytes] = {}
    files: dict[str, list[Piece]] = {name: _literal(line) for line, name in lines.items()}
    made = []
    for case in cases:
        named = {
            role: known.setdefault(case[role], f"{role} {len(known) + 1}")
            for role, known in names.items()
            if role in case
        }
        data = case["evidence"]
        cut = pieces(data, wholes, lines)
        rest = sum(len(piece.get("text", "")) for piece in cut)
        if rest > 2 * WORTH_CUTTING and len(data) < LARGEST_WHOLE and "hex" not in str(cut):
            whole = f"file {len(wholes) + 1}"
            wholes[whole], files[whole], cut = data, cut, [{"of": whole}]
        parts = wholes | {name: line for line, name in lines.items()}
        assert joined(cut, parts) == data
        answer = {key: case[key] for key in ("code", "position", "detail", "status") if key in case}
        quick: Piece = {"quick": True} if case["quick"] else {}
        written: Case = {"test": case["test"], "evidence": cut}
        made.append(written | named | quick | answer)
    return {
        "files": files,
        "trusts": {name: text for text, name in names["trust"].items()},
        "checkpoints": {name: text for text, name in names["checkpoint"].items()},
        "cases": made,
    }


def text_of(found: dict[str, Any]) -> str:
    """Return the table as text, a case a line."""
    parts = []
    for name, value in found.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"  {json.dumps(key)}: {_line(each)}" for key, each in value.items())
            parts.append(f" {json.dumps(name)}: {{\n{inner}\n }}")
        else:
            inner = ",\n".join("  " + _line(each) for each in value)
            parts.append(f" {json.dumps(name)}: [\n{inner}\n ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: object) -> str:
    return json.dumps(value)


def watched() -> list[Case]:
    """Run the tests and return what the verifier was asked."""
    watch = Watch()
    verify.main = watch.main  # type: ignore[assignment]
    files = [str(HERE / name) for name in WATCHED]
    left_out = "not usage_errors and not memory and not stumble"
    options = ["-q", "-x", "-p", "no:cacheprovider", "-k", left_out]
    status = pytest.main([*files, *options], plugins=[Plugin(watch)])
    if status:
        sys.exit(f"the tests fail: {status}")
    return list(watch.cases.values())


if __name__ == "__main__":
    text = text_of(table(watched()))
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    target.write_text(text)
    print(f"{text.count(chr(10))} lines in {target.name}")

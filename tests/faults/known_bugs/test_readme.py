"""The README tells the truth: each test that it names is there, each of these is named."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
TEST = re.compile(r"^ *(?:async )?def (test_\w+)\(", re.MULTILINE)


def test_every_named_test_exists_and_every_test_here_is_named() -> None:
    named = set(NAMED.findall((FOLDER / "README.md").read_text()))
    for file, test in named:
        place = FOLDER / file if "/" not in file else ROOT / file
        assert test in TEST.findall(place.read_text()), f"{file} has no {test}"
    here = {
        (path.name, test)
        for path in FOLDER.glob("test_*.py")
        if path != Path(__file__).resolve()
        for test in TEST.findall(path.read_text())
    }
    assert here <= named

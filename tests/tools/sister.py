"""The second verifier, in JavaScript: one process that judges whatever the first one judged."""

import atexit
import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, cast

DRIVER = Path(__file__).with_suffix(".mjs")


class Sister:
    """A Node process under way; it takes arguments as `tools/verify.mjs` does."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(self._end)

    def judge(self, arguments: list[str]) -> dict[str, Any]:
        """Give its answer and exit status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        return {**cast("dict[str, Any]", said["answer"]), "status": said["status"]}

    def _end(self) -> None:
        self._process.communicate()


@cache
def sister() -> Sister:
    """Start the process at first need; it ends with the tests."""
    return Sister()


def demand_agreement(arguments: list[str], code: str, position: int | None, status: int) -> None:
    """Demand the same code, position and exit status from the second verifier."""
    found = sister().judge(arguments)
    theirs = found["code"], found["position"], found["status"]
    assert theirs == (code, position, status), found["detail"]

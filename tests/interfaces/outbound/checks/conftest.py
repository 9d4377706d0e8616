"""The providers as a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from interfaces.outbound.checks.complyadvantage import ComplyAdvantage
from interfaces.outbound.checks.sumsub import Sumsub

SERVER = Path(__file__).resolve().parents[3] / "providers" / "checkers.py"


class Desk:
    """What a test says to the providers, and asks of them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, trust_env=False)
        self.clients: list[Sumsub | ComplyAdvantage] = []

    def close(self) -> None:
        """Close all connections to it."""
        self._http.close()
        for client in self.clients:
            client.close()

    def script(self, **words: object) -> None:
        """Say how calls are answered from now on."""
        self._http.post("/script", json=words)

    def seen(self) -> Any:
        """Tell what came in."""
        return self._http.get("/seen").json()


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Start the providers."""
    command = [sys.executable, "-I", str(SERVER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        made = Desk(f"http://127.0.0.1:{process.stdout.readline().strip()}")
        yield made
        made.close()
        process.terminate()

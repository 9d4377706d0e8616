"""How the demo and the tests run a simulated bank and tell it what to do."""

import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
import msgspec

from tools.bank.model import Account, Behaviour, OpenAccount, Outage, OutsideCredit

START_SECONDS_MAX: Final = 15.0


class BankControl:
    """The control doors of a bank at a URL."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10.0, trust_env=False)

    def open_account(self, request: OpenAccount) -> None:
        """Open an account; asked again, nothing happens."""
        self._post("/control/accounts", request)

    def credit_from_outside(self, request: OutsideCredit) -> str:
        """Let money come from another bank; return the bank's reference of the entry."""
        return str(self._post("/control/credits", request).json()["reference"])

    def behave(self, behaviour: Behaviour) -> None:
        """Say how to treat payments to come."""
        self._post("/control/behaviours", behaviour)

    def settle(self) -> None:
        """Settle now whatever is under way."""
        self._http.post("/control/settle", content=b"{}").raise_for_status()

    def go_down(self, seconds: float) -> None:
        """Be down for some seconds from now on; 0 ends an outage."""
        self._post("/control/outage", Outage(seconds=seconds))

    def account(self, account: str) -> Account:
        """Look an account up."""
        response = self._http.get("/accounts", params={"account": account})
        response.raise_for_status()
        return msgspec.json.decode(response.content, type=Account)

    def statement(self, account: str, day: str) -> bytes:
        """Fetch a camt.053."""
        response = self._http.get("/statements", params={"account": account, "day": day})
        response.raise_for_status()
        return response.content

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _post(self, path: str, content: msgspec.Struct) -> httpx.Response:
        response = self._http.post(path, content=msgspec.json.encode(content))
        response.raise_for_status()
        return response


class BankProcess:
    """A bank in a process of its own, with its books in a folder."""

    def __init__(self, data: Path, *, clock: Path | None = None, settle_after: float = 0.0) -> None:
        command = [sys.executable, "-m", "tools.bank", "--data", str(data)]
        command += ["--settle-after", str(settle_after)]
        if clock is not None:
            command += ["--clock", str(clock)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        self.url = self._read_url()

    def _read_url(self) -> str:
        output = self._process.stdout
        url = "" if output is None else output.readline().strip()
        if not url:
            self.stop()
            raise RuntimeError("the simulated bank did not start")
        return url

    def stop(self) -> None:
        """Stop the bank; its books stay."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=START_SECONDS_MAX)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def kill(self) -> None:
        """End the bank as a power cut does."""
        self._process.kill()
        self.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

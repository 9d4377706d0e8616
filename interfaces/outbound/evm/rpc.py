"""One JSON-RPC request to a node, over web3's HTTP provider with its own retry switched off.

web3 would send ``eth_sendRawTransaction`` again by itself after a time-out. Whether to repeat is
decided by who knows the log, so here every request goes out once, and no answer is an error.
"""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
import requests

from interfaces.outbound.evm.abi import JsonValue
from interfaces.outbound.evm.errors import ChainError, ChainUnreachable

Result = TypeVar("Result")


class RpcFault(ChainError):
    """The node answered with an error: its code, its words, and its data when it gave any."""

    def __init__(self, *, code: int, message: str, data: object = None) -> None:
        self.code = code
        self.message = message
        self._data = data
        super().__init__(f"{message} ({code})")

    def revert_data(self) -> bytes:
        """Return what the contract reverted with, wherever the node put it; else nothing."""
        found = self._data.get("data") if isinstance(self._data, Mapping) else self._data
        if not isinstance(found, str) or not found.startswith("0x"):
            return b""
        try:
            return bytes.fromhex(found[2:])
        except ValueError:
            return b""


class _Error(msgspec.Struct, frozen=True):
    code: int = 0
    message: str = ""
    data: object = None


class RpcClient:
    """A connection to one node; for one thread at a time."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        # Heavy, and only for who asks a node: many verbs and tests never do.
        from web3.providers.rpc import HTTPProvider  # noqa: PLC0415
        from web3.types import RPCEndpoint  # noqa: PLC0415

        self._session = requests.Session()
        self._endpoint = RPCEndpoint
        # Neither a proxy nor a password file of the user has a say in how the chain is reached.
        self._session.trust_env = False
        self._provider = HTTPProvider(
            url,
            request_kwargs={"timeout": timeout_seconds},
            session=self._session,
            exception_retry_configuration=None,
        )

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def request(self, method: str, kind: type[Result], *params: JsonValue) -> Result:
        """Send one request, once, and read its result as `kind`.

        Raises RpcFault when the node answers with an error, ChainUnreachable when it does not
        answer, or not in JSON-RPC.
        """
        return _read(method, self._result(method, list(params)), kind)

    def find(self, method: str, kind: type[Result], *params: JsonValue) -> Result | None:
        """Send one request, once, whose result is null when there is no such thing."""
        result = self._result(method, list(params))
        return None if result is None else _read(method, result, kind)

    def _result(self, method: str, params: list[JsonValue]) -> object:
        answer = self._answer(method, params)
        if answer.get("error") is not None:
            error = _read(method, answer["error"], _Error)
            raise RpcFault(code=error.code, message=error.message, data=error.data)
        return answer.get("result")

    def _answer(self, method: str, params: list[JsonValue]) -> Mapping[str, object]:
        try:
            answer: object = self._provider.make_request(self._endpoint(method), params)
        except (requests.RequestException, ValueError) as error:
            # Not chained: the original names the URL, in which hosted nodes keep a secret.
            message = f"{method}: {type(error).__name__}"
            raise ChainUnreachable(message) from None
        if not isinstance(answer, Mapping):
            raise ChainUnreachable(f"{method}: the answer is no JSON-RPC")
        return answer


def _read(method: str, value: object, kind: type[Result]) -> Result:
    try:
        return msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        raise ChainUnreachable(f"{method}: the answer is no JSON-RPC: {error}") from error

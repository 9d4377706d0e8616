"""A local EVM node: anvil from npm, as a child process with its state on disk.

Blocks come at an interval, not with each transaction, so that confirmations, waiting transactions
and reorganisations are as on a real chain, only faster. The node dumps its state every few
seconds and when it is stopped; after a crash it lacks the last seconds, which the log notices.
"""

import json
import platform
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Final

import msgspec

from interfaces.outbound.evm.artifacts import CONTRACTS
from interfaces.outbound.evm.errors import ArtifactMissing, NodeFailed

LOCAL_CHAIN_ID: Final = 31337
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_POLL_SECONDS: Final = 0.02
_LOG_TAIL: Final = 2000


class NodeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the node runs.

    `port` 0 takes a free one. `block_seconds` may be a fraction; None mines with each transaction.
    Without a `data_dir` nothing outlives the process.
    """

    data_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    block_seconds: float | None = 0.2
    state_seconds: int = 5
    chain_id: int = LOCAL_CHAIN_ID
    # Fixed, so that a newer node does not change what contracts cost or may do.
    hardfork: str = "prague"
    ready_seconds: float = 20.0
    stop_seconds: float = 20.0


class AnvilNode:
    """A running node; ``stop`` it, or use it as a context manager."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, options: NodeOptions) -> None:
        self._process = process
        self._options = options
        self.url = url

    @property
    def pid(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def __enter__(self) -> "AnvilNode":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the node and wait until its state is dumped; harmless when it ended before.

        Raises NodeFailed when it had to be killed, so that its last seconds may be lost.
        """
        if not self.running:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(self._options.stop_seconds)
        except subprocess.TimeoutExpired as error:
            self._process.kill()
            self._process.wait()
            raise NodeFailed("the node did not stop in time and was killed") from error

    def fund(self, address: str, wei: int) -> None:
        """Set an account's balance; only a local node can do this."""
        self.request("anvil_setBalance", address, hex(wei))

    def mine(self, blocks: int) -> None:
        """Add blocks at once."""
        self.request("anvil_mine", hex(blocks))

    def reorganise(self, depth: int) -> None:
        """Replace the last `depth` blocks by empty ones: what they held is no longer mined."""
        self.request("anvil_reorg", depth, [])

    def request(self, method: str, *params: object) -> object:
        """Send one JSON-RPC request, also of the node's own methods. Raises NodeFailed."""
        return _request(self.url, method, list(params))


def start_node(options: NodeOptions | None = None) -> AnvilNode:
    """Start a node and wait until it answers with the right chain id.

    A state that a crash left half-written is set aside, and the copy of the last good start is
    loaded. Raises ArtifactMissing when anvil is not installed, NodeFailed when it does not come up.
    """
    options = options or NodeOptions()
    state = _usable_state(options.data_dir) if options.data_dir is not None else None
    port = options.port or _free_port(options.host)
    with _log_file(options.data_dir) as log:
        process = subprocess.Popen(
            _command(options, port=port, state=state),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A ctrl-C at the terminal is for the supervisor, who stops the node in order.
            start_new_session=True,
        )
    node = AnvilNode(process, f"http://{options.host}:{port}", options)
    try:
        _wait_until_ready(node, options)
    except BaseException:
        node.stop()
        raise
    return node


def anvil_binary(contracts: Path = CONTRACTS) -> Path:
    """Find the node's program in the npm package of this platform. Raises ArtifactMissing."""
    packages = contracts / "node_modules" / "@foundry-rs"
    machine = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
    own = packages / f"anvil-{platform.system().lower()}-{machine}" / "bin" / "anvil"
    # npm installs the package of the platform it runs on, whatever that is called.
    for candidate in (own, *sorted(packages.glob("anvil-*/bin/anvil*"))):
        if candidate.is_file():
            return candidate
    raise ArtifactMissing("anvil is missing: run `npm ci --prefix contracts`")


def _command(options: NodeOptions, *, port: int, state: Path | None) -> list[str]:
    command = [str(anvil_binary()), "--silent", "--host", options.host, "--port", str(port)]
    command += ["--chain-id", str(options.chain_id), "--hardfork", options.hardfork]
    if options.block_seconds is not None:
        command += ["--block-time", str(options.block_seconds)]
    if state is not None:
        command += ["--state", str(state), "--state-interval", str(options.state_seconds)]
    return command


def _usable_state(data_dir: Path) -> Path:
    """Return the state file's place, with what lies there either loadable or moved away."""
    data_dir.mkdir(parents=True, exist_ok=True)
    state, previous = data_dir / "state.json", data_dir / "state.previous.json"
    if state.exists():
        if _is_json(state):
            shutil.copyfile(state, previous)
        else:
            state.replace(data_dir / "state.broken.json")
            if previous.exists():
                shutil.copyfile(previous, state)
    return state


def _is_json(path: Path) -> bool:
    try:
        msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return False
    return True


def _log_file(data_dir: Path | None) -> IO[bytes]:
    if data_dir is None:
        return Path("/dev/null").open("wb")
    return (data_dir / "node.log").open("ab")


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(node: AnvilNode, options: NodeOptions) -> None:
    deadline = time.monotonic() + options.ready_seconds
    while time.monotonic() < deadline:
        if not node.running:
            raise NodeFailed(f"the node ended at once{_last_words(options.data_dir)}")
        try:
            answer = node.request("eth_chainId")
        except NodeFailed:
            time.sleep(_POLL_SECONDS)
            continue
        if answer != hex(options.chain_id):
            raise NodeFailed(f"{node.url} is chain {answer}, not {options.chain_id}")
        return
    raise NodeFailed(f"the node did not answer within {options.ready_seconds} s")


def _last_words(data_dir: Path | None) -> str:
    if data_dir is None:
        return ""
    text = (data_dir / "node.log").read_text(errors="replace").strip()
    return f": {text[-_LOG_TAIL:]}" if text else ""


def _request(url: str, method: str, params: list[object]) -> object:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    # No proxy: the node is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as response:
            answer = json.load(response)
    except (OSError, ValueError) as error:
        raise NodeFailed(f"{method}: {error}") from error
    if "error" in answer:
        raise NodeFailed(f"{method}: {answer['error'].get('message')}")
    return answer.get("result")

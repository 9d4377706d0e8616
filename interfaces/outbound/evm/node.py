"""A local EVM node: anvil from npm, as a child process with its state on disk.

Blocks come at an interval while there is need (see ``pacemaker``), not with each transaction, so
that confirmations, waiting transactions and reorganisations are as on a real chain, only faster.
The node dumps its state every few seconds and when it is stopped; after a crash it lacks the last
seconds, which the log notices.
"""

import json
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

import msgspec

from interfaces.outbound.evm.artifacts import CONTRACTS
from interfaces.outbound.evm.errors import ArtifactMissing, NodeFailed
from interfaces.outbound.evm.pacemaker import Pacemaker

LOCAL_CHAIN_ID: Final = 31337
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_POLL_SECONDS: Final = 0.02
_ANSWER_SECONDS: Final = 60
_LOG_TAIL: Final = 2000
_LOG: Final = "node.log"
_STATE: Final = "state.json"
_SWAP: Final = "swap"
# No proxy: the node is on this machine.
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NodeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the node runs.

    `port` 0 takes a free one. Every `block_seconds` a block is made while a transaction waits and
    for `trailing_blocks` after that, which must be no fewer than the confirmations asked for; at
    rest one comes every `idle_seconds`. With `block_seconds` None blocks come by ``mine`` only.
    Without a `data_dir` nothing outlives the process.
    """

    data_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    block_seconds: float | None = 0.2
    trailing_blocks: int = 8
    idle_seconds: float = 60.0
    state_seconds: int = 5
    chain_id: int = LOCAL_CHAIN_ID
    # Fixed, so that a newer node does not change what contracts cost or may do.
    hardfork: str = "prague"
    ready_seconds: float = 20.0
    stop_seconds: float = 20.0


class AnvilNode:
    """A running node; ``stop`` it, or use it as a context manager."""

    def __init__(
        self, process: subprocess.Popen[bytes], *, url: str, folder: Path, options: NodeOptions
    ) -> None:
        self._process = process
        self._folder = folder
        self._options = options
        self._pacemaker: Pacemaker | None = None
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
        if self._pacemaker is not None:
            self._pacemaker.stop()
            self._pacemaker = None
        try:
            self._end_process()
        finally:
            self._clean_up()

    def start_blocks(self) -> None:
        """Begin to make blocks at the interval of the options, if they name one."""
        if self._options.block_seconds is None or self._pacemaker is not None:
            return
        self._pacemaker = Pacemaker(
            self.request,
            block_seconds=self._options.block_seconds,
            trailing_blocks=self._options.trailing_blocks,
            idle_seconds=self._options.idle_seconds,
        )
        self._pacemaker.start()

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

    def _end_process(self) -> None:
        if not self.running:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(self._options.stop_seconds)
        except subprocess.TimeoutExpired as error:
            self._process.kill()
            self._process.wait()
            raise NodeFailed("the node did not stop in time and was killed") from error

    def _clean_up(self) -> None:
        """Remove what nobody reads again: swapped-out states, or all without a data folder."""
        kept = self._options.data_dir is not None
        shutil.rmtree(self._folder / _SWAP if kept else self._folder, ignore_errors=True)


def start_node(options: NodeOptions | None = None) -> AnvilNode:
    """Start a node and wait until it answers with the right chain id.

    A state that a crash left half-written is set aside, and the copy of the last good start is
    loaded. Raises ArtifactMissing when anvil is not installed, NodeFailed when it does not come up.
    """
    options = options or NodeOptions()
    port = _port(options.host, options.port)
    folder = options.data_dir or Path(tempfile.mkdtemp(prefix="tallystick-chain-"))
    _prepare(folder)
    with (folder / _LOG).open("ab") as log:
        process = subprocess.Popen(
            _command(options, port=port, folder=folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A ctrl-C at the terminal is for the supervisor, who stops the node in order.
            start_new_session=True,
        )
    url = f"http://{options.host}:{port}"
    node = AnvilNode(process, url=url, folder=folder, options=options)
    try:
        _wait_until_ready(node, options, folder)
    except BaseException:
        node.stop()
        raise
    node.start_blocks()
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


def _command(options: NodeOptions, *, port: int, folder: Path) -> list[str]:
    command = [str(anvil_binary()), "--silent", "--host", options.host, "--port", str(port)]
    command += ["--chain-id", str(options.chain_id), "--hardfork", options.hardfork]
    command += ["--no-mining", "--cache-path", str(folder / _SWAP)]
    if options.data_dir is not None:
        command += ["--state", str(folder / _STATE)]
        command += ["--state-interval", str(options.state_seconds)]
    return command


def _prepare(folder: Path) -> None:
    """Leave in the node's folder a state that can be loaded, or none, and nothing swapped out."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / _SWAP, ignore_errors=True)
    state, previous = folder / _STATE, folder / "state.previous.json"
    if not state.exists():
        return
    if _is_json(state):
        shutil.copyfile(state, previous)
        return
    state.replace(folder / "state.broken.json")
    if previous.exists():
        shutil.copyfile(previous, state)


def _is_json(path: Path) -> bool:
    try:
        msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return False
    return True


def _port(host: str, wanted: int) -> int:
    """Return the port asked for, or any free one for 0.

    A port in use is refused here: later the other program's answers would be taken for ours.
    """
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError as error:
            raise NodeFailed(f"port {wanted} is in use") from error
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(node: AnvilNode, options: NodeOptions, folder: Path) -> None:
    deadline = time.monotonic() + options.ready_seconds
    while time.monotonic() < deadline:
        if not node.running:
            raise NodeFailed(f"the node ended at once{_last_words(folder)}")
        try:
            answer = node.request("eth_chainId")
        except NodeFailed:
            time.sleep(_POLL_SECONDS)
            continue
        if answer != hex(options.chain_id):
            raise NodeFailed(f"{node.url} is chain {answer}, not {options.chain_id}")
        return
    raise NodeFailed(f"the node did not answer within {options.ready_seconds} s")


def _last_words(folder: Path) -> str:
    text = (folder / _LOG).read_text(errors="replace").strip()
    return f": {text[-_LOG_TAIL:]}" if text else ""


def _request(url: str, method: str, params: list[object]) -> object:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with _DIRECT.open(request, timeout=_ANSWER_SECONDS) as response:
            answer = json.load(response)
    except (OSError, ValueError) as error:
        raise NodeFailed(f"{method}: {error}") from error
    if "error" in answer:
        raise NodeFailed(f"{method}: {answer['error'].get('message')}")
    return answer.get("result")

"""The verb `tally witness`, and the process behind it."""

import os
import secrets
import signal
import threading
import time
from pathlib import Path
from typing import Annotated, Final

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.integrity.checkpoint import (
    COSIGNATURE,
    CheckpointError,
    Sign,
    VerifierKey,
    parse_verifier_key,
    verifier_key,
)
from interfaces.outbound.files import replace_file
from tools.witness.memory import FolderTaken, Memory
from tools.witness.rules import Witness
from tools.witness.server import WitnessServer

KEY_BYTES: Final = 32


def witness(
    log: Annotated[list[str], typer.Option(help="A log's key, <name>+<key id>+<base64>; often.")],
    data: Annotated[Path, typer.Option(help="Folder of the key and of what was signed.")],
    name: Annotated[str, typer.Option(help="The witness's name.")] = "tallystick.example/witness",
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
) -> None:
    """Cosign checkpoints of logs that only grow (C2SP tlog-witness), until ctrl-C.

    The folder must never be lost or copied while its key is in use.
    """
    try:
        keys = [parse_verifier_key(text) for text in log]
        key, sign = own_key(data, name)
    except CheckpointError as error:
        raise typer.BadParameter(str(error)) from error
    try:
        with Memory(data) as memory:
            serve(memory, key, sign, keys, (host, port), data)
    except FolderTaken as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def own_key(data: Path, name: str) -> tuple[VerifierKey, Sign]:
    """Fetch the witness's key, made at first need. Raises CheckpointError, OSError.

    It lies beside what was signed with it, so that neither can be put back without the other.
    """
    path = data / "witness.key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    try:
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))
    except ValueError as error:
        message = "the witness's key is damaged"
        raise CheckpointError(message) from error
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return verifier_key(name=name, public_key=public, algorithm=COSIGNATURE), private.sign


def serve(
    memory: Memory,
    key: VerifierKey,
    sign: Sign,
    logs: list[VerifierKey],
    address: tuple[str, int],
    data: Path,
) -> None:
    """Serve until SIGTERM or SIGINT; the setting for the log goes to standard output."""
    # A log's key is named like the log (FORMATS 4).
    known = [(each.name, each) for each in logs]
    notary = Witness(memory, key=key, sign=sign, logs=known, now=lambda: int(time.time()))
    with WitnessServer(address, notary) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            # `shutdown` waits for `serve_forever`, which this very thread runs.
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        replace_file(data / "url", server.url.encode())
        print(f"TALLYSTICK_WITNESSES={key.text()}@{server.url}", flush=True)
        server.serve_forever(poll_interval=0.05)

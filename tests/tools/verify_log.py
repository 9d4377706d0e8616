"""A small real log with money in it, and every document that an auditor may get of it."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.integrity import completeness as bundles
from domain.integrity import evidence as documents
from domain.integrity import merkle
from domain.integrity.canonical import canonical
from domain.integrity.chain import extend, genesis, log_id
from domain.integrity.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    VerifierKey,
    cosign,
    parse_checkpoint,
    sign_checkpoint,
)
from domain.integrity.streammap import StreamEnd, StreamMap, stream_map
from tests.tools.sister import demand_agreement
from tools import verify

NAME = "tallystick.example/main"
REGISTRY = "0x1111111111111111111111111111111111111111"
TRANSACTION, BLOCK_HASH = "0x" + "ab" * 32, "0x" + "cd" * 32
ANCHOR = documents.Anchor(31337, REGISTRY, TRANSACTION, 12, BLOCK_HASH)
PRIVATE = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(1, 5)]
KEY = VerifierKey(NAME, PRIVATE[0].public_key().public_bytes_raw())
WITNESSES = [
    VerifierKey(f"witness-{number}", PRIVATE[number].public_key().public_bytes_raw(), COSIGNATURE)
    for number in (1, 2)
]
TRUST = documents.trust(
    log=NAME, keys=[KEY], chain_id=31337, registry=REGISTRY, owner="0x" + "2" * 40
)
SALT = {"salt": "AAECAwQFBgcICQoLDA0ODw=="}
SIGNED = {"key": "k", "alg": "ed25519", "not_after": "2027", "request_hash": "0", "signature": "s"}


def uuid8(text: str) -> str:
    digest = sha256(text.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


class Log:
    """Bodies and chain of a log; `add` writes what it is told, right or wrong."""

    def __init__(self, name: str = NAME) -> None:
        self.name = name
        self.bodies: list[bytes] = []
        self.chain = [genesis(name)]
        self.versions: dict[str, int] = {}
        self.add("log:main", "log.opened", {"origin": name}, "open")

    def add(
        self, stream: str, kind: str, data: dict[str, Any], command: str = "", **members: Any
    ) -> None:
        """Append an event; `members` replace or extend its envelope, None takes one away."""
        position = len(self.bodies) + 1
        self.versions[stream] = self.versions.get(stream, 0) + 1
        envelope: dict[str, Any] = {
            "log": self.name,
            "stream": stream,
            "version": self.versions[stream],
            "type": kind,
            "schema": 1,
            "at": f"2026-05-22T10:42:{position % 60:02}.000000Z",
            "actor": "subject:coppergate",
            "command": uuid8(command or str(position)),
            "correlation": "00000000-0000-4000-8000-0000000000aa",
            "data": data,
            **members,
        }
        body = canonical({name: value for name, value in envelope.items() if value is not None})
        self.put(body)

    def put(self, body: bytes) -> None:
        """Append a body as it is."""
        self.bodies.append(body)
        self.chain.append(extend(len(self.bodies), self.chain[-1], body))

    def account(self, stream: str, fact: str, command: str, **data: Any) -> None:
        """Append an account event."""
        self.add(f"account:{stream}", f"account.{fact}", data, command)

    @property
    def size(self) -> int:
        return len(self.bodies)

    def leaves(self, size: int) -> list[bytes]:
        return [merkle.leaf_hash(head) for head in self.chain[1 : size + 1]]

    def checkpoint(self, size: int = 0, *, signer: int = 0, witnesses: tuple[int, ...] = ()) -> str:
        """Return the signed checkpoint at a size (0: all), cosigned by witnesses 0 or 1."""
        size = size or self.size
        stated = Checkpoint(self.name, size, merkle.root(self.leaves(size)), self.chain[size])
        text = sign_checkpoint(stated, KEY, PRIVATE[signer].sign)
        signed = parse_checkpoint(text)
        for number in witnesses:
            text += cosign(signed, WITNESSES[number], 1_700_000_000, PRIVATE[number + 1].sign)
        return text

    def bundle(
        self, position: int, size: int = 0, *, text: str = "", anchored: bool = False
    ) -> dict[str, Any]:
        """Return the evidence of an event under the checkpoint of a size."""
        made = self.evidence(position, size, text=text, anchored=anchored)
        read: dict[str, Any] = json.loads(documents.document(made))
        return read

    def evidence(
        self, position: int, size: int = 0, *, text: str = "", anchored: bool = False
    ) -> documents.Evidence:
        """Make the evidence of an event under the checkpoint of a size."""
        size = size or self.size
        text = text or self.checkpoint(size)
        event = documents.LoggedEvent(
            position, self.bodies[position - 1], self.chain[position - 1], self.chain[position]
        )
        path = merkle.inclusion_path(position - 1, size, merkle.nodes_of(self.leaves(size)))
        return documents.evidence(
            event,
            path,
            signed=parse_checkpoint(text),
            text=text,
            anchor=ANCHOR if anchored else None,
        )

    def events_of(self, stream: str) -> list[int]:
        """Return the positions of a stream's events."""
        named = [json.loads(body)["stream"] for body in self.bodies]
        return [position for position, name in enumerate(named, 1) if name == stream]

    def map(self, size: int) -> StreamMap:
        """Return the stream map at a size."""
        ends: dict[str, StreamEnd] = {}
        for position, body in enumerate(self.bodies[:size], 1):
            event = json.loads(body)
            end = StreamEnd(event["stream"], event["version"], self.chain[position])
            ends[end.stream] = end
        return stream_map(ends.values())

    def commit(self, **members: Any) -> int:
        """Put the stream map on the log as it is now, and return its size."""
        size, streams = self.size, self.map(self.size)
        data = {"size": size, "count": streams.count, "root": streams.root().hex()}
        self.add("log:main", "log.streams_committed", data, **members)
        return size

    def completeness(self, stream: str, as_of: int) -> dict[str, Any]:
        """Return the completeness bundle by the last map on the log, anchored at the end."""
        commitment = self.events_of("log:main")[-1]
        size = json.loads(self.bodies[commitment - 1])["data"]["size"]
        events = [each for each in self.events_of(stream) if each <= size]
        before, behind = (
            [each for each in events if each <= as_of],
            [each for each in events if each > as_of],
        )
        text = self.checkpoint()

        def prove(position: int) -> documents.Evidence:
            return self.evidence(position, text=text, anchored=True)

        made = bundles.completeness(
            stream,
            as_of,
            commitment=prove(commitment),
            place=self.map(size).place(stream),
            ends=bundles.Ends(
                prove(before[-1]) if before else None, prove(behind[0]) if behind else None
            ),
        )
        read: dict[str, Any] = json.loads(bundles.document(made))
        return read

    def consistency(self, old: int, new: int) -> dict[str, Any]:
        """Return the consistency file between two sizes."""
        path = merkle.consistency_path(old, new, merkle.nodes_of(self.leaves(new)))
        return {
            "format": "tallystick/consistency/v1",
            "old": self.checkpoint(old),
            "new": self.checkpoint(new),
            "path": [each.hex() for each in path],
        }

    def proofs(self) -> list[dict[str, Any]]:
        """Return the feed with `fields=proof`."""
        return [
            {"position": position, "body": body.decode(), "chain": self.chain[position].hex()}
            for position, body in enumerate(self.bodies, 1)
        ]

    def records(self) -> list[dict[str, Any]]:
        """Return the feed with full records (FORMATS 8)."""
        named = ("type", "stream", "version", "at", "actor", "command", "data")
        full = []
        for proof in self.proofs():
            event = json.loads(proof["body"])
            ids = {"id": proof["chain"], "paging_token": str(proof["position"]), "changes": []}
            full.append({**ids, **proof, **{name: event[name] for name in named}})
        return full

    def redacted(self, *positions: int) -> list[dict[str, Any]]:
        """Return the feed as a reader sees it who may not read some events."""
        return [
            {
                "position": record["position"],
                "body_hash": sha256(record["body"].encode()).hexdigest(),
                "chain": record["chain"],
            }
            if record["position"] in positions
            else record
            for record in self.proofs()
        ]

    def words(self, size: int) -> list[bytes]:
        """Return root and chain head at a size, as the registry keeps them."""
        return [merkle.root(self.leaves(size)), self.chain[size]]

    @property
    def id(self) -> str:
        return "0x" + log_id(self.name).hex()


def books() -> Log:
    """Return a log of nineteen events in which money is paid in, held, posted and released."""
    log = Log()
    for owner in ("outside/cash", "coppergate/cash", "pennine/cash"):
        log.account(f"{owner}/GBP", "opened", "open", book_decimals=2)
    log.account(
        "outside/cash/GBP", "debited", "in", transfer="t1", amount=500, balance=-500, held=0
    )
    log.account(
        "pennine/cash/GBP", "credited", "in", transfer="t1", amount=500, balance=500, held=0
    )
    log.add("invoice:FX-1", "invoice.submitted", {"note": 'Tür "€" \\ \n\t'}, **SALT)
    log.add("invoice:FX-1", "invoice.verified", {}, cause=7, actor="process:verify")
    hold = {"hold": "h1", "transfer": "h1"}
    log.account("pennine/cash/GBP", "held", "h", amount=300, balance=500, held=300, **hold)
    post = {"hold": "h1", "transfer": "t2"}
    log.account("pennine/cash/GBP", "posted", "p", amount=200, balance=300, held=100, **post)
    log.account(
        "coppergate/cash/GBP", "credited", "p", transfer="t2", amount=200, balance=200, held=0
    )
    log.account("pennine/cash/GBP", "released", "r", amount=100, balance=300, held=0, **hold)
    log.add("invoice:FX-1", "invoice.approved", {"numbers": [1, 2]}, authorisation=SIGNED)
    for number in range(6):
        log.add(f"case:{number}", "case.opened", {"n": number})
    return log


def committed() -> Log:
    """Return the log of `books` with the stream map of its nineteen events, and three more."""
    log = books()
    log.commit()
    for number in range(3):
        log.add(f"case:{number}", "case.closed", {})
    return log


def verifier(folder: Path, output: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Return a function that runs both verifiers on files and gives answer and exit status.

    The answer is that of the first one; the second must agree, code for code.
    """

    def run(
        evidence: object, *arguments: str, trust: object = TRUST, checkpoint: str = ""
    ) -> dict[str, Any]:
        if isinstance(evidence, list):
            evidence = lines(evidence)
        text = evidence if isinstance(evidence, str) else json.dumps(evidence, ensure_ascii=False)
        (folder / "evidence").write_text(text, "utf-8", "surrogatepass")
        options = [str(folder / "evidence"), "--json", *arguments]
        if isinstance(trust, documents.Trust):
            trust = documents.document(trust)
        if isinstance(trust, bytes):
            (folder / "trust").write_bytes(trust)
            options += ["--trust", str(folder / "trust")]
        if checkpoint:
            (folder / "checkpoint").write_text(checkpoint, "utf-8")
            options += ["--checkpoint", str(folder / "checkpoint")]
        status = verify.main(options)
        answer: dict[str, Any] = json.loads(output.readouterr().out)
        assert set(answer) == {"code", "position", "detail"}
        demand_agreement(options, answer["code"], answer["position"], status)
        return {**answer, "status": status}

    return run


def lines(records: list[dict[str, Any]]) -> str:
    """Return records as a file of a feed."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)

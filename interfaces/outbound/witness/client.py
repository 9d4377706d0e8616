"""Asks witnesses over HTTP to cosign checkpoints (C2SP tlog-witness, add-checkpoint).

A witness is never waited for long: a checkpoint goes out without the lines of those that are
away, and one that was away or refused is left alone for a while, longer each time.
"""

import logging
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

import httpx

from domain.integrity.checkpoint import (
    COSIGNATURE,
    CheckpointError,
    VerifierKey,
    parse_tree_head,
    parse_verifier_key,
    witnesses_of,
)
from domain.integrity.witnessing import SIZE_TYPE, submission_text
from interfaces.outbound.witness.ed25519 import verified
from interfaces.telemetry.metrics import WITNESS_ANSWERS

PathFrom = Callable[[int], Sequence[bytes]]

ANSWER_SECONDS: Final = 0.6
"""How long a checkpoint waits for its witnesses, all of them together."""

FIRST_REST: Final = 1.0
LONGEST_REST: Final = 60.0
ANSWER_BYTES_MAX: Final = 64 * 1024
TURNS: Final = 3
"""Requests for one cosignature: a witness may know another size than we think, twice."""

_WITNESS = re.compile(r"([^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*)@(https?://\S+)").fullmatch
_TOLD_SIZE = re.compile(r"(0|[1-9][0-9]{0,15})\n").fullmatch

logger: Final = logging.getLogger("tallystick.witness")


class WitnessAway(Exception):
    """The witness does not answer, or not as a witness does."""


class WitnessRefused(Exception):
    """The witness will not sign this checkpoint: it has seen another log, or does not know ours."""


class HttpWitnesses:
    """Witnesses at their addresses; any thread may ask. Addresses by key, as `parse_witnesses`."""

    def __init__(
        self, addresses: dict[VerifierKey, str], *, quorum: int = 0, timeout: float = ANSWER_SECONDS
    ) -> None:
        self._quorum = quorum
        self._timeout = timeout
        self._asked = {key.text(): _Asked(key, url, timeout) for key, url in addresses.items()}
        self._threads = ThreadPoolExecutor(max(1, len(addresses)), "witness")

    @property
    def keys(self) -> Sequence[str]:
        """All witnesses that may be asked."""
        return tuple(self._asked)

    @property
    def quorum(self) -> int:
        """How many of them a checkpoint needs before it counts."""
        return self._quorum

    def cosign(self, note: str, path: PathFrom, known: Sequence[str]) -> dict[str, str]:
        """Ask all witnesses but the known ones; their lines by witness, of those that signed."""
        now = time.monotonic()
        asking: dict[Future[str], _Asked] = {
            self._threads.submit(asked.line, note, path): asked
            for name, asked in self._asked.items()
            if name not in known and not asked.rests(now)
        }
        late = wait(asking, self._timeout).not_done
        lines = {}
        for future, asked in asking.items():
            if future in late:
                asked.fail(WitnessAway("it takes too long"))
                continue
            try:
                lines[asked.key.text()] = future.result()
            except (WitnessAway, WitnessRefused) as error:
                asked.fail(error)
            else:
                asked.succeed()
        return lines

    def close(self) -> None:
        """Stop asking."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for asked in self._asked.values():
            asked.close()


class _Asked:
    """One witness: where it is, what it has seen, and how long to leave it alone."""

    def __init__(self, key: VerifierKey, url: str, timeout: float) -> None:
        self.key = key
        # Only what is configured is asked: no proxy or netrc of the environment.
        self._http = httpx.Client(base_url=url, timeout=timeout, trust_env=False)
        self._seen = 0
        self._rest = 0.0
        self._until = 0.0

    def line(self, note: str, path: PathFrom) -> str:
        """Get the witness's line under a checkpoint. Raises WitnessAway, WitnessRefused."""
        size = parse_tree_head(note).size
        for _ in range(TURNS):
            if self._seen > size:
                raise WitnessRefused(f"it has seen {self._seen} events, we have {size}")
            answer = self._send(submission_text(self._seen, path(self._seen), note))
            if answer.status_code == httpx.codes.OK:
                line = self._line(note, answer.text)
                self._seen = size
                return line
            if answer.status_code != httpx.codes.CONFLICT:
                raise _no(answer)
            told = _TOLD_SIZE(answer.text)
            if answer.headers.get("content-type") != SIZE_TYPE or told is None:
                raise WitnessAway("its conflict names no size")
            if int(told[1]) == self._seen:
                raise WitnessRefused(f"it has seen another log of {self._seen} events")
            self._seen = int(told[1])
        raise WitnessAway("it names another size each time")

    def rests(self, now: float) -> bool:
        """Say whether the witness is to be left alone."""
        return now < self._until

    def succeed(self) -> None:
        """Ask again as soon as there is something to ask."""
        if self._rest:
            logger.info("the witness %s signs again", self.key.name)
        self._rest = self._until = 0.0
        WITNESS_ANSWERS.labels("signed").inc()

    def fail(self, error: Exception) -> None:
        """Leave the witness alone for a while; said once, not each time."""
        refused = isinstance(error, WitnessRefused)
        if not self._rest:
            level = logging.ERROR if refused else logging.WARNING
            logger.log(level, "the witness %s does not sign: %s", self.key.name, error)
        self._rest = min(LONGEST_REST, self._rest * 2 or FIRST_REST)
        self._until = time.monotonic() + self._rest
        WITNESS_ANSWERS.labels("refused" if refused else "away").inc()

    def close(self) -> None:
        """Close its connection."""
        self._http.close()

    def _send(self, content: str) -> httpx.Response:
        try:
            with self._http.stream("POST", "/add-checkpoint", content=content.encode()) as answer:
                read = bytearray()
                for part in answer.iter_bytes():
                    read += part
                    if len(read) > ANSWER_BYTES_MAX:
                        raise WitnessAway("its answer is too long")
                return httpx.Response(
                    answer.status_code,
                    headers={"content-type": answer.headers.get("content-type", "")},
                    content=bytes(read),
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise WitnessAway(type(error).__name__) from error

    def _line(self, note: str, answer: str) -> str:
        for line in answer.splitlines(keepends=True):
            try:
                found = parse_tree_head(note + line)
            except CheckpointError:
                continue  # lines of unknown kinds are ignored, as the protocol demands
            if witnesses_of(found, [self.key], verified):
                return line
        raise WitnessAway("its answer does not hold its signature")


def _no(answer: httpx.Response) -> Exception:
    said = f"it answered {answer.status_code}"
    return WitnessRefused(said) if answer.status_code in {403, 404, 422} else WitnessAway(said)


def parse_witnesses(text: str) -> dict[VerifierKey, str]:
    """Read witnesses from ``<key>@<URL>``, separated by white space. Raises ValueError."""
    found = {}
    for part in text.split():
        match = _WITNESS(part)
        if match is None:
            raise ValueError("a witness is <name>+<key id>+<base64>@<URL>")
        key = parse_verifier_key(match[1])
        if key.algorithm != COSIGNATURE:
            raise ValueError("the key of a witness signs cosignatures (algorithm 4), nothing else")
        found[key] = match[2]
    return found

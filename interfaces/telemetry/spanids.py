"""Which ids traces and spans have, and which traces are kept: both follow from the log's ids."""

import contextlib
import hashlib
import random
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind
from opentelemetry.util.types import Attributes
from typing_extensions import override

_preset: Final[ContextVar[tuple[int, int] | None]] = ContextVar("preset", default=None)
"""Trace and span id of the span that is begun just now, where they are not left to chance."""


def trace_id_of(correlation: str) -> int:
    """Tell the trace of a correlation; both are 128 bits."""
    return int(correlation.replace("-", ""), 16)


def correlation_of(trace_id: int) -> str:
    """Tell the correlation of a trace."""
    text = f"{trace_id:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def span_id_of(command: str) -> int:
    """Tell the id of the span that wrote a command's events: there is one, whatever was tried."""
    return int.from_bytes(hashlib.sha256(f"tallystick:span\n{command}".encode()).digest()[:8])


class Ids(IdGenerator):
    """Random ids, unless they were chosen."""

    @override
    def generate_span_id(self) -> int:
        preset = _preset.get()
        return random.getrandbits(64) or 1 if preset is None else preset[1]

    @override
    def generate_trace_id(self) -> int:
        preset = _preset.get()
        return random.getrandbits(128) or 1 if preset is None else preset[0]


class ByTrace(Sampler):
    """Keeps the same share of traces in every process."""

    def __init__(self, share: float) -> None:
        self._bound = int(share * 2**48)

    def keeps(self, trace_id: int) -> bool:
        """Say whether a trace is kept; a correlation's first 48 bits come from a hash."""
        return trace_id >> 80 < self._bound

    @override
    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: trace.TraceState | None = None,
    ) -> SamplingResult:
        kept = self.keeps(trace_id)
        return SamplingResult(Decision.RECORD_AND_SAMPLE if kept else Decision.DROP, attributes)

    @override
    def get_description(self) -> str:
        return "by the first 48 bits of the trace"


@contextlib.contextmanager
def chosen(trace_id: int, span_id: int) -> Iterator[None]:
    """Give the span that is begun in here these ids; below another it keeps that one's trace."""
    token = _preset.set((trace_id, span_id))
    try:
        yield
    finally:
        _preset.reset(token)

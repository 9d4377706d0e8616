"""What a reader of the feed asks for, and what of it the role may learn."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from domain.catalogue import EVENTS, may_read
from domain.kernel.ids import STREAM
from domain.kernel.money import LARGEST
from domain.kernel.roles import Role
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.bodies import END

BATCH: Final = 1000
PAGE: Final = 100

_Token = Annotated[
    str,
    Meta(pattern="^(0|[1-9][0-9]{0,14})" + END, description="The paging_token of the last record."),
]


class FeedQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The query string of the feed; all parts are optional."""

    cursor: _Token | None = None
    order: Literal["asc", "desc"] = "asc"
    limit: Annotated[int, Meta(ge=1, le=LARGEST)] | None = None
    types: Annotated[str, Meta(max_length=4000, description="Event types, by commas.")] | None = (
        None
    )
    stream: Annotated[str, Meta(max_length=200)] | None = None
    fields: Literal["proof"] | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A query that was checked; ``nothing`` when its answer is empty for this role."""

    after: int
    descending: bool
    types: Sequence[str]
    stream: str | None
    proof: bool
    nothing: bool


def question_of(query: FeedQuery, role: Role) -> Question:
    """Check a query and take out what a role may not learn by asking. Raises Problem.

    Whoever asks for single types or streams would learn from redacted records where hidden
    events lie; so a filtered answer holds only what the role may read.
    """
    wanted = _types(query.types)
    if query.stream is not None and STREAM.fullmatch(query.stream) is None:
        raise Problem("invalid_field", "stream: is not a legal name.", field="/stream")
    readable = wanted
    filtered = wanted or query.stream is not None
    if filtered and not all(may_read(role, kind) for kind in EVENTS):
        readable = tuple(kind for kind in wanted or sorted(EVENTS) if may_read(role, kind))
    return Question(
        after=int(query.cursor or 0),
        descending=query.order == "desc",
        types=readable,
        stream=query.stream,
        proof=query.fields == "proof",
        nothing=bool(wanted) and not readable,
    )


def _types(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    wanted = tuple(dict.fromkeys(text.split(",")))
    for kind in wanted:
        if kind not in EVENTS:
            detail = f"types: {kind[:80]!r} is not a type of event."
            raise Problem("invalid_field", detail, field="/types")
    return wanted

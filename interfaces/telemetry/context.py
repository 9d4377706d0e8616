"""What a piece of work is about: the command and correlation that its log lines carry."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Final

from domain.kernel.event import Recorded

Tell = Callable[[], Mapping[str, str]]

_about: Final[ContextVar[Tell]] = ContextVar("about", default=dict)


def about() -> Mapping[str, str]:
    """Tell what the present piece of work is about: ``command`` and ``correlation``, if known."""
    return _about.get()()


@contextlib.contextmanager
def working_on(tell: Tell) -> Iterator[None]:
    """Let all log lines of this piece of work carry these names; never personal data.

    They are asked for only when a line is written, which is seldom.
    """
    token = _about.set(tell)
    try:
        yield
    finally:
        _about.reset(token)


def because_of(cause: Recorded) -> AbstractContextManager[None]:
    """Let all log lines of this piece of work carry the ids of the event that set it off."""
    envelope = cause.envelope
    return working_on(lambda: {"command": envelope.command, "correlation": envelope.correlation})

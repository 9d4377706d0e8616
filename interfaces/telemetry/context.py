"""What a piece of work is about: the command and correlation that its log lines carry."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Final

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

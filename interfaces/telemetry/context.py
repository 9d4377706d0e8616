"""What a piece of work is about: the command and correlation that its log lines carry."""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Final

_NOTHING: Final[Mapping[str, str]] = {}
_about: Final[ContextVar[Mapping[str, str]]] = ContextVar("about", default=_NOTHING)


def about() -> Mapping[str, str]:
    """Tell what the present piece of work is about: ``command`` and ``correlation``, if known."""
    return _about.get()


@contextlib.contextmanager
def working_on(**names: str) -> Iterator[None]:
    """Let all log lines of this piece of work carry these names; never personal data."""
    token = _about.set({**_about.get(), **names})
    try:
        yield
    finally:
        _about.reset(token)

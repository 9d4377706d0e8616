"""What a key is good for: a part of what its role may do, never more.

A scope is ``read`` (every question), ``query:<name>`` (one question) or ``command:<type>`` (one
command); a key without scopes does whatever its role does.
"""

import re
from collections.abc import Collection
from typing import Final

READ: Final = "read"
SCOPE: Final = re.compile(r"read|query:[a-z_]{1,64}|command:[a-z_]{1,32}\.[a-z_]{1,64}")
SCOPES_MAX: Final = 50

Scopes = frozenset[str] | None


def lets_ask(scopes: Scopes, query: str) -> bool:
    """Say whether a key of these scopes asks this question."""
    return scopes is None or READ in scopes or f"query:{query}" in scopes


def lets_send(scopes: Scopes, command: str) -> bool:
    """Say whether a key of these scopes sends commands of this type."""
    return scopes is None or f"command:{command}" in scopes


def problem_of(scopes: Collection[str]) -> str | None:
    """Say what is wrong with a list of scopes, if anything."""
    if not 0 < len(scopes) <= SCOPES_MAX:
        return f"has 1 to {SCOPES_MAX} entries; leave it out for all that the role may"
    wrong = [scope for scope in scopes if SCOPE.fullmatch(scope) is None]
    return f"{wrong[0][:80]!r} is no scope: read, query:<name>, command:<type>" if wrong else None


def within(scopes: Collection[str] | None, outer: Collection[str] | None) -> bool:
    """Say whether these scopes open nothing that the outer ones do not."""
    if outer is None:
        return True
    if scopes is None:
        return False
    return all(scope in outer or (READ in outer and scope.startswith("query:")) for scope in scopes)

"""Who has which address or phone, in memory."""

import secrets
import threading

from interfaces.outbound.identifying import mac_of, name_of


class MemoryIdentifiers:
    """Claims as long as the process lives."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._taken: dict[tuple[str, bytes], tuple[str, str | None]] = {}

    def claim(self, kind: str, value: str, person: str, *, now: str, until: str) -> str:
        """Take a value for a person if nobody has it; tells who has it now."""
        at = (kind, mac_of(self._key, kind, value))
        with self._lock:
            holder, end = self._taken.get(at, (person, ""))
            if end is None or end > now:
                return holder
            self._taken[at] = (person, until)
            return person

    def extend(self, kind: str, person: str, *, until: str) -> bool:
        """Move the end of a person's provisional claim."""
        return self._moved(kind, person, until)

    def confirm(self, kind: str, person: str) -> bool:
        """Make a person's claim last."""
        return self._moved(kind, person, None)

    def release(self, kind: str, value: str, person: str) -> None:
        """Give a value back that a person has."""
        at = (kind, mac_of(self._key, kind, value))
        if self._taken.get(at, ("", None))[0] == person:
            del self._taken[at]

    def holder(self, kind: str, value: str) -> str | None:
        """Tell who has a value."""
        found = self._taken.get((kind, mac_of(self._key, kind, value)))
        return None if found is None else found[0]

    def name(self, *parts: str) -> str:
        """Make a name for somebody new."""
        return name_of(self._key, *parts)

    def forget(self, person: str) -> None:
        """Free all that a person has."""
        self._taken = {at: kept for at, kept in self._taken.items() if kept[0] != person}

    def _moved(self, kind: str, person: str, until: str | None) -> bool:
        found = [at for at, kept in self._taken.items() if at[0] == kind and kept[0] == person]
        for at in found:
            if self._taken[at][1] is not None:
                self._taken[at] = (person, until)
        return bool(found)

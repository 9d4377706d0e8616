"""What parts one person's address or phone from another's, and the codes that prove them."""

from typing import Literal, Protocol

Kind = Literal["email", "mobile"]


class Identifiers(Protocol):
    """Who has an address or a phone, by a keyed hash: nothing of them can be read back.

    A claim is provisional until it is confirmed; from ``until`` on somebody else may take it.
    All methods raise StoreUnavailable.
    """

    def claim(self, kind: Kind, value: str, person: str, *, now: str, until: str) -> str:
        """Take a value for a person if nobody has it; tells who has it now."""
        ...

    def extend(self, kind: Kind, person: str, *, until: str) -> bool:
        """Move the end of a person's provisional claim; tells whether it has the value still."""
        ...

    def confirm(self, kind: Kind, person: str) -> bool:
        """Make a person's claim last; tells whether it has the value still."""
        ...

    def release(self, kind: Kind, value: str, person: str) -> None:
        """Give a value back that a person has."""
        ...

    def holder(self, kind: Kind, value: str) -> str | None:
        """Tell who has a value: the blind index by which people are found."""
        ...

    def name(self, *parts: str) -> str:
        """Make a name for somebody new that the same parts always lead to, and nobody guesses."""
        ...


class Codes(Protocol):
    """One-time codes: they follow from a nonce, so that nothing keeps them."""

    def code(self, subject: str, channel: Kind, nonce: str) -> str:
        """Tell the eight digits that follow from a nonce."""
        ...

    def digest(self, subject: str, channel: Kind, code: str) -> str:
        """Tell what the log keeps of a code: its MAC (hex)."""
        ...

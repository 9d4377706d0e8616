"""Users who sign in, and keys that take each other's place."""

from domain.apikey.state import IssueApiKey, RotateApiKey
from domain.kernel.command import Command
from domain.user import commands as user

UNTIL = "2026-09-01T00:00:00.000000Z"


def access_commands() -> list[Command]:
    """Tell everything that can happen to a user and to a key."""
    return [
        IssueApiKey(
            key="k3",
            subject="pennine",
            role="lender",
            digest="d3" * 32,
            scopes=("read", "command:listing.open"),
            expires_at="2026-12-01T00:00:00.000000Z",
            rate_per_second=20,
        ),
        RotateApiKey(key="k3", successor="k4", digest="d4" * 32, overlap_seconds=3600),
        user.RegisterUser(user="u1", subject="pennine", roles=("lender",)),
        user.RecordPasswordSet(user="u1", reason="first"),
        user.RecordTotpEnabled(user="u1"),
        user.RecordIdentityLinked(user="u1", provider="acme"),
        user.RecordUserLocked(user="u1", failures=5, until=UNTIL),
        user.RecordSessionsRevoked(user="u1", session="s1"),
        user.RegisterUser(user="u2", subject="brunel", roles=("investor",)),
        user.RecordIdentityLinked(user="u2", provider="acme"),
        user.RecordTotpEnabled(user="u2"),
        user.RecordTotpDisabled(user="u2"),
        user.RecordIdentityUnlinked(user="u2", provider="acme"),
        user.CloseUser(user="u2", reason="left the firm"),
    ]

"""Text messages in memory: the twin of `interfaces.outbound.texts.gateway`."""

from application.ports.texts import TextRefused, TextUnreachable


class MemoryTexter:
    """Keeps what was sent, each message once."""

    def __init__(self) -> None:
        self.delivered: dict[str, tuple[str, str]] = {}
        self.refused: set[str] = set()
        self.down = False

    def send(self, message_id: str, to: str, text: str) -> None:
        """Hand over a message to a number. Raises TextUnreachable, TextRefused."""
        if self.down:
            raise TextUnreachable("the gateway does not answer")
        if to in self.refused:
            raise TextRefused("550 5.1.1")
        self.delivered.setdefault(message_id, (to, text))

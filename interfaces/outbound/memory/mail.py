"""Mail in memory: the twin of `interfaces.outbound.mail.smtp`."""

from application.ports.mail import Mail, MailRefused, MailUnreachable
from interfaces.outbound.letters import problem_of


class MemoryMailer:
    """Keeps what was sent; a message that comes again is kept once."""

    def __init__(self) -> None:
        self._delivered: dict[str, Mail] = {}
        self._answers: dict[str, str] = {}
        self._down = False

    def send(self, mail: Mail) -> None:
        """Hand over a message; see `Mailer.send`. Raises MailUnreachable or MailRefused."""
        problem = problem_of(mail)
        if problem is not None:
            raise MailRefused(problem)
        if self._down:
            raise MailUnreachable("the server does not take mail")
        answer = self._answers.get(mail.to)
        if answer is not None and answer.startswith("5"):
            raise MailRefused(answer)
        if answer is not None:
            raise MailUnreachable(f"the server said {answer}")
        self._delivered.setdefault(mail.message_id, mail)

    def delivered(self) -> list[Mail]:
        """List what arrived, in order."""
        return list(self._delivered.values())

    def answer(self, to: str, reply: str | None) -> None:
        """Answer messages to an address with a reply such as `550 5.1.1` (None takes them)."""
        self._answers.pop(to, None)
        if reply is not None:
            self._answers[to] = reply

    def set_down(self, *, down: bool) -> None:
        """Be down, or up again."""
        self._down = down

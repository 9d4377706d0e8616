"""A mail that is to be sent, and everything around it."""

from collections.abc import Callable

from application.ports.world import KeyErased
from domain.kernel.event import Recorded
from domain.kernel.sealed import Sealed
from domain.mail.events import MailRequested
from domain.subject.events import SubjectCreated
from interfaces.outbound.identifying import HmacCodes
from interfaces.outbound.mail.templates import render
from interfaces.outbound.memory.mail import MemoryMailer
from interfaces.outbound.memory.texts import MemoryTexter
from interfaces.workers.effects import Letters, mailing
from interfaces.workers.gateway import Sender
from tests.interfaces.workers.parts import ListLog, ScriptedGate

OURS, THEIRS = "GB29NWBK60161331926819", "GB82WEST12345698765432"
PHONE = Sealed(sealed="key", nonce="n", box="+447700900123")
ADDRESS = Sealed(sealed="key", nonce="n", box="aisha@coppergate.example")


class OpenVault:
    """A vault whose boxes are glass; a person may be forgotten."""

    def __init__(self) -> None:
        self.forgotten = False

    def seal(self, person: str, stream: str, event_type: str, pointer: str, value: str) -> Sealed:
        """Seal a value."""
        return Sealed(sealed=person, nonce="n", box=value)

    def open(self, sealed: Sealed, stream: str, event_type: str, pointer: str) -> str:
        """Open a box."""
        assert (stream, event_type, pointer) in {
            ("subject:coppergate", "subject.created", "/email"),
            ("registration:coppergate", "registration.opened", "/mobile"),
        }
        if self.forgotten:
            raise KeyErased
        return sealed.box


class Links:
    """Secrets that can be read."""

    def token(self, link: str, expires_at: str) -> str:
        """Make the secret of a link."""
        return f"secret-of-{link}"

    def link(self, token: str) -> str | None:
        """Tell the link of a secret."""
        return token.removeprefix("secret-of-")


class Post:
    """A mail that is to be sent, and everything around it."""

    def __init__(self) -> None:
        self.log, self.gate, self.mailer = ListLog(), ScriptedGate(), MemoryMailer()
        self.vault, self.texter = OpenVault(), MemoryTexter()
        for name in ("coppergate", "northwind"):
            created = SubjectCreated(
                name=name.title(),
                kind="institution",
                country="GB",
                roles=("seller",),
                email=ADDRESS if name == "coppergate" else None,
            )
            self.log.scribe.write(f"subject:{name}", created)

    def request(self, recipient: str = "coppergate", template: str = "S4") -> Recorded:
        """Request a mail."""
        fields = {
            "invoice": "A1",
            "seller": "coppergate",
            "buyer": "northwind",
            "amount": "10,000.00 GBP",
            "due": "2026-07-21",
        }
        if template == "C1":
            fields |= {"link": "L7", "expires": "2026-05-30T23:00:00.000000Z"}
        fact = MailRequested(template=template, recipient=recipient, reference="A1", fields=fields)
        return self.log.scribe.write(f"mail:{template}/A1/{recipient}", fact)

    @property
    def effect(self) -> Callable[[Recorded], None]:
        """The effect as the worker has it."""
        letters = Letters(
            mailer=self.mailer,
            vault=self.vault,
            links=Links(),
            codes=HmacCodes(b"codes" * 8, log="tallystick.example/test"),
            texter=self.texter,
            render=render,
            base_url="https://tallystick.example",
            account=OURS,
            domain="tallystick.example",
        )
        return mailing(Sender(self.gate, "mail"), self.log, letters)

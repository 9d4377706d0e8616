"""What every mail adapter must do, whichever server stands behind it."""

from typing import Protocol

import msgspec
import pytest

from application.ports.mail import Mail, Mailer, MailRefused, MailUnreachable
from interfaces.outbound.letters import message_id_of

TOM = "tom@northwind.example"
MAIL = Mail(
    message_id=message_id_of("C1/FX-INV-23A4F/northwind", "tallystick.example"),
    to=TOM,
    subject="Please confirm invoice FX-INV-23A4F — £10,000.00",
    text="Hello Tom,\n\nhttps://portal.example/buyer/confirm/FX-INV-23A4F?token=abc=def\n",
)


class World(Protocol):
    """What a test may do to the server behind the adapter."""

    def delivered(self) -> list[Mail]: ...

    def answer(self, to: str, reply: str | None) -> None: ...

    def set_down(self, *, down: bool) -> None: ...


def changed(**changes: object) -> Mail:
    """Vary the message."""
    return msgspec.structs.replace(MAIL, **changes)


class MailConformance:
    """Run by each adapter, which gives the fixtures `mailer` and `world`."""

    def test_a_message_arrives_as_it_was_sent(self, mailer: Mailer, world: World) -> None:
        mailer.send(MAIL)
        assert world.delivered() == [MAIL]

    @pytest.mark.parametrize(
        "text",
        [
            "a line that is rather long " * 60 + "\n",
            "one\n.\n..two\nFrom the bank\n",
            "trailing spaces   \n\ttabs\n",
            "漢字 é £ — ✓\n",
            "https://portal.example/confirm?token=" + "Az09_-=" * 60 + "\n",
        ],
        ids=["long", "dots", "spaces", "letters", "link"],
    )
    def test_every_text_arrives_unchanged(self, mailer: Mailer, world: World, text: str) -> None:
        mailer.send(changed(text=text, html=f"<p>{text}</p>\n"))
        assert world.delivered() == [changed(text=text, html=f"<p>{text}</p>\n")]

    @pytest.mark.capability("FX16")
    def test_a_message_sent_again_is_there_once(self, mailer: Mailer, world: World) -> None:
        for _ in range(3):
            mailer.send(MAIL)
        other = changed(message_id=message_id_of("S4/FX-INV-23A4F/coppergate", "a.example"))
        mailer.send(other)
        assert world.delivered() == [MAIL, other]

    @pytest.mark.parametrize("reply", ["550 5.1.1", "554"])
    def test_a_refusal_for_ever_is_told_by_its_code(
        self, mailer: Mailer, world: World, reply: str
    ) -> None:
        world.answer(TOM, reply)
        with pytest.raises(MailRefused) as refused:
            mailer.send(MAIL)
        assert str(refused.value) == reply
        assert refused.value.__cause__ is None
        assert world.delivered() == []

    def test_a_refusal_for_now_is_tried_again(self, mailer: Mailer, world: World) -> None:
        world.answer(TOM, "451 4.3.0")
        with pytest.raises(MailUnreachable) as unreachable:
            mailer.send(MAIL)
        assert TOM not in str(unreachable.value)
        world.answer(TOM, None)
        mailer.send(MAIL)
        assert world.delivered() == [MAIL]

    def test_a_server_that_is_down_is_unreachable_and_comes_back(
        self, mailer: Mailer, world: World
    ) -> None:
        world.set_down(down=True)
        with pytest.raises(MailUnreachable):
            mailer.send(MAIL)
        world.set_down(down=False)
        mailer.send(MAIL)
        assert world.delivered() == [MAIL]

    @pytest.mark.parametrize(
        ("wrong", "reply"),
        [
            ({"to": "nobody"}, "553 5.1.3"),
            ({"to": "a@b.example, c@d.example"}, "553 5.1.3"),
            ({"to": "a@b.example\nBcc: c@d.example"}, "553 5.1.3"),
            ({"to": "Tom <a@b.example>"}, "553 5.1.3"),
            ({"to": "tóm@b.example"}, "553 5.1.3"),
            ({"subject": "Hello\nBcc: c@d.example"}, "554 5.6.0"),
            ({"subject": ""}, "554 5.6.0"),
            ({"subject": "x" * 201}, "554 5.6.0"),
            ({"message_id": "no-brackets@b.example"}, "554 5.6.0"),
            ({"message_id": "<a@b>\r\nX: y"}, "554 5.6.0"),
            ({"text": "a\x00b"}, "554 5.6.0"),
            ({"text": "a\rb"}, "554 5.6.0"),
            ({"text": "\ud800"}, "554 5.6.0"),
            ({"text": "x" * (2**20 + 1)}, "552 5.3.4"),
        ],
    )
    def test_what_is_no_message_is_refused(
        self, mailer: Mailer, world: World, wrong: dict[str, object], reply: str
    ) -> None:
        with pytest.raises(MailRefused) as refused:
            mailer.send(changed(**wrong))
        assert str(refused.value) == reply
        assert world.delivered() == []

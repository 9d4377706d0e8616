"""What every mail adapter checks before a message leaves, and how messages are named."""

import hashlib
import re
from typing import Final

from application.ports.mail import Mail

TEXT_BYTES_MAX: Final = 2**20
SUBJECT_LENGTH_MAX: Final = 200

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,128}@[A-Za-z0-9.-]{1,120}>")


def message_id_of(mail: str, domain: str) -> str:
    """Name the message of a mail on the log: the same mail has the same Message-ID for ever."""
    return f"<{hashlib.sha256(mail.encode()).hexdigest()[:40]}@{domain}>"


def problem_of(mail: Mail) -> str | None:
    """Say with which reply code a message must be refused before any server sees it, if any.

    Whatever could smuggle a header in is refused here (RFC 5322; codes of RFC 3463).
    """
    if _ADDRESS.fullmatch(mail.to) is None:
        return "553 5.1.3"
    if _MESSAGE_ID.fullmatch(mail.message_id) is None:
        return "554 5.6.0"
    if not mail.subject.isprintable() or not 0 < len(mail.subject) <= SUBJECT_LENGTH_MAX:
        return "554 5.6.0"
    bodies = (mail.text, mail.html or "")
    if any(not character.isprintable() for body in bodies for character in _bare(body)):
        return "554 5.6.0"
    if sum(len(body.encode()) for body in bodies) > TEXT_BYTES_MAX:
        return "552 5.3.4"
    return None


def _bare(body: str) -> str:
    return body.replace("\n", "").replace("\t", "")

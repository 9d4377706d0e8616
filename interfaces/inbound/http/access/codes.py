"""One-time codes of a device (TOTP, RFC 6238), and the recovery codes for when it is lost."""

import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp

STEP_SECONDS: Final = 30
DRIFT_STEPS: Final = 1
"""How many steps a device's clock may be off, either way."""
SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
ISSUER: Final = "Tallystick"

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters that nobody confuses; twelve of them are 59 bits."""
_RECOVERY_LENGTH: Final = 12


def new_secret() -> str:
    """Make the secret of a device (base32, 160 bits as RFC 4226 advises)."""
    return pyotp.random_base32(SECRET_BYTES * 8 // 5)


def address_of(secret: str, name: str) -> str:
    """Write the ``otpauth:`` address that a device reads as a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, at: str) -> int | None:
    """Tell the time step that a code is of, nothing for a wrong one."""
    now = int(datetime.fromisoformat(at).timestamp()) // STEP_SECONDS
    device, found = pyotp.TOTP(secret), None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        # All are compared, so that the time tells nothing.
        if hmac.compare_digest(device.generate_otp(step).encode(), code.encode()):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Make recovery codes, four letters at a time."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, _RECOVERY_LENGTH, 4))


def plain_code(code: str) -> str:
    """Write a code as it is compared, however it was typed."""
    return "".join(letter for letter in code.lower() if letter not in "- ")

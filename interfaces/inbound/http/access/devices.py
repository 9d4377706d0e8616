"""The second factor: enrolling a device, proving it, and giving it up."""

from functools import partial

import anyio.to_thread
import msgspec
from typing_extensions import override

from application.ports.access import Login
from domain.kernel.refusal import NotFound, Refused
from domain.user.commands import RecordTotpDisabled, RecordTotpEnabled
from interfaces.inbound.http.access import codes
from interfaces.inbound.http.access.accounts import Secret, prove_password
from interfaces.inbound.http.access.desk import Attempts, Visit, fresh_key, note, record
from interfaces.inbound.http.access.signing import (
    TOTP_PLACE,
    Code,
    Password,
    right_code,
    totp_secret,
)
from interfaces.inbound.http.problems import Problem


class Enrolment(Secret, frozen=True, kw_only=True):
    """The password: a session that was left open enrols no device."""

    password: Password


class Confirmation(Secret, frozen=True, kw_only=True):
    """A code that the device shows."""

    code: Code


class GivingUp(Secret, frozen=True, kw_only=True):
    """Password and code: whoever has one of them cannot do away with the other."""

    password: Password
    code: Code


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is set up with; told once, in use when a code has confirmed it."""

    secret: str
    address: str
    recovery_codes: list[str]

    @override
    def __repr__(self) -> str:
        """Leave all of it out."""
        return "Device(…)"


async def enrol(visit: Visit, body: Enrolment) -> Device:
    """Make the secret of a device and recovery codes; both count once a code has confirmed them.

    Raises Problem ``sign_in_refused``, ``device_enrolled``.
    """
    login = await prove_password(visit, body.password)
    if login.totp_on:
        raise Problem("device_enrolled")
    services, secret, recovery = visit.services, codes.new_secret(), codes.new_recovery_codes()
    place = (login.subject, f"user:{login.user_id}", TOTP_PLACE, "/secret", secret)
    sealed = await anyio.to_thread.run_sync(partial(services.vault.seal, *place))
    macs = [
        services.secrets.mac("recovery code", login.user_id, codes.plain_code(code))
        for code in recovery
    ]
    await services.access.set_totp(login.user_id, sealed, recovery=macs)
    await note(visit, "device", "begun", login)
    address = codes.address_of(secret, login.user_id)
    return Device(secret=secret, address=address, recovery_codes=recovery)


async def confirm(visit: Visit, body: Confirmation) -> None:
    """Put the device in use. Raises Problem ``sign_in_refused``, ``too_many_attempts``."""
    login = await _own(visit)
    attempts = Attempts(visit, f"device {login.user_id}")
    await attempts.begin()
    secret = await totp_secret(visit, login)
    step = None if secret is None else codes.step_of(secret, body.code, visit.now)
    access = visit.services.access
    if step is None or not await access.spend_step(login.user_id, step, enable=True):
        await note(visit, "device", "refused", login)
        raise Problem("sign_in_refused")
    await attempts.take_back(all_of_them=True)
    # Sessions that were opened with less than is demanded from now on end.
    await access.end_sessions(login.user_id, visit.now, but=visit.member()[1])
    visit.door.keyring.forget()
    told = RecordTotpEnabled(user=login.user_id)
    await record(visit, told, fresh_key("device"), actor=f"subject:{login.subject}")
    await note(visit, "device", "enabled", login)


async def give_up(visit: Visit, body: GivingUp) -> None:
    """Do without the device. Raises Problem ``sign_in_refused``, ``too_many_attempts``."""
    login = await prove_password(visit, body.password)
    attempts = Attempts(visit, f"device {login.user_id}")
    await attempts.begin()
    if not login.totp_on or not await right_code(visit, login, body.code):
        await note(visit, "device", "refused", login)
        raise Problem("sign_in_refused")
    await attempts.take_back(all_of_them=True)
    await visit.services.access.set_totp(login.user_id, None)
    told = RecordTotpDisabled(user=login.user_id)
    await record(visit, told, fresh_key("device"), actor=f"subject:{login.subject}")
    await note(visit, "device", "disabled", login)


async def _own(visit: Visit) -> Login:
    user, _ = visit.member()
    login = await visit.services.access.login_of(user)
    if login is None:
        raise Refused(NotFound(kind="user", identity=user))
    return login

"""Requests of the tale: made, approved, refused, over; keys and grants that come and go."""

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.affiliation.state import IntroduceSubject, JoinTenant, LeaveTenant
from domain.delegation.commands import RevokeDelegation
from domain.kernel.command import Command
from domain.kernel.event import Authorisation
from domain.kernel.roles import Role
from domain.request import commands
from domain.request.authorisation import Words, hash_of
from domain.signatory.state import RegisterSigningKey, RevokeSigningKey
from domain.subject import commands as subject

if TYPE_CHECKING:
    from tests.projections.tale import Tale

ADMINS = ("ann", "abe")


def enter(tale: "Tale", who: str, role: Role) -> None:
    """Let somebody of the staff in."""
    entry = subject.CreateSubject(subject=who, name=who, kind="person", country="GB", roles=(role,))
    steps: dict[str, Command] = {
        "NONE": entry,
        "CREATED": subject.SubmitOnboarding(subject=who),
        "ONBOARDING_SUBMITTED": subject.PassKyc(subject=who, evidence="e"),
        "KYC_PASSED": subject.PassScreening(subject=who, evidence="e"),
        "SCREENING_PASSED": subject.PassRisk(subject=who, evidence="e"),
        "RISK_PASSED": subject.ActivateSubject(subject=who),
    }
    state = "NONE"
    while state in steps:
        tale.system(steps[state])
        state = tale.states[f"subject:{who}"].state


class Signers:
    """People with Ed25519 keys, made of their names."""

    def __init__(self, tale: "Tale") -> None:
        self.tale = tale

    def send(self, who: str, command: Command, *, name: str, hashed: str) -> None:
        """Send a command, signed."""
        log = self.tale.log[0].envelope.log
        words = Words(
            log=log,
            actor=f"subject:{who}",
            action=command.TYPE,
            request=name,
            request_hash=hashed,
            not_after="2030-01-01T00:00:00.000000Z",
        )
        key = _key(who)
        signed = Authorisation(
            public(who), "ed25519", words.not_after, hashed, key.sign(words.text()).hex()
        )
        self.tale.send(f"subject:{who}", "admin", command, authorisation=signed)
        self.tale.run()

    def register(self, who: str) -> None:
        """Register somebody's key."""
        command = RegisterSigningKey(key=public(who), alg="ed25519")
        hashed = hash_of(command.TYPE, {"alg": "ed25519", "key": command.key})
        self.send(who, command, name=command.key, hashed=hashed)

    def grant(self, name: str, grant: str) -> str:
        """Ask for a grant, and tell the hash."""
        data: dict[str, Any] = {
            "sub_admin": "sue",
            "grant": grant,
            "commands": ["subject.create"],
            "queries": ["audit"],
            "until": "2030-01-01T00:00:00.000000Z",
        }
        hashed = hash_of("delegation.grant", data)
        made = commands.MakeRequest(request=name, kind="delegation.grant", data=data, reason="help")
        self.send("ann", made, name=name, hashed=hashed)
        return hashed


def _key(who: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(who.encode().ljust(32))


def public(who: str) -> str:
    """Tell somebody's public key."""
    return _key(who).public_key().public_bytes_raw().hex()


def ask_twice(tale: "Tale") -> None:
    """Tell of every way that a request can end."""
    signers = Signers(tale)
    for who in ADMINS:
        enter(tale, who, "admin")
        signers.register(who)
    enter(tale, "sue", "sub_admin")
    for name, grant in (("give-1", "first"), ("give-2", "first")):
        hashed = signers.grant(name, grant)
        signers.send("abe", commands.ApproveRequest(request=name), name=name, hashed=hashed)
    hashed = signers.grant("give-3", "third")
    no = commands.RejectRequest(request="give-3", reason="too much")
    signers.send("abe", no, name="give-3", hashed=hashed)
    signers.grant("give-4", "fourth")
    end = RevokeDelegation(sub_admin="sue", grant="first", reason="left")
    tale.send("subject:ann", "admin", end)
    lost = RevokeSigningKey(key=public("abe"), reason="lost")
    tale.send("subject:abe", "admin", lost)
    enter(tale, "bree", "broker")
    enter(tale, "paul", "partner")
    for member in ("coppergate", "pennine"):
        tale.system(
            IntroduceSubject(member=member, broker="bree"),
            JoinTenant(member=member, partner="paul"),
        )
    tale.system(LeaveTenant(member="pennine", partner="paul"))
    before, tale.now = tale.now, "2029-01-01T00:00:00.000000Z"
    tale.send("process:timers", "process", commands.ExpireRequest(request="give-4"))
    tale.now = max(before, tale.now)

"""What two persons must want: made, signed, approved by another, decided again (LB1, FX14)."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eth_account import Account
from eth_account.messages import encode_typed_data

from application.signatures import verify
from domain.delegation.commands import RevokeDelegation
from domain.kernel.event import Authorisation
from domain.kernel.refusal import Refused
from domain.kernel.roles import Role
from domain.request import commands
from domain.request.authorisation import Words, hash_of
from domain.request.events import RequestApproved, RequestFailed, RequestMade
from domain.request.state import request_stream
from domain.signatory.state import RegisterSigningKey, RevokeSigningKey
from domain.subject import commands as subject
from domain.subject.events import SubjectUnfrozen
from tests.application.memory_house import LOG
from tests.projections.request_tale import enter
from tests.projections.tale import Tale

LATER = "2026-05-29T00:00:00.000000Z"
UNFREEZE = {"subject": "brunel"}
STAFF: dict[str, Role] = {
    "priya": "compliance",
    "quentin": "mlro",
    "ada": "admin",
    "alan": "admin",
    "sue": "sub_admin",
}


class Office:
    """The tale with staff that signs: Priya with a wallet, everybody else with Ed25519."""

    def __init__(self) -> None:
        self.tale = Tale()
        self.tale.open()
        self.keys = {
            who: Ed25519PrivateKey.from_private_bytes(who.encode().ljust(32)) for who in STAFF
        }
        self.wallet = Account.from_key(b"\x21" * 32)
        for who, role in STAFF.items():
            self.enter(who, role)

    def enter(self, who: str, role: Role) -> None:
        """Let somebody in, and register a key."""
        enter(self.tale, who, role)
        if role == "sub_admin":
            return
        alg, key = self.key(who)
        command = RegisterSigningKey(key=key, alg=alg)
        hashed = hash_of(command.TYPE, {"alg": alg, "key": key})
        signed = self.sign(who, command.TYPE, key, hashed)
        self.tale.send(f"subject:{who}", role, command, authorisation=signed)

    def key(self, who: str) -> tuple[str, str]:
        """Tell somebody's algorithm and public key."""
        if who == "priya":
            return "eip712", self.wallet.address.lower()
        return "ed25519", self.keys[who].public_key().public_bytes_raw().hex()

    def sign(
        self, who: str, action: str, request: str, hashed: str, not_after: str = LATER
    ) -> Authorisation:
        """Sign six values as FORMATS 1 says."""
        alg, key = self.key(who)
        words = Words(
            log=LOG,
            actor=f"subject:{who}",
            action=action,
            request=request,
            request_hash=hashed,
            not_after=not_after,
        )
        if alg == "eip712":
            signable = encode_typed_data(full_message=words.typed_data())
            signature = self.wallet.sign_message(signable).signature.hex().removeprefix("0x")
        else:
            signature = self.keys[who].sign(words.text()).hex()
        return Authorisation(key, alg, not_after, hashed, signature)

    def make(self, who: str, kind: str, data: dict[str, Any], request: str = "r-1") -> str:
        """Make a request and tell its hash."""
        hashed = hash_of(kind, data)
        command = commands.MakeRequest(request=request, kind=kind, data=data, reason="case 7")
        signed = self.sign(who, command.TYPE, request, hashed)
        self.tale.send(f"subject:{who}", STAFF[who], command, authorisation=signed)
        return hashed

    def approve(self, who: str, hashed: str, request: str = "r-1", **changes: Any) -> None:
        """Approve a request, and let follow what follows."""
        command = commands.ApproveRequest(request=request)
        signed = changes.pop("signed", None)
        if signed is None and changes.pop("sign", True):
            signed = self.sign(who, command.TYPE, request, hashed, **changes)
        self.tale.send(f"subject:{who}", STAFF[who], command, authorisation=signed)
        self.tale.run()

    def state(self, request: str = "r-1") -> str:
        """Tell the state of a request."""
        return str(self.tale.states[request_stream(request)].state)


@pytest.fixture
def office() -> Office:
    """An office with a frozen investor."""
    house = Office()
    house.tale.system(subject.FreezeSubject(subject="brunel"))
    return house


def code(caught: pytest.ExceptionInfo[Refused]) -> str:
    """Tell the code of a refusal."""
    return caught.value.refusal.CODE


@pytest.mark.capability("LB1", part="authorisation")
@pytest.mark.capability("FX14", part="two persons")
def test_two_persons_lift_a_freeze_and_both_signatures_stay(office: Office) -> None:
    """Maker and checker sign the same hash; the thaw happens by itself, caused by the approval."""
    hashed = office.make("priya", "subject.unfreeze", UNFREEZE)
    assert office.state() == "REQUESTED"
    assert office.tale.states["subject:brunel"].state != "ACTIVE"
    office.approve("quentin", hashed)
    assert office.state() == "CARRIED_OUT"
    assert office.tale.states["subject:brunel"].state == "ACTIVE"
    made, approved = (
        next(each for each in office.tale.log if isinstance(each.fact, kind))
        for kind in (RequestMade, RequestApproved)
    )
    for event, action in ((made, "request.make"), (approved, "request.approve")):
        shown = event.envelope.authorisation
        assert shown is not None
        assert shown.request_hash == hashed
        words = Words(
            log=LOG,
            actor=event.envelope.actor,
            action=action,
            request="r-1",
            request_hash=hashed,
            not_after=shown.not_after,
        )
        assert verify(shown, words)
    thaw = next(each for each in office.tale.log if isinstance(each.fact, SubjectUnfrozen))
    assert thaw.position > approved.position
    assert thaw.envelope.actor == "process:approving"
    assert not office.tale.refused


def test_one_person_lifts_no_freeze(office: Office) -> None:
    """Not at once, not by approving the own request, not by a second request."""
    with pytest.raises(Refused) as caught:
        office.tale.send("subject:priya", "compliance", subject.UnfreezeSubject(subject="brunel"))
    assert code(caught) == "second_person_needed"
    hashed = office.make("priya", "subject.unfreeze", UNFREEZE)
    with pytest.raises(Refused) as caught:
        office.approve("priya", hashed)
    assert code(caught) == "same_person"
    assert office.state() == "REQUESTED"


def test_who_may_not_do_it_neither_asks_nor_approves(office: Office) -> None:
    """An admin has no say in freezes; compliance none in prices; nobody in what one may alone."""
    with pytest.raises(Refused) as caught:
        office.make("ada", "subject.unfreeze", UNFREEZE)
    assert code(caught) == "not_requestable"
    with pytest.raises(Refused) as caught:
        office.make("priya", "subject.freeze", UNFREEZE)
    assert code(caught) == "not_requestable"
    hashed = office.make("priya", "subject.unfreeze", UNFREEZE)
    with pytest.raises(Refused) as caught:
        office.approve("ada", hashed)
    assert code(caught) == "not_requestable"


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"sign": False}, "authorisation_missing"),
        ({"not_after": "2026-05-19T00:00:00.000000Z"}, "authorisation_invalid"),
        ({"not_after": "tomorrow"}, "authorisation_invalid"),
    ],
)
def test_without_a_signature_that_counts_nothing_is_approved(
    office: Office, changes: dict[str, Any], refused: str
) -> None:
    """It is there, in time and in the form of the log."""
    hashed = office.make("priya", "subject.unfreeze", UNFREEZE)
    with pytest.raises(Refused) as caught:
        office.approve("quentin", hashed, **changes)
    assert code(caught) == refused


def test_a_signature_is_for_one_person_one_deed_and_one_hash(office: Office) -> None:
    """The maker's own, one for a no, one for another request and one with a bit flipped fail."""
    hashed = office.make("priya", "subject.unfreeze", UNFREEZE)
    good = office.sign("quentin", "request.approve", "r-1", hashed)
    flipped = f"{int(good.signature[0], 16) ^ 1:x}{good.signature[1:]}"
    for signed in (
        office.sign("priya", "request.approve", "r-1", hashed),
        office.sign("quentin", "request.reject", "r-1", hashed),
        office.sign("quentin", "request.approve", "r-2", hashed),
        office.sign("quentin", "request.approve", "r-1", "00" * 32),
        Authorisation(good.key, good.alg, good.not_after, good.request_hash, flipped),
        Authorisation(good.key, "eip712", good.not_after, good.request_hash, good.signature),
        Authorisation(good.key, good.alg, good.not_after, good.request_hash, "zz" * 64),
    ):
        with pytest.raises(Refused) as caught:
            office.approve("quentin", hashed, signed=signed)
        assert code(caught) == "authorisation_invalid"
    office.approve("quentin", hashed, signed=good)
    assert office.state() == "CARRIED_OUT"


def test_a_revoked_key_signs_nothing_and_is_nobody_elses(office: Office) -> None:
    """Nor does it come back; and nobody registers a key without its secret part."""
    hashed = office.make("priya", "subject.unfreeze", UNFREEZE)
    alg, key = office.key("quentin")
    office.tale.send("subject:quentin", "mlro", RevokeSigningKey(key=key, reason="lost"))
    with pytest.raises(Refused) as caught:
        office.approve("quentin", hashed)
    assert code(caught) == "authorisation_invalid"
    again = RegisterSigningKey(key=key, alg=alg)
    for who in ("quentin", "ada"):
        hashed = hash_of(again.TYPE, {"alg": alg, "key": key})
        signed = office.sign("quentin", again.TYPE, key, hashed)
        with pytest.raises(Refused) as caught:
            office.tale.send(f"subject:{who}", STAFF[who], again, authorisation=signed)
        assert code(caught) == ("already_exists" if who == "quentin" else "authorisation_invalid")


def test_what_changed_meanwhile_is_decided_again(office: Office) -> None:
    """The subject was declined before the second person came: the request fails, and says why."""
    hashed = office.make("priya", "subject.unfreeze", UNFREEZE)
    office.tale.system(subject.DeclineSubject(subject="brunel"))
    office.approve("quentin", hashed)
    assert office.state() == "FAILED"
    failed = next(e.fact for e in office.tale.log if isinstance(e.fact, RequestFailed))
    assert failed.code == "wrong_state"
    assert office.tale.states["subject:brunel"].state == "DECLINED"


@pytest.mark.parametrize("frozen", ["priya", "quentin"])
def test_a_frozen_maker_or_checker_counts_no_more(office: Office, frozen: str) -> None:
    """Standing is that of the moment of the decision (DESIGN 3)."""
    hashed = office.make("priya", "subject.unfreeze", UNFREEZE)
    office.tale.system(subject.FreezeSubject(subject=frozen))
    with pytest.raises(Refused) as caught:
        office.approve("quentin", hashed)
    assert code(caught) == "subject_paused"


def test_a_request_has_its_time(office: Office) -> None:
    """After five business days nobody approves it; then it is closed."""
    hashed = office.make("priya", "subject.unfreeze", UNFREEZE)
    early = commands.ExpireRequest(request="r-1")
    with pytest.raises(Refused):
        office.tale.send("process:timers", "process", early)
    office.tale.now = "2026-05-28T23:00:00.000001Z"
    with pytest.raises(Refused) as caught:
        office.approve("quentin", hashed)
    assert code(caught) == "request_expired"
    office.tale.send("process:timers", "process", early)
    assert office.state() == "EXPIRED"


def test_a_request_is_taken_back_or_refused(office: Office) -> None:
    """By its maker or by who might approve it; then it is over."""
    for who, request in (("priya", "r-1"), ("quentin", "r-2")):
        hashed = office.make("priya", "subject.unfreeze", UNFREEZE, request)
        reject = commands.RejectRequest(request=request, reason="wrong name")
        signed = office.sign(who, reject.TYPE, request, hashed)
        office.tale.send(f"subject:{who}", STAFF[who], reject, authorisation=signed)
        assert office.state(request) == "REJECTED"
        with pytest.raises(Refused) as caught:
            office.approve("quentin", hashed, request)
        assert code(caught) == "wrong_state"


@pytest.mark.parametrize(
    "data",
    [{}, {"subject": 7}, {"subject": "brunel", "more": 1}, {"subject": "no such name!"}],
)
def test_a_request_for_nonsense_is_not_taken(office: Office, data: dict[str, Any]) -> None:
    """What could never be carried out is refused to its maker, at once."""
    with pytest.raises(Refused) as caught:
        office.make("priya", "subject.unfreeze", data)
    assert code(caught) == "invalid_field"


GRANT = {
    "sub_admin": "sue",
    "grant": "people",
    "commands": ["subject.create"],
    "queries": ["audit"],
    "until": "2026-06-20T00:00:00.000000Z",
}


def entry(who: str, *roles: Role) -> subject.CreateSubject:
    """Wish a new subject."""
    return subject.CreateSubject(
        subject=who, name="New Comer", kind="person", country="GB", roles=roles
    )


@pytest.mark.capability("LB3", part="sub-admins")
def test_a_sub_admin_does_what_was_granted_and_nothing_else(office: Office) -> None:
    """While the grant lasts, while its grantor is an admin, and never more than that."""

    def tries(command: Any) -> str:
        try:
            office.tale.send("subject:sue", "sub_admin", command)
        except Refused as refused:
            return refused.refusal.CODE
        return "done"

    assert tries(entry("one", "seller")) == "not_granted"
    office.approve("alan", office.make("ada", "delegation.grant", GRANT))
    assert office.state() == "CARRIED_OUT"
    assert tries(entry("one", "seller")) == "done"
    assert tries(entry("two", "admin")) == "out_of_scope"
    assert tries(subject.BindWallet(subject="one", address="0x" + "11" * 20)) == "not_granted"
    assert tries(RevokeDelegation(sub_admin="sue", grant="people", reason="x")) == "role_forbidden"
    made = commands.MakeRequest(request="r-9", kind="delegation.grant", data=GRANT, reason="more")
    assert tries(made) == "role_forbidden"
    office.tale.system(subject.FreezeSubject(subject="ada"))
    assert tries(entry("three", "seller")) == "not_granted"


def test_a_grant_ends(office: Office) -> None:
    """By its revocation and by its time; a frozen sub-admin has none."""
    later = {**GRANT, "grant": "second"}
    office.approve("alan", office.make("ada", "delegation.grant", GRANT))
    end = RevokeDelegation(sub_admin="sue", grant="people", reason="left the team")
    office.tale.send("subject:alan", "admin", end)
    with pytest.raises(Refused) as caught:
        office.tale.send("subject:sue", "sub_admin", entry("one", "seller"))
    assert code(caught) == "not_granted"
    office.approve("alan", office.make("ada", "delegation.grant", later, "r-2"), "r-2")
    office.tale.send("subject:sue", "sub_admin", entry("one", "seller"))
    office.tale.now = GRANT["until"]  # type: ignore[assignment]
    with pytest.raises(Refused) as caught:
        office.tale.send("subject:sue", "sub_admin", entry("two", "seller"))
    assert code(caught) == "not_granted"


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"commands": ["apikey.issue"]}, "not_delegable"),
        ({"commands": ["delegation.grant"]}, "not_delegable"),
        ({"queries": ["delegations"]}, "not_delegable"),
        ({"commands": [], "queries": []}, "invalid_field"),
        ({"until": "2026-05-01T00:00:00.000000Z"}, "invalid_field"),
        ({"sub_admin": "ada"}, "role_missing"),
        ({"sub_admin": "pennine"}, "role_missing"),
    ],
)
def test_no_admin_hands_on_what_is_not_to_be_handed_on(
    office: Office, changes: dict[str, Any], failed: str
) -> None:
    """Neither keys nor grants, nor anything to who is no sub-admin."""
    wanted = {name: value for name, value in {**GRANT, **changes}.items() if value}
    office.approve("alan", office.make("ada", "delegation.grant", wanted))
    assert office.state() == "FAILED"
    fact = next(e.fact for e in office.tale.log if isinstance(e.fact, RequestFailed))
    assert fact.code == failed

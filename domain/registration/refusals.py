"""Why a registration or a code is not taken."""

from domain.kernel.refusal import Refusal


class CodeWrong(Refusal, frozen=True, kw_only=True):
    """The code is wrong, was used, is too old, or was tried too often; nobody is told which."""

    CODE = "code_wrong"
    KIND = "invalid"
    FIELD = "code"
    SENTENCE = "This code does not work; ask for another one."


class EmailTaken(Refusal, frozen=True, kw_only=True):
    """Another subject has this address; only who enters subjects is told so."""

    CODE = "email_taken"
    FIELD = "email"
    SENTENCE = "Another subject has this e-mail address."


class CodesExhausted(Refusal, frozen=True, kw_only=True):
    """Codes were asked for too quickly or too often."""

    CODE = "codes_exhausted"
    SENTENCE = "Too many codes were sent; ask again at {at}."

    at: str


class RoleNotOpen(Refusal, frozen=True, kw_only=True):
    """Nobody takes this role by registering."""

    CODE = "role_not_open"
    KIND = "invalid"
    FIELD = "roles"
    SENTENCE = "Nobody registers as {role}; that role is given."

    role: str

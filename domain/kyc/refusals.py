"""Why an application is not taken or not decided."""

from domain.kernel.refusal import Refusal


class KycOpen(Refusal, frozen=True, kw_only=True):
    """The subject has an application that nobody has decided yet."""

    CODE = "kyc_open"
    SENTENCE = "The application {application} is still open; wait for its decision."

    application: str


class OwnApplication(Refusal, frozen=True, kw_only=True):
    """Nobody decides about themselves."""

    CODE = "own_application"
    KIND = "forbidden"
    SENTENCE = "{application} is your own application; another reviewer must look at it."

    application: str


class KycDocumentUnknown(Refusal, frozen=True, kw_only=True):
    """The subject has uploaded no document with this digest."""

    CODE = "kyc_document_unknown"
    KIND = "invalid"
    FIELD = "documents"
    SENTENCE = "You have uploaded no document {digest}; upload it first."

    digest: str

"""Why a business may not be registered, or may not act."""

from domain.kernel.refusal import Refusal


class KycLevelTooLow(Refusal, frozen=True, kw_only=True):
    """The issuer is not known well enough to register a business."""

    CODE = "kyc_level_too_low"
    KIND = "forbidden"
    SENTENCE = "{subject} has KYC level {level}; registering a business needs {needed}."

    subject: str
    level: int
    needed: int


class BusinessRegisteredAlready(Refusal, frozen=True, kw_only=True):
    """The company's registration number is taken in its country."""

    CODE = "business_registered_already"
    SENTENCE = (
        "A business with the registration number {registration_number} of {country} is"
        " registered already."
    )

    registration_number: str
    country: str


class BusinessNotActive(Refusal, frozen=True, kw_only=True):
    """Only an active business may make tokens."""

    CODE = "business_not_active"
    SENTENCE = "The business {business} is {state}; only an active one may make tokens."

    business: str
    state: str

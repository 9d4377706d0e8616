"""All process managers of the house, in the order of the story."""

from typing import Final

from application.processes import approving, financing, intake, pausing, secondary, tokenisation
from application.processes.manager import ProcessManager
from application.processes.onboarding import ONBOARDING, REVIEWING, STANDING

PROCESSES: Final[tuple[ProcessManager, ...]] = (
    approving.APPROVING,
    intake.VERIFICATION,
    intake.CORRESPONDENCE,
    ONBOARDING,
    REVIEWING,
    STANDING,
    tokenisation.IDENTITIES,
    tokenisation.TOKENISATION,
    financing.FUNDING,
    secondary.TRADING,
    financing.SETTLEMENT,
    financing.CLOSING,
    tokenisation.ANCHORING,
    pausing.MARKET,
    pausing.CASES,
)

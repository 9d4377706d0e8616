"""All process managers of the house, in the order of the story."""

from typing import Final

from application.processes import financing, intake, secondary, tokenisation
from application.processes.manager import ProcessManager

PROCESSES: Final[tuple[ProcessManager, ...]] = (
    intake.VERIFICATION,
    intake.CORRESPONDENCE,
    tokenisation.IDENTITIES,
    tokenisation.TOKENISATION,
    financing.FUNDING,
    secondary.TRADING,
    financing.SETTLEMENT,
    financing.CLOSING,
    tokenisation.ANCHORING,
)

"""The provider that is always there: people at the queue."""

from application.ports.checks import Applicant, Taken
from domain.check.events import Provider


class ByHand:
    """Leaves a check to the reviewers, who see it in their queue."""

    name: Provider = "manual"

    def check(self, applicant: Applicant) -> Taken | None:
        """Do nothing: the check is a work item already."""
        del applicant
        return None

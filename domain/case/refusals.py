"""Why a case says no; these sentences are for compliance only."""

from domain.kernel.refusal import Refusal


class CaseUnfinished(Refusal, frozen=True, kw_only=True):
    """The pause cannot be lifted before its record is finished."""

    CODE = "review_unfinished"
    SENTENCE = "The review of {subject} is not finished."

    subject: str

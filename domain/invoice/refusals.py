"""Why an invoice says no."""

from domain.kernel.refusal import Refusal


class AlreadyFinanced(Refusal, frozen=True, kw_only=True):
    """The same invoice, or the same document, was submitted before."""

    CODE = "invoice_already_submitted"
    SENTENCE = "This invoice was submitted already as {invoice}; it cannot be financed twice."

    invoice: str


class DueInThePast(Refusal, frozen=True, kw_only=True):
    """The due date is not after today."""

    CODE = "due_date_in_the_past"
    KIND = "invalid"
    FIELD = "due"
    SENTENCE = "The due date {due} is not after {today}; only open invoices can be financed."

    due: str
    today: str


class LinkUsed(Refusal, frozen=True, kw_only=True):
    """The confirmation link has done its work."""

    CODE = "link_already_used"
    SENTENCE = "This link was used already; {invoice} is {state}."

    invoice: str
    state: str


class LinkExpired(Refusal, frozen=True, kw_only=True):
    """The confirmation link is too old."""

    CODE = "link_expired"
    KIND = "gone"
    SENTENCE = "This link expired at {expires_at}; ask the seller to submit {invoice} again."

    invoice: str
    expires_at: str


class LinkUnknown(Refusal, frozen=True, kw_only=True):
    """The link is not the one that was sent."""

    CODE = "link_unknown"
    KIND = "forbidden"
    SENTENCE = "This is not the link that was sent for {invoice}."

    invoice: str


class PriceChanged(Refusal, frozen=True, kw_only=True):
    """The lender accepted another price than the listed one."""

    CODE = "price_changed"
    SENTENCE = "{invoice} is listed at {listed_bps} basis points, not at {accepted_bps}."

    invoice: str
    listed_bps: int
    accepted_bps: int


class ReminderSent(Refusal, frozen=True, kw_only=True):
    """This reminder went out before."""

    CODE = "reminder_already_sent"
    SENTENCE = "The reminder {kind} for {invoice} was sent already."

    invoice: str
    kind: str


class WrongAmount(Refusal, frozen=True, kw_only=True):
    """What arrived is not what is owed."""

    CODE = "wrong_amount"
    SENTENCE = "{invoice} is due {due} minor units, {received} arrived."

    invoice: str
    due: int
    received: int


class HoldersIncomplete(Refusal, frozen=True, kw_only=True):
    """The list of holders does not add up to the supply."""

    CODE = "holders_incomplete"
    SENTENCE = "The holders of {token} hold {listed} units together, the supply is {supply}."

    token: str
    listed: int
    supply: int


class HoldersChanged(Refusal, frozen=True, kw_only=True):
    """The list of holders is older than the books: units have moved since it was read."""

    CODE = "holders_changed"
    SENTENCE = (
        "{holder} holds {held} units of {token}, not {listed} as the list says; read it anew."
    )

    token: str
    holder: str
    held: int
    listed: int

"""The texts of our mails (002, FX16), plain and short.

Amounts, dates and names come as text that is ready to read. The link of C1 is a secret: it is
filled in when the mail is sent and stands neither on the log nor in a view.
"""

import string
from collections.abc import Mapping
from typing import Final

import msgspec


class Template(msgspec.Struct, frozen=True):
    """A subject and a text with named places."""

    subject: str
    text: str

    @property
    def fields(self) -> frozenset[str]:
        """The names of the places that must be filled."""
        parsed = string.Formatter().parse(self.subject + self.text)
        return frozenset(name for _, name, _, _ in parsed if name)


TEMPLATES: Final[Mapping[str, Template]] = {
    "A1": Template(
        "Your invitation to Tallystick",
        """Hello,

you have been given access to Tallystick under this address. Please choose a password here:

{link}

The link is meant for you alone, works once, and expires on {expires}. If you did not expect this
mail, you need not do anything.
""",
    ),
    "A2": Template(
        "A new password for Tallystick",
        """Hello,

somebody, most likely you, asked for a new password for this address. Please choose it here:

{link}

The link works once and expires on {expires}. If it was not you, you need not do anything: without
the link nothing changes.
""",
    ),
    "C1": Template(
        "Please confirm invoice {invoice} from {seller}",
        """Hello {buyer},

{seller} asks us to finance invoice {invoice} over {amount}, due on {due}.

Before anybody lends against it, we need your word that the goods or services were delivered and
that you will pay the invoice in full on its due date. Please look at it here and confirm it, or
tell us what is wrong:

{link}

The link is meant for you alone, works once, and expires on {expires}. If you did not expect this
mail, do not confirm; a dispute on the same page reaches our compliance team.
""",
    ),
    "S4": Template(
        "{buyer} confirmed invoice {invoice}: finding a lender",
        """Hello {seller},

{buyer} has confirmed invoice {invoice} over {amount}. It is now on the marketplace, where lenders
can fund it. There is nothing for you to do; we write again when the money is on its way.
""",
    ),
    "S6": Template(
        "{amount} for invoice {invoice} is in your account",
        """Hello {seller},

Your bank has received {amount} for invoice {invoice}. Our fee is taken off already. {buyer} pays
the invoice to us when it falls due; you need not chase it.
""",
    ),
    "C4_seven_days": Template(
        "Invoice {invoice} is due in 7 days",
        """Hello {buyer},

Invoice {invoice} of {seller} over {amount} is due on {due}, in seven days. Please pay it to

    account    {account}
    reference  {invoice}

The reference lets us match your payment. If it is on its way already, thank you.
""",
    ),
    "C4_due_day": Template(
        "Invoice {invoice} is due today",
        """Hello {buyer},

Invoice {invoice} of {seller} over {amount} is due today, {due}. Please pay it to

    account    {account}
    reference  {invoice}

The reference lets us match your payment. If it is on its way already, thank you.
""",
    ),
    "email_code": Template(
        "Your code for Tallystick",
        """Hello {name},

somebody, most likely you, registered with this address. The code is

    {code}

It works once, until {expires}. If it was not you, do nothing.
""",
    ),
    "mobile_code": Template(
        "Your code for Tallystick",
        """{code} is your code for Tallystick. Nobody of ours ever asks for it.
""",
    ),
    "already_registered": Template(
        "Somebody tried to register with your details",
        """Hello {name},

somebody tried to register with your {what}, which is registered already. If it was you: sign in
instead, or ask for another password. If not, you need not do anything; they were told nothing.
""",
    ),
    "closeout_seller": Template(
        "Invoice {invoice} is settled",
        """Hello {name},

{buyer} has paid invoice {invoice} over {amount} in full. It is settled, its token is retired, and
nothing more is owed. The record is anchored and can be proved at any time.
""",
    ),
    "closeout_buyer": Template(
        "Thank you: invoice {invoice} is settled",
        """Hello {name},

Your payment of {amount} for invoice {invoice} of {seller} has arrived. The invoice is settled and
nothing more is owed.
""",
    ),
    "closeout_lender": Template(
        "Invoice {invoice} has paid out {received}",
        """Hello {name},

Invoice {invoice} over {amount} was paid in full at maturity. Your part, {received}, is in your cash
account, and the token is retired. The record is anchored and can be proved at any time.
""",
    ),
    "kyc_submitted": Template(
        "Application {application} waits for review",
        """Hello {name},

A new application to be known, {application}, is in the review queue. Whoever looks at it first
takes it on; the oldest come first.
""",
    ),
    "closeout_investor": Template(
        "Your part of invoice {invoice} has paid out {received}",
        """Hello {name},

Invoice {invoice} over {amount} was paid in full at maturity. For the part that you hold, {received}
is in your cash account, and the token is retired. The record is anchored and can be proved at any
time.
""",
    ),
}


class UnknownTemplate(LookupError):
    """There is no template of this name."""


class FieldsMissing(ValueError):
    """A template was not given all that it needs; the text names what is missing."""


def render(template: str, fields: Mapping[str, str]) -> tuple[str, str]:
    """Fill a template; return subject and text. Fields that it does not use are left out.

    Raises UnknownTemplate, FieldsMissing.
    """
    found = TEMPLATES.get(template)
    if found is None:
        raise UnknownTemplate(template)
    missing = sorted(name for name in found.fields if not fields.get(name, "").strip())
    if missing:
        raise FieldsMissing(f"{template} needs {', '.join(missing)}")
    # A line break in a value must not become a header line, nor a line of ours.
    plain = {name: " ".join(value.split()) for name, value in fields.items()}
    return found.subject.format_map(plain), found.text.format_map(plain)

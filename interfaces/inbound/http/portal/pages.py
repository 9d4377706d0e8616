"""The buyer's pages as text: plain HTML, no script, everything from outside escaped."""

from html import escape
from typing import Final

import msgspec

from domain.kernel.money import Money, plain
from interfaces.inbound.http.static import address

HTML: Final = "text/html; charset=utf-8"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer is asked about."""

    number: str
    seller: str
    buyer: str
    face: Money
    issued: str
    due: str
    expires_at: str


def question_page(facts: Facts, token: str) -> str:
    """Ask whether the invoice is owed."""
    hidden = f'<input type="hidden" name="token" value="{escape(token)}">'
    action = f'action="/buyer/confirm/{escape(facts.number)}"'
    expires = f"{facts.expires_at[:10]} {facts.expires_at[11:16]} UTC"
    return page(
        "Please confirm this invoice",
        f"""<p class="lead">{escape(facts.seller)} asks for early payment of an invoice to
{escape(facts.buyer)}. Please tell us whether it is right.</p>
<p class="amount">{escape(plain(facts.face))}</p>
<dl>
<dt>Invoice</dt><dd>{escape(facts.number)}</dd>
<dt>From</dt><dd>{escape(facts.seller)}</dd>
<dt>To</dt><dd>{escape(facts.buyer)}</dd>
<dt>Issued</dt><dd>{escape(facts.issued)}</dd>
<dt>Due</dt><dd>{escape(facts.due)}</dd>
</dl>
<form method="post" {action}>{hidden}
<p>By confirming you say that {escape(facts.buyer)} owes this amount and will pay it in full on
the due date.</p>
<button class="yes" name="answer" value="confirm">Confirm this invoice</button>
</form>
<details>
<summary>Something is wrong with it</summary>
<form method="post" {action}>{hidden}
<label for="reason">What is wrong?</label>
<textarea id="reason" name="reason" rows="3" maxlength="500" required></textarea>
<button class="no" name="answer" value="dispute">Dispute this invoice</button>
</form>
</details>
<p class="small">Opening this page does nothing by itself. The link works once, until
{escape(expires)}; do not pass it on.</p>""",
    )


def password_page(token: str, wrong: str = "") -> str:
    """Ask for a password."""
    told = f'<p class="lead">{escape(wrong)}</p>' if wrong else ""
    return page(
        "Choose a password",
        f"""{told}<p>At least twelve characters; several words that do not belong together are best.
Nobody at Tallystick will ever ask you for it.</p>
<form method="post" action="/password">
<input type="hidden" name="token" value="{escape(token)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12"
 maxlength="128" required>
<button class="yes">Set this password</button>
</form>
<p class="small">The link in your mail works once. All open sessions end when the password is
set.</p>""",
    )


def notice_page(title: str, sentence: str) -> str:
    """Tell one thing."""
    return page(title, f'<p class="lead">{escape(sentence)}</p>')


def page(title: str, content: str) -> str:
    """Write a page around its content, which must be escaped."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)} · Tallystick</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{escape(address("portal.css"))}">
</head>
<body>
<header>Tallystick</header>
<main>
<h1>{escape(title)}</h1>
{content}
</main>
<footer>Every answer is kept on an append-only record that anybody can check.</footer>
</body>
</html>
"""

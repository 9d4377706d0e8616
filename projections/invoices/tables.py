"""The tables of the view."""

from typing import Final

from projections.view import Table

INVOICES: Final = Table(
    "invoices",
    ("number",),
    (
        "state",
        "seller",
        "buyer",
        "face_amount",
        "currency",
        "issued",
        "due",
        "document",
        "failures",
        "reason",
        "link",
        "link_expires_at",
        "token",
        "units",
        "discount_bps",
        "advance_amount",
        "fee_amount",
        "lender",
        "payment",
        "receipt",
        "reminders",
        "submitted_at",
        "updated_at",
        "position",
        "last_position",
    ),
)

TIMELINE: Final = Table(
    "timeline",
    ("invoice", "position"),
    ("at", "actor", "type", "stream", "state", "transaction", "correlation"),
)

FOLLOWED: Final = Table("followed", ("stream",), ("invoice", "state", "pending"))

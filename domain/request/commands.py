"""What somebody may wish about a request."""

from typing import Any

from domain.kernel.command import Command


class MakeRequest(Command, frozen=True, kw_only=True):
    """Ask that a command, given by its type and its fields, is carried out."""

    TYPE = "request.make"
    request: str
    kind: str
    data: dict[str, Any]
    reason: str


class ApproveRequest(Command, frozen=True, kw_only=True):
    """Agree with a request of somebody else."""

    TYPE = "request.approve"
    request: str


class RejectRequest(Command, frozen=True, kw_only=True):
    """Say no, or take the own request back."""

    TYPE = "request.reject"
    request: str
    reason: str


class ExpireRequest(Command, frozen=True, kw_only=True):
    """Close a request that nobody has answered in time."""

    TYPE = "request.expire"
    request: str


class CarryOutRequest(Command, frozen=True, kw_only=True):
    """Do what was approved, if it is still possible."""

    TYPE = "request.carry_out"
    request: str

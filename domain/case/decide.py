"""Decisions about cases."""

import re
from hashlib import sha256
from typing import Final

from domain.case import commands, events
from domain.case.refusals import CaseUnfinished
from domain.case.state import Case
from domain.case.workflow import CASE_WORKFLOW
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, NotFound, Refusal
from domain.kernel.sealed import Sealed

Decision = list[Event] | Refusal
Conclusion = (
    commands.ClearCase | commands.RequireReport | commands.EscalateCase | commands.FileReport
)

KINDS: Final = ("screening", "pretrade", "dispute", "review")
"""What leads to a case: a list delta (E3), a pre-trade answer (E4), a dispute (E1), anything."""

CASE_NAME: Final = re.compile(r"[0-9a-f]{32}")


def name_from(box: Sealed) -> str:
    """Name a case after a sealed box: nobody who cannot see the box can guess the name."""
    return sha256(f"{box.nonce}.{box.box}".encode()).hexdigest()[:32]


def open_case(state: Case, command: commands.OpenCase) -> Decision:
    """Begin a record."""
    if CASE_NAME.fullmatch(command.case) is None:
        return InvalidField(field="case", reason="must be 32 hex digits that nobody can guess")
    if command.kind not in KINDS:
        return InvalidField(field="kind", reason=f"must be one of {', '.join(KINDS)}")
    if refusal := CASE_WORKFLOW.refuse(command.case, state.state, command.TYPE):
        return refusal
    return [
        events.CaseOpened(
            subject=command.subject,
            kind=command.kind,
            reference=command.reference,
            reason=command.reason,
        )
    ]


def conclude(state: Case, case: str, command: Conclusion) -> Decision:
    """Take one of the steps behind the opening; who names a subject means a record on that one."""
    about = None if isinstance(command, commands.EscalateCase) else command.subject
    if state.state == CASE_WORKFLOW.start or about not in {None, state.subject}:
        return NotFound(kind="case", identity=case)
    if refusal := CASE_WORKFLOW.refuse(case, state.state, command.TYPE):
        return refusal
    match command:
        case commands.ClearCase():
            return [events.CaseCleared(finding=command.finding)]
        case commands.RequireReport():
            return [events.ReportDue(finding=command.finding)]
        case commands.EscalateCase():
            return [events.CaseEscalated(to="mlro_deputy")]
        case commands.FileReport():
            return [events.CaseReported(reference=command.reference)]


def refuse_unfinished(state: Case) -> Refusal | None:
    """Say why the pause of a case's subject cannot be lifted: a report is still due."""
    if state.state in {"REPORT_DUE", "ESCALATED"}:
        return CaseUnfinished(subject=state.subject)
    return None

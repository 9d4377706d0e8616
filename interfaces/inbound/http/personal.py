"""Personal data at the doors: opened for whoever may read it, never kept."""

from collections.abc import Callable
from functools import partial

import anyio.to_thread

from application.ports.world import KeyErased, Vault
from domain.kernel.sealed import ERASED, Sealed
from domain.subject.events import SubjectCreated
from domain.subject.state import subject_stream
from interfaces.inbound.http.visibility import Principal
from projections.subjects.queries import SubjectRow


def may_open(principal: Principal, subject: str) -> bool:
    """Say whether somebody may read a subject's personal data: itself, and who works its file."""
    return principal.subject == subject or principal.role in _READERS


_READERS = frozenset({"admin", "compliance", "mlro", "mlro_deputy", "kyc_reviewer"})


async def name_of(vault: Vault, row: SubjectRow) -> str:
    """Tell the name of a subject. Raises StoreUnavailable."""
    if row.name_box is None:
        return row.name or ""
    return await _opened(vault, row, row.name_box, "/name")


async def bank_account_of(vault: Vault, row: SubjectRow) -> str | None:
    """Tell the bank account of a subject. Raises StoreUnavailable."""
    if row.bank_account_box is None:
        return row.bank_account
    return await _opened(vault, row, row.bank_account_box, "/bank_account")


async def email_of(vault: Vault, row: SubjectRow) -> str | None:
    """Tell the e-mail address of a subject. Raises StoreUnavailable."""
    return None if row.email is None else await _opened(vault, row, row.email, "/email")


async def _opened(vault: Vault, row: SubjectRow, sealed: Sealed, pointer: str) -> str:
    stream = subject_stream(row.subject)
    work = partial(vault.open, sealed, stream, SubjectCreated.TYPE, pointer)
    try:
        return await anyio.to_thread.run_sync(work)
    except KeyErased:
        return ERASED


def sealer(vault: Vault, subject: str) -> Callable[[str, str], Sealed]:
    """Make what seals the parts of a subject's first event, each by its pointer."""
    return partial(vault.seal, subject, subject_stream(subject), SubjectCreated.TYPE)

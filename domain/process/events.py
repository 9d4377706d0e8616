"""What happened to a process manager's command."""

from domain.kernel.event import Event


class ProcessRefused(Event, frozen=True, kw_only=True):
    """A command that a process derived from ``cause`` was refused; somebody must look."""

    TYPE = "process.refused"
    process: str
    cause: int
    command_type: str
    code: str
    sentence: str


EVENTS = (ProcessRefused,)

"""Finds the running stack, so that a verb needs no addresses."""

from pathlib import Path

import msgspec

from interfaces.settings import Settings, read_settings
from interfaces.supervisor import Stack, stack_file


class NothingRuns(Exception):
    """No stack is up here; the text says how to start one."""


def running(data: Path | None = None) -> Settings:
    """Tell the settings of the stack that is up; raises NothingRuns.

    A database that is named by the environment needs no stack of ours.
    """
    settings = read_settings()
    if data is not None:
        settings = msgspec.structs.replace(settings, data=data)
    file = stack_file(settings.data)
    if file.is_file():
        stack = msgspec.json.decode(file.read_bytes(), type=Stack)
        return read_settings(stack.settings)
    if settings.database_url:
        return settings
    message = f"nothing runs under {settings.data}: start it with 'make serve' first"
    raise NothingRuns(message)

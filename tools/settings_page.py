"""Writes the README's table of settings from the settings themselves; a test compares the two."""

import ast
import inspect
import itertools
from pathlib import Path
from typing import Final

import msgspec

from interfaces import settings
from interfaces.settings import PREFIX, Settings

README: Final = Path(__file__).resolve().parent.parent / "README.md"
BEGIN: Final = "<!-- settings: written by python -m tools.settings_page -->\n"
END: Final = "<!-- end of settings -->\n"


def table() -> str:
    """Write one row for each setting: name, default, meaning."""
    meanings = _meanings()
    rows = [
        f"| `{PREFIX}{field.name.upper()}` | {_default(field)} | {meanings[field.name]} |"
        for field in msgspec.structs.fields(Settings)
    ]
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *rows]) + "\n"


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default
    return "" if value is None or value == "" else f"`{value}`"


def _meanings() -> dict[str, str]:
    """Read the text below each field."""
    body = next(
        node
        for node in ast.parse(inspect.getsource(settings)).body
        if isinstance(node, ast.ClassDef) and node.name == Settings.__name__
    ).body
    found: dict[str, str] = {}
    for field, text in itertools.pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            found[field.target.id] = " ".join(str(text.value.value).replace("``", "`").split())
    return found


def written(page: str) -> str:
    """Put today's table into a page that has its place. Raises ValueError without one."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        message = "the page has no place for the settings"
        raise ValueError(message)
    return f"{head}{BEGIN}{table()}{END}{tail}"


def main() -> None:
    """Write it into the README."""
    README.write_text(written(README.read_text()))


if __name__ == "__main__":
    main()

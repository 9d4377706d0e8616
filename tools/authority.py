"""Writes ``application/AUTHORITY.md``: who may do and ask what, from the tables the code runs on.

The tables decide; the page only shows them.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from application.authority import COMMAND_ROLES, QUERY_ROLES
from application.scopes import MEANING, Rights, Scope
from domain.kernel.roles import ROLES, SOURCE, Role

PAGE: Final = Path(__file__).resolve().parent.parent / "application" / "AUTHORITY.md"

INTRODUCTION: Final = (
    "Written by `python -m tools.authority` from `authority.py`; the table decides. What"
    " stands nowhere is refused. A letter opens the door; whether the thing is the actor's"
    " and whether its standing allows it now is decided with the thing's state."
)

LETTERS: Final[dict[Scope, str]] = {
    "all": "A",
    "own": "o",
    "public": "p",
    "pipeline": "l",
    "tenant": "t",
    "granted": "g",
    "request": "2",
}
SHOWN: Final[tuple[Role, ...]] = tuple(role for role in ROLES if role != "process")
HEADS: Final[dict[Role, str]] = {
    "kyc_reviewer": "KYC reviewer",
    "mlro": "MLRO",
    "mlro_deputy": "MLRO deputy",
    "transfer_agent": "transfer agent",
    "sub_admin": "sub-admin",
}


def page() -> str:
    """Write the whole page."""
    commands = {command.TYPE: rights for command, rights in COMMAND_ROLES.items()}
    system = sorted(name for name, rights in commands.items() if set(rights) == {"process"})
    people = {name: rights for name, rights in commands.items() if set(rights) != {"process"}}
    parts = [
        "# Who may do and ask what",
        INTRODUCTION,
        _table(("letter", "reach"), ((LETTERS[scope], text) for scope, text in MEANING.items())),
        "## Roles",
        _table(("role", "source"), ((_head(role), SOURCE[role]) for role in ROLES)),
        "## Commands",
        _rights(people),
        "The system alone sends: " + ", ".join(f"`{name}`" for name in system) + ".",
        "## Questions",
        _rights(QUERY_ROLES),
    ]
    return "\n\n".join(parts) + "\n"


def _head(role: Role) -> str:
    return HEADS.get(role, role)


def _rights(rows: Mapping[str, Rights]) -> str:
    heads = ("", *map(_head, SHOWN))
    return _table(
        heads,
        (
            (f"`{name}`", *(_letter(rows[name].get(role)) for role in SHOWN))
            for name in sorted(rows)
        ),
    )


def _letter(scope: Scope | None) -> str:
    return "" if scope is None else LETTERS[scope]


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page())

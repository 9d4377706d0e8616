"""The verb `tally schema`: everything that outsiders may build against, as files."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from interfaces.inbound.http.reference.schemas import files

FOLDER: Final = Path(".tallystick/schema")

console = Console()


def schema(
    folder: Annotated[Path, typer.Argument(help="Where the files go; made when missing.")] = FOLDER,
) -> None:
    """Write JSON Schemas of all events and commands, AsyncAPI, OpenAPI and GraphQL."""
    made = files()
    for name, content in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    console.print(f"{len(made)} files in {folder}; index.json lists them", soft_wrap=True)

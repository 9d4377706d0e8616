"""The second verifier as a page of its own: one file that works from a disk, without a network.

The page is the verifier `tools/verify.mjs` and a place to drop files on; it is written where it is
wanted, never kept beside its sources.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from tools import verify

VERIFIER: Final = Path(verify.__file__).with_suffix(".mjs")
TEMPLATE: Final = Path(__file__).with_name("page.html")
PLACE: Final = "/* verifier */"


def page() -> str:
    """Give the whole page as HTML; it contains the verifier and loads nothing."""
    source = VERIFIER.read_text("utf-8").partition("\n")[2]  # the first line is for a shell
    return TEMPLATE.read_text("utf-8").replace(PLACE, source)


def write_page(
    file: Annotated[Path, typer.Argument(help="Where the page goes.")] = Path("verify.html"),
) -> None:
    """Write the page that verifies dropped bundles in a browser, offline."""
    file.write_text(page(), "utf-8")
    print(f"{file}: open it in any current browser; it needs no network")

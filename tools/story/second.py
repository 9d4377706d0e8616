"""The second verifier's word on what the story left: the JavaScript one, and its page."""

import json
import subprocess
from pathlib import Path
from typing import Final

from interfaces.settings import Settings
from tools.story.errors import StoryError
from tools.verifypage import VERIFIER, page

SECONDS_MAX: Final = 120.0


def verify_again(folder: Path, settings: Settings, events: int, anchored: int) -> int:
    """Verify feed and bundles once more with `verify.mjs`; tells how many events.

    Raises StoryError when it answers anything but ``ok``. The page that does the same in a
    browser is left beside the results.
    """
    (folder / "verify.html").write_text(page(), "utf-8")
    trust = ["--trust", str(folder / "trust.json")]
    checkpoint = ["--checkpoint", str(folder / "checkpoint")]
    verify_by_second([str(folder / "feed.ndjson"), *trust, *checkpoint], "the whole feed")
    under = join(folder, "anchored", range(1, anchored + 1))
    verify_by_second(
        [str(under), *trust, "--rpc", settings.chain_url], f"positions 1 to {anchored}"
    )
    if anchored < events:
        behind = join(folder, "checkpointed", range(anchored + 1, events + 1))
        verify_by_second([str(behind), *trust], f"positions {anchored + 1} to {events}")
    return events


def join(folder: Path, name: str, positions: range) -> Path:
    """Write the bundles of some positions into one file, a line each."""
    file = folder / f"{name}.ndjson"
    bundles = (folder / "evidence" / f"{position}.json" for position in positions)
    lines = [json.dumps(json.loads(each.read_text("utf-8"))) + "\n" for each in bundles]
    file.write_text("".join(lines), "utf-8")
    return file


def verify_by_second(arguments: list[str], what: str) -> None:
    """Let `verify.mjs` judge a file; raises StoryError when it says anything but ``ok``."""
    done = subprocess.run(
        ["node", str(VERIFIER), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    if done.returncode:
        message = f"{what}: the second verifier says {done.stdout.strip()}{done.stderr.strip()}"
        raise StoryError(message)

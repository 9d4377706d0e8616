"""The README's examples work as pasted."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from interfaces.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
START_SECONDS = 120
EXAMPLES_SECONDS = 240  # each verb is a process of its own: some seconds on a busy machine


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, dict[str, str]]]:
    """Run what `make serve` runs, on another port and in a folder of its own."""
    folder = tmp_path_factory.mktemp("readme")
    environment = {
        **os.environ,
        "TALLYSTICK_DATA": str(folder / "data"),
        "TALLYSTICK_PORT": "0",
        "COLUMNS": "200",
    }
    command = [sys.executable, "-m", "tools.tally", "serve"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"Tallystick is up at (\S+)", line):
                break
        else:
            pytest.fail("".join(said))
        try:
            yield found.group(1), environment
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            assert process.wait(START_SECONDS) == 0, rest
            assert "stopped; the data are kept" in rest
            assert (folder / "data" / "postgres").is_dir()


@pytest.mark.postgres
@pytest.mark.chain
@pytest.mark.slow
def test_the_examples_work_as_pasted(served: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    """All bash blocks, one after the other in one shell, with only the port and folder changed."""
    url, environment = served
    (tmp_path / "tools").symlink_to(ROOT / "tools")
    script = "set -eu -o pipefail\n" + "\n".join(BLOCKS)
    script = script.replace("http://127.0.0.1:8420", url)
    script = script.replace(".tallystick/data", environment["TALLYSTICK_DATA"])
    script = script.replace("uv run tally", f"{sys.executable} -m tools.tally")
    done = subprocess.run(
        [shutil.which("bash") or "bash", "-c", script],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=EXAMPLES_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert '"acme"' in done.stdout
    assert '"viewer"' in done.stdout
    assert done.stdout.count('"paging_token"') == 3
    assert done.stdout.count("ok") >= 2
    assert "ok: 3 bundles under 1 checkpoints" in done.stdout
    assert "events are back and hold together" in done.stdout
    assert "1 keys are back, 0 stay destroyed" in done.stdout


def test_every_relative_link_leads_somewhere() -> None:
    """The README names no file that is not there."""
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_ports_of_the_examples_are_the_default() -> None:
    """What is pasted talks to what `make serve` starts."""
    assert Settings().base_url == "http://127.0.0.1:8420"
    assert len(BLOCKS) == 13

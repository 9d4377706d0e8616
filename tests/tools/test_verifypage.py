"""The page that verifies bundles, in a real Chromium, without a network."""

import importlib.util
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from domain.integrity import evidence as documents
from tools.verifypage import write_page

pytestmark = pytest.mark.slow


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _load("verify_log")
LOG = made.committed()
Drop = Callable[..., list[str]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium, which `make test` installs where it is lacking."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        with playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as running:
            yield running


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Open the page from a disk, with the network cut; it may ask nobody for anything."""
    file = tmp_path / "verify.html"
    write_page(file)
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text))
        page.goto(file.as_uri())
        yield page
        assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
        assert faults == []


@pytest.fixture
def drop(page: Page, tmp_path: Path) -> Drop:
    """Return a function that gives the page files and tells the codes it answers, newest first."""

    def give(**files: object) -> list[str]:
        paths = []
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_text(text, "utf-8", "surrogatepass")
            paths.append(tmp_path / name)
        before = page.locator("article").count()
        page.set_input_files("#files", paths)
        expected = before + len(files.keys() - {"trust", "checkpoint"})
        page.wait_for_function(
            "count => document.querySelectorAll('article').length === count", arg=expected
        )
        return [str(each.get_attribute("data-code")) for each in page.locator("article").all()]

    return give


TRUST = documents.document(made.TRUST).decode()


@pytest.mark.capability("B9", part="browser")
def test_a_dropped_bundle_is_verified(page: Page, drop: Drop) -> None:
    assert drop(bundle=LOG.bundle(7)) == ["untrusted"]
    assert drop(trust=TRUST, bundle=LOG.bundle(7)) == ["ok", "untrusted"]
    assert made.NAME in page.locator("#trust").inner_text()
    assert "Verified" in page.locator("article").first.inner_text()
    page.locator("summary").first.click()
    assert '"version": 1' in page.locator("article pre").first.inner_text()


def test_what_an_account_held_is_verified(page: Page, drop: Drop) -> None:
    bundle = LOG.completeness("account:pennine/cash/GBP", 12)
    assert drop(trust=TRUST, bundle=bundle) == ["ok"]
    assert "balance 300, held 0" in page.locator("article").inner_text()


def test_a_feed_is_verified_up_to_its_checkpoint(drop: Drop) -> None:
    feed = made.lines(LOG.proofs())
    assert drop(trust=TRUST, checkpoint=LOG.checkpoint(), feed=feed) == ["ok"]
    assert drop(feed=made.lines(LOG.proofs()[:-1]))[0] == "tail_missing"


def test_each_attack_is_named(drop: Drop) -> None:
    bundle = LOG.bundle(7)
    attacks = {
        "malformed": {**bundle, "index": 99},
        "wrong_log": LOG.bundle(7) | {"log": "another.example/log"},
        "body_mismatch": {**bundle, "body": bundle["body"] + " "},
        "chain_mismatch": {**bundle, "previous": "00" * 32},
        "path_length": {**bundle, "path": bundle["path"][:-1]},
        "root_mismatch": {**bundle, "path": ["00" * 32, *bundle["path"][1:]]},
        "checkpoint_signature": LOG.bundle(7) | {"checkpoint": LOG.checkpoint(LOG.size, signer=1)},
    }
    drop(trust=TRUST, first=bundle)
    for code, attack in attacks.items():
        assert drop(attack=attack)[0] == code


def test_what_is_dropped_is_shown_as_text_only(page: Page, drop: Drop) -> None:
    assert drop(bundle='{"format": "<img src=x onerror=alert(1)>"}') == ["malformed"]
    assert page.locator("article img").count() == 0

"""Processes share their metrics by files; a scrape puts them together."""

import os
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.parser import text_string_to_metric_families

from interfaces.telemetry import snapshots
from interfaces.telemetry.exposition import expose
from interfaces.telemetry.metrics import FEED_CLIENTS, REGISTRY
from interfaces.telemetry.snapshots import STALE_SECONDS, Publisher, folder_of, merged, others


def registry(commands: int) -> CollectorRegistry:
    """Make a process's metrics."""
    own = CollectorRegistry()
    Counter("commands", "Commands.", ("outcome",), registry=own).labels("accepted").inc(commands)
    Histogram("append_seconds", "Appends.", buckets=(0.1, 1.0), registry=own).observe(0.5)
    return own


def values(text: bytes) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Read an exposition, as a scraper does."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            assert labels not in found.setdefault(sample.name, {})
            found[sample.name][labels] = sample.value
    return found


def test_a_scrape_holds_the_metrics_of_all_processes(tmp_path: Path) -> None:
    """Each sample once, with the name of its process; one family for all of them."""
    with (
        Publisher(tmp_path, "worker", registry=registry(3)),
        Publisher(tmp_path, "chain", registry=registry(5)),
    ):
        FEED_CLIENTS.labels("sse").inc(0)
        text, media_type = expose("", "api", data=tmp_path)
    assert media_type.startswith("text/plain; version=0.0.4")
    found = values(text)
    assert found["commands_total"] == {
        (("outcome", "accepted"), ("process", "chain")): 5.0,
        (("outcome", "accepted"), ("process", "worker")): 3.0,
    }
    assert found["append_seconds_bucket"][("le", "1.0"), ("process", "worker")] == 1.0
    assert (("door", "sse"), ("process", "api")) in found["tallystick_feed_clients"]
    assert text.count(b"# TYPE commands_total counter") == 1


def test_openmetrics_is_written_for_who_asks_for_it(tmp_path: Path) -> None:
    text, media_type = expose("application/openmetrics-text; version=1.0.0", "api", data=tmp_path)
    assert media_type.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")


def test_a_process_that_died_counts_for_a_while_only(tmp_path: Path) -> None:
    """Its last file is left out after half a minute; its age is told."""
    publisher = Publisher(tmp_path, "worker", registry=registry(1))
    folder_of(tmp_path).mkdir()
    publisher.write()
    path = folder_of(tmp_path) / "worker.metrics"
    assert "commands" in {metric.name for metric in merged(others(tmp_path, "api"))}
    long_ago = time.time() - STALE_SECONDS - 60
    os.utime(path, (long_ago, long_ago))
    metrics = {metric.name: metric for metric in merged(others(tmp_path, "api"))}
    assert list(metrics) == ["tallystick_process_metrics_age_seconds"]
    [age] = metrics["tallystick_process_metrics_age_seconds"].samples
    assert age.labels == {"writer": "worker", "process": "api"}
    assert 89 < age.value < 120


def test_a_process_that_stops_takes_its_file_away(tmp_path: Path) -> None:
    with Publisher(tmp_path, "worker", registry=registry(1)):
        assert list(folder_of(tmp_path).glob("*.metrics"))
    assert not list(folder_of(tmp_path).iterdir())


def test_names_follow_the_rules() -> None:
    """Prefix, snake case, base units: seconds, bytes; a counter does not name its total itself."""
    for family in REGISTRY.collect():
        assert family.name.startswith(("tallystick_", "process_"))
        assert family.name == family.name.lower()
        assert not family.name.endswith(("_ms", "_milliseconds", "_total", "_count"))
        assert family.documentation.endswith(".")


def test_a_torn_file_spoils_no_scrape(tmp_path: Path) -> None:
    with Publisher(tmp_path, "worker", registry=registry(1)):
        (folder_of(tmp_path) / "chain.metrics").write_bytes(b"")
        found = {metric.name for metric in merged(others(tmp_path, "api"))}
    assert "commands" in found


def test_a_disk_that_is_full_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Said once; the process goes on and writes again when it can."""
    monkeypatch.setattr(snapshots, "WRITE_SECONDS", 0.01)
    with Publisher(tmp_path, "worker", registry=registry(1)) as publisher:
        write, tries = publisher.write, []

        def full() -> None:
            tries.append(None)
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(publisher, "write", full)
        while len(tries) < 3:
            time.sleep(0.01)
        path = folder_of(tmp_path) / "worker.metrics"
        path.unlink()
        monkeypatch.setattr(publisher, "write", write)
        while not path.exists():
            time.sleep(0.01)
    assert caplog.text.count("cannot be written: OSError") == 1

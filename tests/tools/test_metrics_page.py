"""The page of metrics and the alert rules are fresh, and speak of metrics that exist."""

import re

import pytest

from tools.metrics_page import RULES, Rule, pages, rows


def test_the_pages_are_fresh() -> None:
    """Run ``python -m tools.metrics_page`` after a change."""
    for path, text in pages().items():
        assert path.read_text() == text, path.name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_asks_for_metrics_that_exist(rule: Rule) -> None:
    """A renamed metric would silence an alert without a word."""
    known = {name for name, *_ in rows()}
    known |= {f"{name}_bucket" for name, kind, *_ in rows() if kind == "histogram"}
    asked = set(re.findall(r"tallystick_[a-z_]+", rule.expression))
    assert asked
    assert asked <= known


def test_every_metric_of_the_store_and_of_processes_is_listed_once() -> None:
    names = [name for name, *_ in rows()]
    assert len(names) == len(set(names)) > 25

"""Writes the page of metrics and the alert rules from what the code counts.

`METRICS.md` and `alerts.yml` lie beside the metrics; Prometheus reads the second as it is.
"""

from pathlib import Path
from typing import Final

import msgspec
from prometheus_client import Counter

from interfaces.telemetry.metrics import REGISTRY
from interfaces.telemetry.shared import SHARED

ROOM: Final = Path(__file__).resolve().parent.parent / "interfaces" / "telemetry"


class Rule(msgspec.Struct, frozen=True):
    """An alert for Prometheus: ``wait`` is how long ``expression`` must hold."""

    name: str
    expression: str
    wait: str
    meaning: str
    cure: str


RULES: Final = (
    Rule(
        "TallystickViewStopped",
        "max by (view) (tallystick_view_stopped) == 1",
        "0s",
        "A view cannot fold an event and stands still; all others go on.",
        "Read the kind of error at `/api/v1/operations/views`, mend the view,"
        " then `tally rebuild <view> --switch`.",
    ),
    Rule(
        "TallystickReadOnly",
        "max by (process) (tallystick_writer_read_only) == 1",
        "0s",
        "The log is shorter or another than this node has signed; nothing is written.",
        "Somebody put back an old database: restore the newest backup, never the file of the"
        " checkpoint.",
    ),
    Rule(
        "TallystickChainWriteStuck",
        'max(tallystick_alert_active{alert="chain_write_stuck"}) == 1',
        "0s",
        "A write to the chain has come to no end for a long time.",
        "Look at `/api/v1/chain-writes` and the chain's log: gas money, fee cap, node.",
    ),
    Rule(
        "TallystickChainWriteRetracted",
        'max(tallystick_alert_active{alert="chain_write_retracted"}) == 1',
        "0s",
        "The chain took back a write that was told as done; it is brought in again.",
        "See the work items of the process `chain`; it ends when `chainwrite.restored` is written."
        " Should it not, look at the write at `/api/v1/chain-writes`.",
    ),
    Rule(
        "TallystickChainEndpoint",
        'max(tallystick_alert_active{alert=~"chain_id_changed|chain_shorter_than_log'
        '|chain_endpoints_disagree|chain_endpoint_behind"}) == 1',
        "0s",
        "An endpoint serves another chain, a shorter one, or contradicts another endpoint.",
        "Ask a third endpoint; nothing final is recorded until all agree. A local node that was"
        " reset gets its transactions back by itself.",
    ),
    Rule(
        "TallystickChainKeyLow",
        'max by (subject) (tallystick_alert_active{alert="chain_key_low"}) == 1',
        "0s",
        "A key has little ether left.",
        "Fill up the account of the key that the alert names, before its writes wait.",
    ),
    Rule(
        "TallystickChainNonceTaken",
        'max by (subject) (tallystick_alert_active{alert="chain_nonce_taken"}) == 1',
        "0s",
        "A transaction that we did not sign used a nonce of our key.",
        "Somebody else has the key: rotate it. Our write goes on with another nonce.",
    ),
    Rule(
        "TallystickChainFees",
        'max(tallystick_alert_active{alert=~"chain_fees_at_cap|chain_write_not_taken"}) == 1',
        "0s",
        "Gas costs more than the cap allows, or a node does not take what we signed.",
        "Raise `TALLYSTICK_FEE_CAP_GWEI` or wait; fill up the key.",
    ),
    Rule(
        "TallystickAnchorLate",
        'max(tallystick_alert_active{alert="anchor_late"}) == 1',
        "0s",
        "An event has lain under no anchor for longer than `anchor_alert_seconds`.",
        "As for a stuck chain write; look for the worker's line about `anchors` too.",
    ),
    Rule(
        "TallystickLogFrozen",
        'max(tallystick_alert_active{alert="log_frozen"}) == 1',
        "0s",
        "No anchor for longer than `anchor_freeze_seconds`: new obligations are refused.",
        "As for a late anchor; the first anchor that covers what waited ends it by itself.",
    ),
    Rule(
        "TallystickAnchorDisagreement",
        'max(tallystick_alert_active{alert="anchor_disagreement"}) == 1',
        "0s",
        "Two implementations found different roots; nothing is anchored any more.",
        "The tiles or the events were changed in the database: compare the log with a backup and"
        " with the last anchor, empty `tiles`, then start the worker again.",
    ),
    Rule(
        "TallystickWitnessRefused",
        'increase(tallystick_witness_answers_total{answer="refused"}[10m]) > 0',
        "0s",
        "A witness has seen another log than the one that we show it: a split view.",
        "Compare the log with the last anchor and with what the witness keeps under"
        " `/<SHA-256 of the origin>/checkpoint`; until it is explained, nothing should be signed.",
    ),
    Rule(
        "TallystickReconciliationBreak",
        "tallystick_reconciliation_broken_tokens > 0",
        "0s",
        "Books and chain of a token differ.",
        "Read the statement (`/api/v1/reconciliations?agrees=false`) and what others did"
        " (`/api/v1/chain-facts`); mend the side that is wrong, then `tally reconcile`.",
    ),
    Rule(
        "TallystickChainFactOfOthers",
        'increase(tallystick_chain_events_total{origin="other"}[10m]) > 0',
        "0s",
        "Somebody else had one of our contracts do something: a key may be stolen.",
        "Read `/api/v1/chain-facts`; when it was not wanted, pause the token and rotate the key.",
    ),
    Rule(
        "TallystickViewLate",
        "max by (view) (tallystick_view_lag_seconds) > 30",
        "2m",
        "A view answers with an old state.",
        "Look whether the worker runs and what it waits for.",
    ),
    Rule(
        "TallystickStoreAway",
        "tallystick_store_up == 0",
        "10s",
        "The doors do not reach Postgres; commands answer 503.",
        "Look at Postgres; everything goes on by itself when it is back.",
    ),
    Rule(
        "TallystickProcessRestarts",
        "sum by (part) (increase(tallystick_process_restarts_total[10m])) > 3",
        "0s",
        "A process ends again and again.",
        "Read the last lines of its log in `<data>/logs`.",
    ),
    Rule(
        "TallystickProcessSilent",
        "max by (writer) (tallystick_process_metrics_age_seconds) > 30",
        "0s",
        "A process has not told its metrics for half a minute.",
        "It hangs or was killed: look at its log.",
    ),
    Rule(
        "TallystickCommandsFail",
        'sum by (command) (increase(tallystick_commands_total{outcome="failed"}[5m])) > 0',
        "0s",
        "A command met a defect of ours.",
        "Search the logs for `failed`; the line names command and correlation.",
    ),
    Rule(
        "TallystickWritesSlow",
        "histogram_quantile(0.99, sum by (le)"
        " (rate(tallystick_writer_append_seconds_bucket[5m]))) > 0.5",
        "5m",
        "One append in a hundred takes more than half a second.",
        "Look at the store's disk and at other writers on the log.",
    ),
)


def rows() -> list[tuple[str, str, str, str]]:
    """List name, type, labels and meaning of each metric of ours."""
    own = []
    for collector in set(REGISTRY._collector_to_names):  # noqa: SLF001 - it lists them no other way
        for family in collector.collect():
            if family.name.startswith("tallystick_"):
                name = f"{family.name}_total" if isinstance(collector, Counter) else family.name
                labels = ", ".join((*getattr(collector, "_labelnames", ()), "process"))
                own.append((name, family.type, labels, family.documentation))
    shared = [
        (name, "gauge", each.label or "", each.documentation) for name, each in SHARED.items()
    ]
    return sorted(own + shared)


def page() -> str:
    """Write the page."""
    table = "\n".join(
        f"| `{name}` | {kind} | {labels} | {text} |" for name, kind, labels, text in rows()
    )
    rules = "\n".join(f"| {each.name} | {each.meaning} | {each.cure} |" for each in RULES)
    return f"""\
# Metrics and alerts

Written by `python -m tools.metrics_page` from what the code counts.

`GET /metrics` is one scrape for a machine. It needs a key of the role `monitor`, which opens
nothing else, and answers while the store is away. `process` names who counted (`api`, `worker`,
`chain`, `supervisor`); metrics without it come from the store and are the same on every node. For
each process there are also the usual `process_…` metrics. Labels never name a person, a key, a
stream or an amount.

| metric | type | labels | meaning |
|---|---|---|---|
{table}

## Alerts

The worker itself writes one line of level `ERROR` with the member `alert` when `view_stopped`,
`log_regressed`, `chain_write_stuck`, `anchor_late`, `log_frozen` or another of the table begins,
and one of level `INFO` when it is over; `tallystick_alert_active` stays 1 in between. The rules in
[`alerts.yml`](alerts.yml) are for Prometheus:

| alert | what it means | what to do |
|---|---|---|
{rules}
"""


def alerts() -> str:
    """Write the rules as Prometheus reads them."""
    lines = [
        "# Written by python -m tools.metrics_page.",
        "groups:",
        "  - name: tallystick",
        "    rules:",
    ]
    for each in RULES:
        lines += [
            f"      - alert: {each.name}",
            f"        expr: {_quoted(each.expression)}",
            f"        for: {each.wait}",
            "        annotations:",
            f"          summary: {_quoted(each.meaning)}",
            f"          action: {_quoted(each.cure)}",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # A JSON string is a YAML string.
    return msgspec.json.encode(text).decode()


def pages() -> dict[Path, str]:
    """Tell each file and its text."""
    return {ROOM / "METRICS.md": page(), ROOM / "alerts.yml": alerts()}


def main() -> None:
    """Write all pages."""
    for path, text in pages().items():
        path.write_text(text)


if __name__ == "__main__":
    main()

"""Gauges in Prometheus' text format, for the node exporter's textfile collector.

Written by the official client. Every gauge has the label `model`, the model's name or else the
parameter file, so that several audits on one machine do not collide. Labels are names of features
and tests only, never values of the data, and their number is bounded: the 200 worst features have
series of their own; of the others `skewcheck_features_dropped` tells how many there are, and
`skewcheck_features` still counts them.

Verdicts are numbers that can be compared: -1 untested, 0 ok, 1 warn, 2 inconclusive, 3 skew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from skewcheck.reports.summary import files_apart, ranked
from skewcheck.reports.words.policy import value_text
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options, unique

MOST_FEATURES = 200
"""Features with series of their own: with ten tests of three gauges each, some 6,000 series."""
_LEVELS = {
    Verdict.UNTESTED: -1,
    Verdict.OK: 0,
    Verdict.WARN: 1,
    Verdict.INCONCLUSIVE: 2,
    Verdict.SKEW: 3,
}
_CODED = ", ".join(f"{level} {verdict.value}" for verdict, level in _LEVELS.items())


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the text format; what is not known (times, thresholds) has no series."""
    registry = CollectorRegistry()
    model = unique(str(audit.model.get("name") or audit.parameters_path or "unnamed"), 80)
    for name, (description, value) in _whole(audit).items():
        gauge = Gauge(f"skewcheck_{name}", description, ["model"], registry=registry)
        if value is not None:
            gauge.labels(model).set(value)
    counts = Gauge(
        "skewcheck_features", "Features by verdict.", ["model", "verdict"], registry=registry
    )
    for verdict in Verdict:
        counts.labels(model, verdict.value).set(audit.count(verdict))
    untested = Gauge(
        "skewcheck_not_tested", "1 for what no test looked at.", ["model", "what"],
        registry=registry,
    )  # fmt: skip
    for left_out in audit.not_tested:
        untested.labels(model, left_out.code).set(1)
    _account(audit, model, registry)
    _policy(audit, model, registry)
    _features(audit, model, registry)
    return generate_latest(registry).decode()


def _whole(audit: Audit) -> dict[str, tuple[str, float | None]]:
    """Return what there is one figure of: by name, what it is and the figure."""
    started, seconds = _epoch(audit.run.get("started")), audit.run.get("seconds")
    took = seconds if isinstance(seconds, int | float) else None
    newest = audit.logs.newest
    return {
        "audit_verdict": (f"Verdict of the audit: {_CODED}.", _LEVELS[audit.verdict]),
        "exit_code": ("Exit code of the audit.", audit.exit_code),
        "holds": (
            "Reasons why an audit without skew is inconclusive, beside too little data.",
            len(audit.holds),
        ),
        "rows": ("Rows audited.", audit.logs.rows),
        "duration_seconds": ("How long the audit took.", took),
        "last_success_timestamp_seconds": (
            "When an audit last came to a verdict, whatever it was.",
            None if started is None or took is None else started + took,
        ),
        "newest_row_timestamp_seconds": ("Time of the newest row audited.", newest),
        "newest_row_age_seconds": (
            "Age of the newest row when the audit began.",
            None if newest is None or started is None else started - newest,
        ),
        "features_dropped": (
            f"Features without series of their own: all but the {MOST_FEATURES} worst.",
            max(0, len(audit.features) - MOST_FEATURES),
        ),
    }


def _account(audit: Audit, model: str, registry: CollectorRegistry) -> None:
    """Write which rows were lost, and which files are apart, where any are."""
    losses = audit.coverage.losses if audit.coverage else ()
    if losses:
        gauge = Gauge(
            "skewcheck_rows_lost", "Rows read and not audited; of `cut` the files.",
            ["model", "what"], registry=registry,
        )  # fmt: skip
        for loss in losses:
            gauge.labels(model, loss.code).set(loss.rows)
    apart = files_apart(audit)
    if apart:
        gauge = Gauge(
            "skewcheck_files_apart", "1 for files that gave no row, or were read twice.",
            ["model", "what"], registry=registry,
        )  # fmt: skip
        for code, _ in apart:
            gauge.labels(model, code).set(1)


def _epoch(moment: object) -> float | None:
    return datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else None


def _policy(audit: Audit, model: str, registry: CollectorRegistry) -> None:
    """Write where the settings are from, and which of them weaken the gate, where any do."""
    force = audit.in_force
    if force is not None and force.file is not None:
        gauge = Gauge(
            "skewcheck_settings_info", "1 for the settings file of the audit, and its policy.",
            ["model", "file", "keys", "outside", "fingerprint"], registry=registry,
        )  # fmt: skip
        outside = ", ".join(f"{key} {path}" for key, path in force.outside)
        texts = (force.file, ", ".join(force.keys), outside)
        labels = (unique(text, 200) if text else "" for text in texts)
        gauge.labels(model, *labels, force.fingerprint).set(1)
    if force is not None and force.weaker:
        gauge = Gauge(
            "skewcheck_weaker_gate", "1 for a setting by which the gate is weaker than by default.",
            ["model", "setting", "value"], registry=registry,
        )  # fmt: skip
        for weakening in force.weaker[:MOST_FEATURES]:
            value = value_text(weakening.value)
            gauge.labels(model, unique(weakening.key, 80), value).set(1)


def _features(audit: Audit, model: str, registry: CollectorRegistry) -> None:
    def gauge(name: str, description: str, labels: Iterable[str]) -> Gauge:
        return Gauge(f"skewcheck_{name}", description, ["model", *labels], registry=registry)

    of_feature = gauge("feature_verdict", f"Verdict of a feature: {_CODED}.", ["feature"])
    pair = ["feature", "test"]
    verdict = gauge("verdict", f"Verdict of a test: {_CODED}.", pair)
    statistic = gauge("statistic", "Statistic of a test, in its own unit.", pair)
    effect = gauge("effect", "What is held against the threshold.", pair)
    threshold = gauge("threshold", "From where on the effect of a test is skew.", pair)
    for feature in ranked(audit.features)[:MOST_FEATURES]:
        name = unique(feature.name, 80)
        of_feature.labels(model, name).set(_LEVELS[feature.verdict])
        for test in feature.tests:
            verdict.labels(model, name, test.name).set(_LEVELS[test.verdict])
            for series, value in (
                (statistic, test.statistic),
                (effect, test.effect),
                (threshold, test.threshold),
            ):
                if value is not None:
                    series.labels(model, name, test.name).set(value)

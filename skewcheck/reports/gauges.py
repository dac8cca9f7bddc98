"""Gauges of an audit, as Prometheus and OpenTelemetry have them: names, labels and figures.

Every gauge has the label `model`, the model's name or else the parameter file, so that several
audits on one machine do not collide. Labels are names of features and tests only, never values of
the data, and their number is bounded: the 200 worst features have series of their own; of the
others `features_dropped` tells how many there are, and `features` still counts them.

Verdicts are numbers that can be compared: -1 untested, 0 ok, 1 warn, 2 inconclusive, 3 skew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from skewcheck.reports.summary import files_apart, ranked
from skewcheck.reports.words.policy import value_text
from skewcheck.results.audit import Audit, JudgedTest
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import unique

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


@dataclass(frozen=True, slots=True)
class Gauge:
    """Figures of one kind, each with the values of the labels."""

    name: str
    description: str
    labels: tuple[str, ...]
    """Beside `model`."""
    series: tuple[tuple[tuple[str, ...], float], ...]
    """Values of the labels in their order, and the figure; what is not known has none."""


def model_of(audit: Audit) -> str:
    """Return the value of the label `model`."""
    return unique(str(audit.model.get("name") or audit.parameters_path or "unnamed"), 80)


def gauges(audit: Audit) -> Iterator[Gauge]:
    """Yield all gauges; of those that every audit has also the ones without a series."""
    for name, (description, value) in _whole(audit).items():
        yield Gauge(name, description, (), () if value is None else (((), value),))
    counts = tuple(((verdict.value,), audit.count(verdict)) for verdict in Verdict)
    yield Gauge("features", "Features by verdict.", ("verdict",), counts)
    untested = _ones((left_out.code,) for left_out in audit.not_tested)
    yield Gauge("not_tested", "1 for what no test looked at.", ("what",), untested)
    yield from _account(audit)
    yield from _policy(audit)
    yield from _features(audit)


def _ones(labels: Iterator[tuple[str, ...]]) -> tuple[tuple[tuple[str, ...], float], ...]:
    return tuple((values, 1) for values in dict.fromkeys(labels))


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


def _epoch(moment: object) -> float | None:
    return datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else None


def _account(audit: Audit) -> Iterator[Gauge]:
    """Yield which rows were lost, and which files are apart, where any are."""
    losses = {(loss.code,): loss.rows for loss in (audit.coverage.losses if audit.coverage else ())}
    if losses:
        described = "Rows read and not audited; of `cut` the files."
        yield Gauge("rows_lost", described, ("what",), tuple(losses.items()))
    apart = _ones((code,) for code, _ in files_apart(audit))
    if apart:
        described = "1 for files that gave no row, or were read twice."
        yield Gauge("files_apart", described, ("what",), apart)


def _policy(audit: Audit) -> Iterator[Gauge]:
    """Yield where the settings are from, and which of them weaken the gate, where any do."""
    force = audit.in_force
    if force is not None and force.file is not None:
        outside = ", ".join(f"{key} {path}" for key, path in force.outside)
        texts = (force.file, ", ".join(force.keys), outside)
        values = (*(unique(text, 200) if text else "" for text in texts), force.fingerprint)
        yield Gauge(
            "settings_info", "1 for the settings file of the audit, and its policy.",
            ("file", "keys", "outside", "fingerprint"), ((values, 1),),
        )  # fmt: skip
    if force is not None and force.weaker:
        weaker = _ones(
            (unique(weakening.key, 80), value_text(weakening.value))
            for weakening in force.weaker[:MOST_FEATURES]
        )
        described = "1 for a setting by which the gate is weaker than by default."
        yield Gauge("weaker_gate", described, ("setting", "value"), weaker)


def _features(audit: Audit) -> Iterator[Gauge]:
    worst = [(unique(f.name, 80), f) for f in ranked(audit.features)[:MOST_FEATURES]]
    verdicts = {(name,): _LEVELS[feature.verdict] for name, feature in worst}
    described = f"Verdict of a feature: {_CODED}."
    yield Gauge("feature_verdict", described, ("feature",), tuple(verdicts.items()))
    tests = {(name, test.name): test for name, feature in worst for test in feature.tests}
    for name, described in _OF_TESTS.items():
        figures = ((labels, _figure(test, name)) for labels, test in tests.items())
        series = tuple((labels, value) for labels, value in figures if value is not None)
        yield Gauge(name, described, ("feature", "test"), series)


_OF_TESTS = {
    "verdict": f"Verdict of a test: {_CODED}.",
    "statistic": "Statistic of a test, in its own unit.",
    "effect": "What is held against the threshold.",
    "threshold": "From where on the effect of a test is skew.",
}


def _figure(test: JudgedTest, name: str) -> float | None:
    figures = {
        "verdict": _LEVELS[test.verdict], "statistic": test.statistic, "effect": test.effect,
        "threshold": test.threshold,
    }  # fmt: skip
    return figures[name]

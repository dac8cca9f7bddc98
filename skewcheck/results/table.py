"""An audit as a table: a row per feature and test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skewcheck.results.audit import Audit


def columns(audit: Audit) -> dict[str, list[str | float | None]]:
    """Return a row per feature and test, as columns; `reason` is its code, without words."""
    model, started = audit.model.get("name"), audit.run.get("started")
    rows = [(feature, test) for feature in audit.features for test in feature.tests]
    return {
        "started": [None if started is None else str(started)] * len(rows),
        "model": [None if model is None else str(model)] * len(rows),
        "feature": [feature.name for feature, _ in rows],
        "type": [feature.type for feature, _ in rows],
        "mode": [feature.mode for feature, _ in rows],
        "importance": [feature.importance for feature, _ in rows],
        "rows": [feature.rows for feature, _ in rows],
        "nulls": [feature.nulls for feature, _ in rows],
        "test": [test.name for _, test in rows],
        "statistic": [test.statistic for _, test in rows],
        "effect": [test.effect for _, test in rows],
        "expected": [test.expected for _, test in rows],
        "p_value": [test.p_value for _, test in rows],
        "p_adjusted": [test.p_adjusted for _, test in rows],
        "threshold": [test.threshold for _, test in rows],
        "verdict": [test.verdict.value for _, test in rows],
        "reason": [None if test.reason is None else test.reason.code for _, test in rows],
        "waived": [test.waived for _, test in rows],
    }

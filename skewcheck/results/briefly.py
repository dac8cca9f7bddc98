"""Results as one line each, for a prompt or a failing assertion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skewcheck.results.verdicts import Verdict
from skewcheck.text.brief import brief

if TYPE_CHECKING:
    from skewcheck.results.audit import Audit, FeatureAudit

_LISTED = (Verdict.SKEW, Verdict.INCONCLUSIVE, Verdict.WARN)


def of_audit(audit: Audit) -> str:
    """Return verdict, rows and the features that differ, in less than 1,000 characters."""
    names = {v.value: [f.name for f in audit.features if f.verdict is v] for v in _LISTED}
    return brief(
        "Audit", verdict=audit.verdict.value, exit_code=audit.exit_code, rows=audit.logs.rows,
        features=len(audit.features), **{code: some for code, some in names.items() if some},
    )  # fmt: skip


def of_feature(feature: FeatureAudit) -> str:
    """Return name, verdict and causes, in less than 1,000 characters."""
    return brief(
        "FeatureAudit", name=feature.name, verdict=feature.verdict.value, mode=feature.mode,
        rows=feature.rows, tests=[test.name for test in feature.tests],
        causes=[cause.code for cause in feature.causes],
    )  # fmt: skip

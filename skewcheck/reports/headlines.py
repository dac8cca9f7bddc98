"""What a report begins with, and the order in which it tells of features."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.auditing import Audit, FeatureAudit
from skewcheck.reports.phrases import TROUBLE
from skewcheck.reports.text import count, printable
from skewcheck.verdict import Verdict

_WHOLE = 1000.0
"""So far beyond its threshold is a proof that fails in every row; so is what has no figure."""


def headline(audit: Audit) -> str:
    """Return what the verdict means here, without its word."""
    total, skewed = count(len(audit.features), "feature"), audit.count(Verdict.SKEW)
    words = {
        Verdict.SKEW: f"{count(skewed)} of {total} {'differs' if skewed == 1 else 'differ'}"
        " from training",
        Verdict.INCONCLUSIVE: "no skew found, but too little data to say so for "
        f"{count(audit.count(Verdict.INCONCLUSIVE))} of {total}",
        Verdict.WARN: f"no skew, but {count(audit.count(Verdict.WARN))} of {total} moved",
        Verdict.OK: f"no skew in {count(audit.count(Verdict.OK), 'feature')}",
        Verdict.UNTESTED: "nothing could be tested",
    }
    return words[audit.verdict]


def subject(audit: Audit) -> str:
    """Return what was compared with what."""
    logs = audit.logs
    files = printable(logs.files[0]) if len(logs.files) == 1 else count(len(logs.files), "file")
    model = audit.model.get("name")
    against = printable(audit.parameters_path)
    named = f", model {printable(str(model), 40)}" if model else ""
    return f"{count(logs.rows, 'row')} of {files} ({logs.mode}) against {against}{named}"


def ranked(features: Sequence[FeatureAudit]) -> list[FeatureAudit]:
    """Worst verdict first; within one, importance times how far it is beyond its threshold."""
    order = [*TROUBLE, Verdict.UNTESTED, Verdict.OK]
    # What is no input (a prediction, a label) matters as much as the most important one.
    greatest = max((abs(f.importance) for f in features if f.importance is not None), default=1.0)

    def key(feature: FeatureAudit) -> tuple[int, float, float]:
        weight = greatest if feature.importance is None else abs(feature.importance)
        excess = _excess(feature)
        return order.index(feature.verdict), -weight * excess, -excess

    return sorted(features, key=key)


def _excess(feature: FeatureAudit) -> float:
    tests = [test for test in feature.tests if test.verdict is feature.verdict]
    # A test without a threshold (a missing column, another type) leaves nothing to compare.
    ratios = [abs(t.effect or 0) / t.threshold if t.threshold else _WHOLE for t in tests]
    return min(max(ratios, default=0.0), _WHOLE)

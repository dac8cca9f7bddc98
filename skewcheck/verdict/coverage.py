"""Whether enough of a log's rows were audited: those that were not are told, and gate."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.catalogue.tests import COVERAGE
from skewcheck.counts.intake import Intake, RowCounts
from skewcheck.counts.plan import Plan
from skewcheck.results.coverage import Coverage, Loss, LossCode
from skewcheck.results.policy import Policy
from skewcheck.results.verdicts import Verdict, worst

_CODES: tuple[LossCode, ...] = ("featureless", "untimed", "later", "cut")


def coverage_of(plan: Plan, intake: Intake, policy: Policy) -> Coverage:
    """Return the account of the rows that were read by a plan.

    Rows behind the times that were asked for are lost only where these end with the run: a server
    whose clock is wrong writes such.
    """
    total, window = intake.total, plan.window
    until_now = window is not None and window.until_now
    losses = tuple(_losses(intake, until_now=until_now))
    lost = sum(loss.rows for loss in losses if loss.code != "cut")
    share = lost / max(total.audited + lost, 1)
    threshold = policy.threshold("", COVERAGE.code)
    verdict = _verdict(share, threshold)
    if total.cut:
        verdict = worst([verdict, Verdict.INCONCLUSIVE])
    outside = total.parsed - total.audited - lost
    column = None if window is None else window.column
    return Coverage(total.parsed, total.audited, outside, losses, column, share, threshold, verdict)


def _losses(intake: Intake, *, until_now: bool) -> Iterator[Loss]:
    for code in _CODES:
        rows = _rows(intake.total, code)
        if rows and (until_now or code != "later"):
            files = {
                name: n for name, counts in intake.losses.items() if (n := _rows(counts, code))
            }
            yield Loss(code, rows, files)


def _rows(counts: RowCounts, code: LossCode) -> int:
    rows: int = getattr(counts, code)
    return rows


def _verdict(share: float, threshold: float | None) -> Verdict:
    if threshold is None or not share:
        return Verdict.OK
    if share >= threshold:
        return Verdict.SKEW
    return Verdict.WARN if share >= threshold / COVERAGE.warns else Verdict.OK

"""Notes on an audit: columns absent in files, unseen levels, waivers, no error of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skewcheck.catalogue.tests import UNSEEN
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.notes import Note
from skewcheck.features.types import TrainingError
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest
from skewcheck.text.patterns import matches

MIN_UNSEEN_RATIO = 2
"""Shares of unseen levels up to this times the expected one are not noted: rare levels bring some
unseen ones into every log."""


def audit_notes(
    tests: Mapping[str, Sequence[JudgedTest]], profile: Profile, policy: Policy, today: str
) -> list[Note]:
    """Return notes on columns, levels and waivers; `tests` are by feature, `today` an ISO date.

    The features of `tests` are those of the profile, in its order.
    """
    widened = tuple(
        name for name, counts in zip(tests, profile.features, strict=True)
        if isinstance(counts.raw, NumericCounts) and counts.raw.widened > counts.raw.finite / 2
    )  # fmt: skip
    notes = [Note("float32_values", {"features": widened})] if widened else []
    if any(f.keys or (f.parity and f.parity.left_out) for f in profile.features):
        from skewcheck.verdict.rows_not_compared import uncompared_notes  # most rows are

        notes += uncompared_notes(tests, profile)
    if any(f.parity and f.parity.rivals for f in profile.features):
        from skewcheck.verdict.rows_not_compared import rival_notes  # few series are so

        notes += rival_notes(tests, profile)
    return [*_absent(profile), *notes, *_unseen(tests), *_waivers(tests, policy, today)]


def _absent(profile: Profile) -> list[Note]:
    """Return a note per column that files with rows to audit lack, not of those that all lack."""
    lacking = {c: {f: n for f, n in files.items() if n} for c, files in profile.absent.items()}
    return [
        Note("absent_column", {"column": column, "files": tuple(files), "rows": rows})
        for column, files in sorted(lacking.items())
        if 0 < (rows := sum(files.values())) < profile.rows
    ]


def _unseen(tests: Mapping[str, Sequence[JudgedTest]]) -> list[Note]:
    """Return a note with the shares of unseen levels that are above what is expected."""
    shares = tuple(
        (name, float(test.statistic))
        for name, judged_tests in tests.items()
        for test in judged_tests
        if test.spec is UNSEEN
        and test.statistic
        and test.statistic > MIN_UNSEEN_RATIO * (test.expected or 0)
    )  # fmt: skip
    return [Note("unseen_levels", {"shares": shares})] if shares else []


def _waivers(tests: Mapping[str, Sequence[JudgedTest]], policy: Policy, today: str) -> list[Note]:
    """Return notes on waivers that match no feature and on those that have ended."""
    unmatched = [
        Note("waiver_without_feature", {"code": waiver.code, "feature": waiver.feature})
        for waiver in policy.waivers
        if not any(matches(name, (waiver.feature,)) for name in tests)
    ]
    ended = [
        Note("waiver_ended", {"code": w.code, "feature": w.feature, "until": w.until})
        for w in policy.waivers
        if w.until < today
    ]
    return unmatched + ended


def error_notes(error: TrainingError | None, plan: Plan) -> list[Note]:
    """Return why the model's error is not compared, where prediction and label are there.

    `error` is that of training. No note where it is compared, and where nobody could expect it.
    """
    places = {"prediction": plan.of_role("prediction"), "label": plan.of_role("label")}
    names = {
        role: tuple(plan.features[i].feature.name for i in of_role)
        for role, of_role in places.items()
    }
    if error is None:
        if not all(any(plan.features[i].raw for i in of_role) for of_role in places.values()):
            return []
        first = {role: of_role[0] for role, of_role in names.items()}
        return [Note("error_without_reference", first)]
    if plan.losses is not None:
        return []
    columns = {"predictions": names["prediction"], "labels": names["label"]}
    return [Note("error_not_compared", columns)]

"""Notes on an audit as a whole: absent columns, unseen levels, waivers, an error not compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skewcheck.catalogue.tests import UNSEEN
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.types import TrainingError
from skewcheck.results.notes import Note
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest
from skewcheck.text.patterns import matches

NEWS = 2
"""Times the expected share: rare levels bring some unseen ones into every log."""


def audit_notes(
    tests: Mapping[str, Sequence[JudgedTest]], profile: Profile, policy: Policy, today: str
) -> list[Note]:
    """Return notes on what was read and on waivers; `tests` by feature, `today` an ISO day."""
    return [*_absent(profile), *_unseen(tests), *_waivers(tests, policy, today)]


def _absent(profile: Profile) -> list[Note]:
    """Return a note per column that some files lack; one that all lack is missing instead."""
    return [
        Note("absent_column", {"column": column, "files": tuple(files), "rows": rows})
        for column, files in sorted(profile.absent.items())
        if (rows := sum(files.values())) < profile.rows
    ]


def _unseen(tests: Mapping[str, Sequence[JudgedTest]]) -> list[Note]:
    shares = tuple(
        (name, float(test.statistic))
        for name, some in tests.items()
        for test in some
        if test.spec is UNSEEN and test.statistic and test.statistic > NEWS * (test.expected or 0)
    )
    return [Note("unseen_levels", {"shares": shares})] if shares else []


def _waivers(tests: Mapping[str, Sequence[JudgedTest]], policy: Policy, today: str) -> list[Note]:
    useless = [
        Note("waiver_without_feature", {"code": waiver.code, "feature": waiver.feature})
        for waiver in policy.waivers
        if not any(matches(name, (waiver.feature,)) for name in tests)
    ]
    ended = [
        Note("waiver_ended", {"code": w.code, "feature": w.feature, "until": w.until})
        for w in policy.waivers
        if w.until < today
    ]
    return useless + ended


def error_notes(error: TrainingError | None, plan: Plan) -> list[Note]:
    """Return why the model's error is not compared, where the user may think that it is."""
    places = {"prediction": plan.of_role("prediction"), "label": plan.of_role("label")}
    names = {
        role: tuple(plan.features[i].feature.name for i in some) for role, some in places.items()
    }
    if error is None:
        if not all(any(plan.features[i].raw for i in some) for some in places.values()):
            return []
        first = {role: some[0] for role, some in names.items()}
        return [Note("error_without_reference", first)]
    if plan.losses is not None:
        return []
    every = {"predictions": names["prediction"], "labels": names["label"]}
    return [Note("error_not_compared", every)]

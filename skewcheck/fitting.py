"""What training knew, learnt from training data: two passes, one to look, one to count."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from skewcheck import edges
from skewcheck.errors import NothingToTestError, UsageError
from skewcheck.features import (
    CategoricalReference,
    Feature,
    FloatArray,
    NumericReference,
    Parameters,
)
from skewcheck.logs import Log, Wanted
from skewcheck.parameters.references import LEVELS
from skewcheck.parameters.writing import fingerprint
from skewcheck.profile import Profile
from skewcheck.profile.numeric import NumericCounts, Windows
from skewcheck.profile.plan import FeaturePlan, NumericSide, Plan
from skewcheck.scan import Progress, scan
from skewcheck.steps import MaxAbs, MinMax, Robust, Step, Vocabulary, ZScore
from skewcheck.survey import NumericSurvey, Survey
from skewcheck.training import Choice, choose, unfit

METHODS = ("zscore", "minmax", "robust", "maxabs", "none")


@dataclass(frozen=True, slots=True)
class Methods:
    """How features are normalized: the default for numbers, and patterns that differ."""

    default: str = "zscore"
    by_pattern: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, texts: Sequence[str]) -> Methods:
        """Read `zscore` or `minmax:age,income` texts; the last default and first pattern hold."""
        found = cls()
        for text in texts:
            method, colon, patterns = text.partition(":")
            if method not in METHODS:
                known = ", ".join(METHODS)
                raise UsageError(f"--normalize: no method {method!r}; known are {known}")
            pairs = tuple((p.strip(), method) for p in patterns.split(",") if p.strip())
            if colon and not pairs:
                raise UsageError(f"--normalize: {text!r} names no feature after the colon")
            found = replace(
                found,
                default=found.default if colon else method,
                by_pattern=found.by_pattern + pairs,
            )
        return found

    def of_feature(self, name: str) -> str | None:
        """Return the method named for a feature, or None for the default of its type."""
        return next((m for pattern, m in self.by_pattern if fnmatchcase(name, pattern)), None)


def fit(
    log: Log, choice: Choice, methods: Methods, *,
    model: str | None = None, progress: Progress | None = None,
) -> Parameters:  # fmt: skip
    """Return parameters with reference distributions for the columns of training data.

    z-score uses ddof 0, robust the median and the 25-75 % range (of 100,000 sampled rows where
    there are more). Notes tell what was left out and why. Raises NothingToTestError where no
    column is a feature, LogError where data cannot be read.
    """
    numeric, categorical, notes = choose(log, choice)
    survey = _survey(log, numeric, categorical, progress)
    if not survey.rows:
        raise NothingToTestError(f"{log.files[0].name}: no rows to fit on")
    left_out = unfit(survey, choice)
    notes += [f"{name}: {why}" for name, why in sorted(left_out.items())]
    columns = [name for name in (*numeric, *categorical) if name not in left_out]
    features = tuple(
        Feature(name, "numeric" if name in numeric else "categorical")
        for name in sorted(columns, key=[*choice.order(log)].index)
    )
    if not features:
        raise NothingToTestError(f"no column is a feature: {'; '.join(notes) or 'there is none'}")
    counted = _counted(log, features, survey, progress)
    fitted = tuple(_normalized(f, survey, methods, notes) for f in counted)
    known: dict[str, object] = {}
    if model is not None:
        known = {"name": Path(model).stem, "sha256": _hash(model)}
    return Parameters(fitted, fingerprint(fitted), known, notes=tuple(notes))


def with_reference(
    parameters: Parameters, log: Log, *, progress: Progress | None = None
) -> Parameters:
    """Return the same normalization with the reference distributions of training data.

    Features are read from the columns of their names; one that the data lacks keeps what it has,
    with a note.
    """
    there = [f for f in parameters.features if any(file.has(f.name) for file in log.files)]
    if not there:
        raise NothingToTestError(
            f"{log.files[0].name}: has none of the features"
            f" {', '.join(f.name for f in parameters.features[:5])}"
        )
    names = {kind: [f.name for f in there if f.type == kind] for kind in ("numeric", "categorical")}
    survey = _survey(log, names["numeric"], names["categorical"], progress)
    counted = {f.name: f for f in _counted(log, there, survey, progress)}
    notes = [
        f"{f.name}: the training data has no such column"
        for f in parameters.features
        if f.name not in counted
    ]
    features = tuple(counted.get(f.name, f) for f in parameters.features)
    return replace(parameters, features=features, notes=(*parameters.notes, *notes))


def _survey(
    log: Log, numeric: Sequence[str], categorical: Sequence[str], progress: Progress | None
) -> Survey:
    numbers, labels = frozenset(numeric), frozenset(categorical)
    return scan(
        log, Wanted(numbers=numbers, labels=labels), Survey.zero(),
        lambda batch: Survey.of(batch, numbers, labels), progress=progress,
    )  # fmt: skip


def _counted(
    log: Log, features: Sequence[Feature], survey: Survey, progress: Progress | None
) -> tuple[Feature, ...]:
    """Count the features' distributions at edges chosen from the survey."""
    plan = Plan(
        tuple(
            FeaturePlan(f, NumericSide(f.name, Windows.exact(_edges(f, survey)), None))
            for f in features
            if f.type == "numeric"
        )
    )
    counts: dict[str, NumericCounts] = {}
    if plan.features:
        numbers, _ = plan.wanted()
        profile = scan(
            log, Wanted(numbers=numbers), Profile.zero(plan),
            lambda batch: Profile.of(plan, batch), progress=progress,
        )  # fmt: skip
        for one, found in zip(plan.features, profile.features, strict=True):
            if isinstance(found.raw, NumericCounts):
                counts[one.feature.name] = found.raw
    return tuple(
        replace(f, reference=_numeric(counts[f.name], f, survey))
        if f.type == "numeric"
        else replace(f, reference=_levels(f.name, survey))
        for f in features
    )


def _finite_sample(name: str, survey: Survey) -> FloatArray:
    sample = survey.sample.columns.get(name, np.empty(0))
    return sample[np.isfinite(sample)]


def _edges(feature: Feature, survey: Survey) -> FloatArray:
    known = survey.numeric.get(feature.name, NumericSurvey())
    sample = _finite_sample(feature.name, survey)
    if not known.finite or not len(sample):
        return np.empty(0)
    return edges.chosen(known.distinct, sample, (known.least, known.greatest), feature.steps)


def _numeric(counts: NumericCounts, feature: Feature, survey: Survey) -> NumericReference:
    rows = counts.rows - counts.mistyped
    if not counts.finite:
        return NumericReference(rows=rows, nulls=counts.nulls, nonfinite=counts.nonfinite)
    grid = edges.grid(_finite_sample(feature.name, survey))
    step, share = grid or (None, None)
    return NumericReference(
        rows=rows, nulls=counts.nulls, nonfinite=counts.nonfinite,
        mean=counts.moments.mean, std=counts.moments.std,
        min=counts.moments.min, max=counts.moments.max, step=step, step_share=share,
        edges=_edges(feature, survey), at=counts.at, between=counts.between, sums=counts.sums,
    )  # fmt: skip


def _levels(name: str, survey: Survey) -> CategoricalReference:
    found = survey.levels[name]
    if found.counts is None:
        raise UsageError(f"{name}: has too many levels for a category; leave it out (--exclude)")
    ordered = sorted(found.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    counts = dict(ordered[:LEVELS])
    rows = found.rows - found.mistyped
    return CategoricalReference(
        rows, found.nulls, counts, rows - found.nulls - sum(counts.values())
    )


def _normalized(feature: Feature, survey: Survey, methods: Methods, notes: list[str]) -> Feature:
    """Return the feature with the step that its method and its reference give."""
    method = methods.of_feature(feature.name)
    if isinstance(feature.reference, CategoricalReference):
        if method not in (None, "none"):
            raise UsageError(f"--normalize: {feature.name} is no number: {method} cannot apply")
        if method == "none":
            return feature
        return replace(feature, steps=(Vocabulary(tuple(feature.reference.counts)),))
    step = _step(feature, survey, method or methods.default)
    if step is not None and (wrong := step.check()):
        notes.append(f"{feature.name}: one value only ({wrong[0]} {wrong[1]}): not normalized")
        step = None
    return feature if step is None else replace(feature, steps=(step,))


def _step(feature: Feature, survey: Survey, method: str) -> Step | None:
    reference = feature.reference
    if not isinstance(reference, NumericReference) or method == "none":
        return None
    mean, std, low, high = reference.mean, reference.std, reference.min, reference.max
    if mean is None or std is None or low is None or high is None:
        return None
    if method == "minmax":
        return MinMax(low, high)
    if method == "maxabs":
        return MaxAbs(max(abs(low), abs(high)))
    if method == "robust":
        quarter, half, three = np.quantile(_finite_sample(feature.name, survey), [0.25, 0.5, 0.75])
        return Robust(float(half), float(three - quarter))
    return ZScore(mean, std)


def _hash(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"--model: {path}: cannot read it ({why})") from error

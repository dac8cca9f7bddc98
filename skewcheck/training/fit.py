"""What training knew, learnt from training data: two passes, one to look, one to count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.config.columns import Choice, columns_of
from skewcheck.counts import Profile
from skewcheck.counts.numeric import NumericCounts, Windows
from skewcheck.counts.plan import FeaturePlan, NumericSide, Plan
from skewcheck.engine.scan import Progress, scan
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    FloatArray,
    NumericReference,
    Parameters,
)
from skewcheck.logs import Log, Wanted
from skewcheck.parameters.model_file import model_of
from skewcheck.parameters.references import LEVELS
from skewcheck.parameters.writing import fingerprint
from skewcheck.text.errors import NothingToTestError, UsageError
from skewcheck.text.numbers import shortened
from skewcheck.training import binning
from skewcheck.training.columns import choose, unfit
from skewcheck.training.consistency import disagreements
from skewcheck.training.first_pass import LARGE, NAMES, NumericSurvey, Survey
from skewcheck.training.methods import Methods, normalized


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
    methods.check(columns_of(log))
    survey = _survey(log, numeric, categorical, progress)
    if not survey.rows:
        raise NothingToTestError(f"{log.files[0].name}: no rows to fit on")
    left_out = unfit(survey, choice)
    notes += [f"{name}: {why}" for name, why in sorted(left_out.items())]
    columns = [name for name in (*numeric, *categorical) if name not in left_out]
    features = tuple(
        Feature(
            name,
            "numeric" if name in numeric else "categorical",
            role=choice.outputs.get(name, "feature"),
        )
        for name in sorted(columns, key=[*columns_of(log)].index)
    )
    if not features:
        raise NothingToTestError(f"no column is a feature: {'; '.join(notes) or 'there is none'}")
    counted = _counted(log, features, survey, progress)
    fitted = tuple(
        f
        if f.role != "feature"  # the model makes these, nobody normalizes them for it
        else normalized(f, _finite_sample(f.name, survey), methods, notes)
        for f in counted
    )
    notes += _mistyped(features, survey)
    known = {} if model is None else model_of(model)
    return Parameters(fitted, fingerprint(fitted), known, notes=tuple(notes))


def _mistyped(features: Iterable[Feature], survey: Survey) -> list[str]:
    """Tell which columns hold values that were not counted."""
    rows = {name: column.mistyped for name, column in survey.numeric.items()}
    rows |= {name: column.mistyped for name, column in survey.levels.items()}
    return [
        f"{f.name}: {rows[f.name]:,} rows hold values of another type, which are left out"
        for f in features
        if rows.get(f.name)
    ]


def with_reference(
    parameters: Parameters, log: Log, *, progress: Progress | None = None
) -> Parameters:
    """Return the same normalization with the reference distributions of training data.

    Features are read from the columns of their names; one that the data lacks keeps what it has,
    with a note. Warnings tell where the data contradicts what the parameters say of it.
    """
    there = [f for f in parameters.features if any(file.has(f.name) for file in log.files)]
    if not there:
        raise NothingToTestError(
            f"{log.files[0].name}: has none of the features"
            f" {', '.join(f.name for f in parameters.features[:5])}"
        )
    there = [_typed(f, log) for f in there]
    names = {kind: [f.name for f in there if f.type == kind] for kind in ("numeric", "categorical")}
    survey = _survey(log, names["numeric"], names["categorical"], progress)
    _refuse_text(there, survey)
    counted = {f.name: f for f in _counted(log, there, survey, progress)}
    absent = [f.name for f in parameters.features if f.name not in counted]
    notes = [f"{shortened(absent)}: the training data has no such column"] if absent else []
    notes += [
        f"{f.name}: more than {NAMES:,} levels in the training data: none of them is kept"
        for f in there
        if f.name in survey.levels and survey.levels[f.name].counts is None
    ]
    notes += [
        f"{f.name}: values beyond {LARGE:g} in the training data: no distribution is kept"
        for f in there
        if (column := survey.numeric.get(f.name)) and column.finite and not column.countable
    ]
    notes += _mistyped(there, survey)
    features = tuple(counted.get(f.name, f) for f in parameters.features)
    sample = survey.sample.rows()
    doubts = disagreements(
        parameters, there, counted, sample.columns, complete=len(sample.keys) == survey.rows
    )
    return replace(
        parameters, features=features, notes=(*parameters.notes, *notes),
        warnings=(*parameters.warnings, *doubts),
    )  # fmt: skip


def _typed(feature: Feature, log: Log) -> Feature:
    """Return the feature with the type of its column, where no step says what it must be."""
    if feature.type == "categorical" or feature.steps:
        return feature
    return replace(replace(feature, guessed=True).typed(log.types(feature.name)), guessed=False)


def _refuse_text(features: Iterable[Feature], survey: Survey) -> None:
    """Refuse steps that take numbers on training data that holds none."""
    for feature in features:
        column = survey.numeric.get(feature.name)
        if feature.steps and column is not None and column.mistyped and not column.finite:
            raise UsageError(
                f"{feature.name}: its steps take numbers, but the training data holds none"
            )


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
    sample = survey.sample.rows().columns.get(name, np.empty(0))
    return sample[np.isfinite(sample)]


def _edges(feature: Feature, survey: Survey) -> FloatArray:
    known = survey.numeric.get(feature.name, NumericSurvey())
    sample = _finite_sample(feature.name, survey)
    if not known.countable:
        return np.empty(0)
    return binning.chosen(known.distinct, sample, (known.least, known.greatest), feature.steps)


def _numeric(counts: NumericCounts, feature: Feature, survey: Survey) -> NumericReference:
    rows = counts.rows - counts.mistyped
    if not survey.numeric[feature.name].countable:
        return NumericReference(rows=rows, nulls=counts.nulls, nonfinite=counts.nonfinite)
    grid = binning.grid(_finite_sample(feature.name, survey))
    step, share = grid or (None, None)
    low, high = counts.moments.min, counts.moments.max
    return NumericReference(
        rows=rows, nulls=counts.nulls, nonfinite=counts.nonfinite,
        mean=counts.moments.mean, std=counts.moments.std if low < high else 0.0,
        min=low, max=high, step=step, step_share=share,
        edges=_edges(feature, survey), at=counts.at, between=counts.between, sums=counts.sums,
    )  # fmt: skip


def _levels(name: str, survey: Survey) -> CategoricalReference | None:
    found = survey.levels[name]
    if found.counts is None:
        return None
    ordered = sorted(found.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    counts = dict(ordered[:LEVELS])
    rows = found.rows - found.mistyped
    return CategoricalReference(
        rows, found.nulls, counts, rows - found.nulls - sum(counts.values())
    )

"""Fit parameters and reference distributions to training data: a first pass, then one of counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from skewcheck.config.columns import Choice
from skewcheck.config.loading import selected
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import feature_column
from skewcheck.counts.sides import NumericSide
from skewcheck.counts.windows import Windows
from skewcheck.engine.dummies import joined_dummies
from skewcheck.engine.fold import Progress
from skewcheck.engine.source import Source
from skewcheck.features.notes import Note
from skewcheck.features.transform import vocabulary
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    FloatArray,
    NumericReference,
    Parameters,
)
from skewcheck.logs.batch import Wanted
from skewcheck.parameters.fingerprint import fingerprint
from skewcheck.parameters.model_file import model_metadata
from skewcheck.parameters.references import MAX_LEVELS
from skewcheck.text.errors import NothingToTestError, UsageError
from skewcheck.text.patterns import matches
from skewcheck.training import binning
from skewcheck.training.columns import choose, unfit
from skewcheck.training.consistency import disagreements
from skewcheck.training.dependence import dependence
from skewcheck.training.first_pass import COUNTED_LEVELS, LARGEST_SQUARED, FirstPass, NumericSummary
from skewcheck.training.lists import with_elements
from skewcheck.training.methods import Methods, normalized
from skewcheck.training.model_error import with_roles
from skewcheck.training.readings import hardly_features, reading
from skewcheck.training.texts import not_numbers, spelled_numbers


class NoFeatureError(NothingToTestError):
    """No column of the training data is a feature."""

    def __init__(self, notes: tuple[Note, ...]) -> None:
        """Take a note per column on why it is none."""
        super().__init__("no column is a feature")
        self.notes = notes


def fit(
    source: Source, choice: Choice, methods: Methods, *,
    model: str | None = None, progress: Progress | None = None,
) -> Parameters:  # fmt: skip
    """Return parameters with reference distributions for the columns of training data.

    z-score uses ddof 0, robust the median and the 25-75 % range (of 100,000 sampled rows where
    there are more). The result's notes tell what was left out and why. Raises NoFeatureError where
    no column is a feature, LogError where data cannot be read.
    """
    columns = with_elements(source, source.leaves(), progress)
    numeric, categorical, notes = choose(columns, choice)
    methods.check(columns)
    declared = {name for name in columns if matches(name, choice.categorical)}
    first_pass = _first_pass(source, numeric, dict.fromkeys(categorical, ()), progress)
    spelled = set(spelled_numbers(first_pass, columns)) - declared
    if spelled:  # read again, as numbers: the sample of rows must have them, too
        numeric += spelled
        categorical = [name for name in categorical if name not in spelled]
        first_pass = _first_pass(source, numeric, dict.fromkeys(categorical, ()), progress)
    if not first_pass.rows:
        raise NothingToTestError(f"{source.names[0]}: no rows to fit on")
    left_out = unfit(first_pass, choice)
    notes += [note for _, note in sorted(left_out.items(), key=lambda item: item[0])]
    features = tuple(
        Feature(
            name,
            "numeric" if name in first_pass.numeric else "categorical",
            role=choice.outputs.get(name, "feature"),
        )
        for name in columns
        if name in first_pass.columns and name not in left_out
    )
    if not features:
        raise NoFeatureError(tuple(notes))
    counted = _counted(source, features, first_pass, progress)
    fitted = tuple(
        f
        if f.role != "feature"  # outputs of the model and labels are not normalized
        else normalized(f, _finite_sample(f.name, first_pass), methods, notes)
        for f in counted
    )
    notes += _mistyped(features, first_pass)
    undeclared = [f for f in features if f.name not in declared]
    doubts = (*not_numbers(undeclared, first_pass), *hardly_features(fitted, first_pass, choice))
    readings = {f.name: reading(f, columns[f.name], first_pass, declared) for f in features}
    metadata = {} if model is None else model_metadata(model)
    return Parameters(
        fitted, fingerprint(fitted), metadata, notes=tuple(notes), warnings=doubts,
        readings=readings, dependence=dependence(fitted, first_pass),
    )  # fmt: skip


def fit_references(
    parameters: Parameters, source: Source, choice: Choice, *,
    model: str | None = None, progress: Progress | None = None,
) -> Parameters:  # fmt: skip
    """Return the chosen features of stored parameters with the references of training data.

    The columns that the choice names as outputs get their roles; `model` is the path of a model
    file, whose metadata replace the stored ones. UsageError where an output is no feature and no
    column of the data.
    """
    with_outputs = with_roles(selected(parameters, choice), choice.outputs, source)
    fitted = with_reference(with_outputs, source, progress=progress)
    metadata = fitted.model if model is None else model_metadata(model)
    return replace(fitted, fingerprint=fingerprint(fitted.features), model=metadata)


def _mistyped(features: Iterable[Feature], first_pass: FirstPass) -> list[Note]:
    """Return a note per column with values of another type, which are not counted."""
    rows = {name: column.mistyped for name, column in first_pass.numeric.items()}
    rows |= {name: column.mistyped for name, column in first_pass.levels.items()}
    return [
        Note("mistyped_rows", {"feature": f.name, "rows": rows[f.name]})
        for f in features
        if rows.get(f.name)
    ]


def with_reference(
    parameters: Parameters, source: Source, *, progress: Progress | None = None
) -> Parameters:
    """Return the same normalization with the reference distributions of training data.

    Features are read from the columns of their names; one that the data lacks keeps its reference
    with a note, and is `derived` where none was measured. The result's warnings tell where the data
    contradicts the parameters.
    NothingToTestError where the data has no feature, UsageError where a numeric one is all text.
    """
    parameters = joined_dummies(parameters, source, None)
    present = [f for f in parameters.features if source.has(f.name)]
    if any(f.groups for f in present):
        from skewcheck.training.by_key import with_results  # few features have keys

        return with_results(parameters, source, with_reference, progress)
    if not present:
        raise NothingToTestError(
            f"{source.names[0]}: has none of the features"
            f" {', '.join(f.name for f in parameters.features[:5])}"
        )
    present = [replace(_typed(f, source), derived=False) for f in present]
    numeric = [f.name for f in present if f.type == "numeric"]
    categorical = {f.name: vocabulary(f.steps) for f in present if f.type == "categorical"}
    first_pass = _first_pass(source, numeric, categorical, progress)
    _refuse_text(present, first_pass)
    counted = {f.name: f for f in _counted(source, present, first_pass, progress)}
    absent = [f.name for f in parameters.features if f.name not in counted]
    notes = [Note("features_without_data", {"features": tuple(absent)})] if absent else []
    notes += [
        Note("unkept_levels", {"feature": f.name, "limit": COUNTED_LEVELS})
        for f in present
        if f.name in first_pass.levels and first_pass.levels[f.name].counts is None
    ]
    notes += [
        Note("unkept_distribution", {"feature": f.name, "limit": LARGEST_SQUARED})
        for f in present
        if (column := first_pass.numeric.get(f.name)) and column.finite and not column.countable
    ]
    notes += _mistyped(present, first_pass)
    features = tuple(counted.get(f.name) or _without_data(f) for f in parameters.features)
    sample = first_pass.sample.rows()
    sampled = {c.name: values for c, values in sample.columns.items() if c.kind == "feature"}
    doubts = not_numbers((f for f in present if f.name in first_pass.numeric), first_pass)
    contradictions = disagreements(
        parameters, present, counted, sampled, complete=len(sample.keys) == first_pass.rows
    )
    timed = () if parameters.calendar is None else parameters.calendar.features
    return replace(
        parameters, features=features, notes=(*parameters.notes, *notes),
        warnings=(*parameters.warnings, *contradictions, *doubts),
        # Strata are of the cells of the references that they were counted with.
        strata=None,
        dependence=dependence([f for f in counted.values() if f.name not in timed], first_pass),
    )  # fmt: skip


def _without_data(feature: Feature) -> Feature:
    """Return a feature that the training data lacks: as it is where earlier data had it."""
    known = feature.reference is not None and feature.reference.rows > 0
    return feature if known else replace(feature, derived=True)


def _typed(feature: Feature, source: Source) -> Feature:
    """Return the feature with the type of its column, where no step implies one."""
    if feature.type == "categorical" or feature.steps:
        return feature
    return replace(replace(feature, guessed=True).typed(source.types(feature.name)), guessed=False)


def _refuse_text(features: Iterable[Feature], first_pass: FirstPass) -> None:
    """Raise UsageError where a feature has numeric steps and its column holds no number."""
    for feature in features:
        column = first_pass.numeric.get(feature.name)
        if feature.steps and column is not None and column.mistyped and not column.finite:
            raise UsageError(
                f"{feature.name}: its steps take numbers, but the training data holds none"
            )


def _first_pass(
    source: Source, numeric: Sequence[str], categorical: Mapping[str, Sequence[str]],
    progress: Progress | None,
) -> FirstPass:  # fmt: skip
    """Read the columns once, for types, edges, levels and a sample.

    Levels are spelled as those that are known of a categorical column.
    """
    numbers, limit = frozenset(numeric), FirstPass.limit()
    first_pass = source.fold(
        Wanted(numbers=numbers, labels=frozenset(categorical)), FirstPass.zero(),
        partial(FirstPass.of, numeric=numbers, categorical=categorical, limit=limit),
        progress=progress,
    )  # fmt: skip
    # Each feature takes its column of the sample: its rows are put together once for them all.
    return replace(first_pass, sample=first_pass.sample.settled())


def _counted(
    source: Source, features: Sequence[Feature], first_pass: FirstPass, progress: Progress | None
) -> tuple[Feature, ...]:
    """Return the features with references, counted at edges chosen from the first pass."""
    plan = Plan(
        tuple(
            FeaturePlan(f, NumericSide(f.name, Windows.exact(_edges(f, first_pass)), None))
            for f in features
            if f.type == "numeric"
        )
    )
    counts: dict[str, NumericCounts] = {}
    if plan.features:
        profile = source.fold(
            plan.wanted, Profile.zero(plan), partial(Profile.of, plan), progress=progress
        )  # fmt: skip
        for feature_plan, counted in zip(plan.features, profile.features, strict=True):
            if isinstance(counted.raw, NumericCounts):
                counts[feature_plan.feature.name] = counted.raw
    return tuple(
        replace(f, reference=_numeric(counts[f.name], f, first_pass))
        if f.type == "numeric"
        else replace(f, reference=_levels(f.name, first_pass))
        for f in features
    )


def _finite_sample(name: str, first_pass: FirstPass) -> FloatArray:
    """Return the finite values of a column in the sample; empty for one that is not in it."""
    sample = first_pass.sample.rows().columns.get(feature_column(name), np.empty(0))
    return sample[np.isfinite(sample)]


def _edges(feature: Feature, first_pass: FirstPass) -> FloatArray:
    column = first_pass.numeric.get(feature.name, NumericSummary())
    sample = _finite_sample(feature.name, first_pass)
    if not column.countable:
        return np.empty(0)
    steps = feature.steps if feature.by_itself else ()
    ends = column.least, column.greatest
    return binning.choose_edges(column.distinct, sample, ends, steps)


def _numeric(counts: NumericCounts, feature: Feature, first_pass: FirstPass) -> NumericReference:
    rows = counts.rows - counts.mistyped
    if not first_pass.numeric[feature.name].countable:
        return NumericReference(rows, counts.nulls, counts.nonfinite, mistyped=counts.mistyped)
    grid = binning.grid(_finite_sample(feature.name, first_pass))
    step, share = grid or (None, None)
    low, high = counts.moments.min, counts.moments.max
    return NumericReference(
        rows=rows, nulls=counts.nulls, nonfinite=counts.nonfinite,
        negative_infinite=counts.negative_infinite,
        mean=counts.moments.mean, std=counts.moments.std if low < high else 0.0,
        min=low, max=high, step=step, step_share=share,
        histogram=counts.histogram, mistyped=counts.mistyped,
    )  # fmt: skip


def _levels(name: str, first_pass: FirstPass) -> CategoricalReference | None:
    levels = first_pass.levels[name]
    if levels.counts is None:
        return None
    ordered = sorted(levels.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    counts = dict(ordered[:MAX_LEVELS])
    rows = levels.rows - levels.mistyped
    return CategoricalReference(
        rows, levels.nulls, counts, rows - levels.nulls - sum(counts.values())
    )

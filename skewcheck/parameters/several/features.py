"""Features that another format says, as a transformer of their columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from skewcheck.features.steps import Impute, OneHot
from skewcheck.features.types import CategoricalReference, Feature, Parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.several.stages import Stage
from skewcheck.parameters.source import ParameterSource, UnnamedError

_PLACE = "\0{}"
"""Names of values that a file does not name, while it is read."""


def read_features(
    source: ParameterSource, read: Callable[[ParameterSource], tuple[str, Parameters]]
) -> tuple[str, Parameters, bool]:
    """Return the format of a file, what it says, and whether it names its features itself."""
    try:
        return *read(source), True
    except UnnamedError as error:
        names = tuple(_PLACE.format(i) for i in range(error.count))
    return *read(replace(source, names=names)), False


def levels_of(parameters: Parameters) -> dict[str, tuple[str, ...]]:
    """Return the levels of the features of which the file says these and no steps."""
    return {
        feature.name: tuple(feature.reference.counts)
        for feature in parameters.features
        if not feature.steps and feature.untested is None
        and isinstance(feature.reference, CategoricalReference) and feature.reference.counts
    }  # fmt: skip


def stage_of_features(
    parameters: Parameters, label: str, *, named: bool, hint: str
) -> Stage | None:
    """Return features with steps as a transformer; None without one."""
    features = [
        f for f in parameters.features
        if f.role == "feature" and (f.steps or f.untested is not None)
    ]  # fmt: skip
    if not features:
        return None
    names = tuple(f.name for f in features)

    def apply(columns: list[PipelineColumn]) -> list[PipelineColumn]:
        """Apply the steps of each feature to its column."""
        pairs = zip(columns, features, strict=True)
        return [made for column, f in pairs for made in _applied(column, f)]

    return Stage(
        label, len(features), apply, apply, names if named else (), hint, label,
        all(f.fitted for f in features),
    )  # fmt: skip


def _applied(column: PipelineColumn, feature: Feature) -> list[PipelineColumn]:
    """Return a column after the steps of a feature: one for each level of a onehot step."""
    if feature.untested is not None:
        return [column.untestable(feature.untested)]
    stated = feature.extra.get("x-source", "")
    source = "; ".join(map(str, stated)) if isinstance(stated, list) else str(stated)
    if not column.steps and column.reference is None:
        column = replace(column, reference=feature.reference)
    if column.type is None and not feature.guessed and not isinstance(_first(feature), Impute):
        column = replace(column, type=feature.type)
    place = next((i for i, s in enumerate(feature.steps) if isinstance(s, OneHot)), None)
    if place is None:
        return [_served(column.then(*feature.steps, source=source), feature)]
    hot = feature.steps[place]
    columns = column.then(*feature.steps[:place])
    made = columns.onehot(hot, source) if isinstance(hot, OneHot) else [columns]
    return [x.then(*feature.steps[place + 1 :]) for x in _named(made, feature)]


def _first(feature: Feature) -> object:
    return feature.steps[0] if feature.steps else None


def _served(column: PipelineColumn, feature: Feature) -> PipelineColumn:
    served = feature.extra.get("x-served")
    return replace(column, served=served) if isinstance(served, str) else column


def _named(columns: Sequence[PipelineColumn], feature: Feature) -> list[PipelineColumn]:
    served = feature.extra.get("x-served")
    if not isinstance(served, list) or len(served) != len(columns):
        return [*columns]
    return [replace(c, served=str(name)) for c, name in zip(columns, served, strict=True)]

"""The features that the final columns of a foreign pipeline become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.features.notes import Note, free_notes
from skewcheck.features.steps import (
    Expand,
    Impute,
    Map,
    NumericStep,
    OneHot,
    forward,
    numeric_steps,
)
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    Parameters,
    ParameterWarning,
)
from skewcheck.parameters.columns import MADE_BY, PipelineColumn
from skewcheck.parameters.fingerprint import fingerprint
from skewcheck.parameters.level_maps import then_steps
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.step_order import setting_problem


def build_parameters(
    source: ParameterSource, columns: Iterable[PipelineColumn], *, notes: Sequence[str] = (),
    warnings: Sequence[ParameterWarning] = (), model: Mapping[str, object] | None = None,
    fitted: bool = False,
) -> Parameters:  # fmt: skip
    """Return the parameters of a pipeline's final columns, in their order.

    `fitted`, the format holds nothing but what was computed on training data.
    If a feature ends in several different columns, the first testable one is kept, with a note.
    Raises ParameterError without any column.
    """
    by_feature: dict[str, list[PipelineColumn]] = {}
    for column in columns:
        column = replace(column, fitted=True) if fitted and column.steps else column
        by_feature.setdefault(column.feature, []).append(column)
    if not by_feature:
        raise source.error("no feature in it: nothing that could be audited")
    all_notes = [*free_notes(notes)]
    features = tuple(
        _feature(name, feature_columns, all_notes) for name, feature_columns in by_feature.items()
    )
    return Parameters(
        features, fingerprint(features), dict(model or {}), str(source.path), tuple(all_notes),
        warnings=tuple(warnings),
    )  # fmt: skip


def mapped(columns: Sequence[PipelineColumn]) -> list[PipelineColumn]:
    """Return the columns of levels with the steps behind each of them as those of one map.

    Columns of a map that are not among them are left out of it. A number, and whether it is null,
    are columns of one step.
    """
    indicators = [c for c in columns if c.indicator and c.untested is None]
    others = [c for c in columns if not c.indicator or c.untested is not None]
    if not indicators or (not others and len(indicators) == 1):
        return _mapped(columns)
    made = _mapped(others)
    steps = [step for c in (*made, *indicators) for step in c.steps]
    plain = len(made) == len(indicators) == 1 and made[0].untested is None
    if not plain or made[0].level is not None or len(numeric_steps(steps)) < len(steps) or any(
        isinstance(step, Impute) and isinstance(step.value, str) for step in steps
    ):  # fmt: skip
        return [*made, *(c.untestable("whether a level is null, which no step says") for c in
                         indicators)]  # fmt: skip
    return _with_indicator(made[0], indicators[0])


def _with_indicator(value: PipelineColumn, null: PipelineColumn) -> list[PipelineColumn]:
    """Return the column of a number, which keeps its name, and that of whether it is null."""
    step = Expand({
        "": numeric_steps(value.steps), str(null.level): (*numeric_steps(null.steps), *null.later),
    })  # fmt: skip
    problem = setting_problem(step)
    made = [replace(c, steps=(step,), later=(), type="numeric") for c in (value, null)]
    return made if problem is None else [column.untestable(problem) for column in made]


def _mapped(columns: Sequence[PipelineColumn]) -> list[PipelineColumn]:
    hot = [c for c in columns if c.level is not None and c.untested is None]
    if not hot:
        return [*columns]
    first = hot[0]
    step = next((s for s in first.steps if isinstance(s, OneHot | Map)), None)
    later = {str(column.level): column.later for column in hot}
    is_changed = any(later.values())
    alike = all(column.steps == first.steps for column in hot)
    if step is None and alike and len(hot) == len(columns) == len(later):
        return _expanded(hot)
    if step is None or not alike or len(hot) < len(columns) or len(later) < len(hot):
        if not is_changed:
            return [*columns]
        return [
            c.untestable("columns of levels with steps behind them, and others") for c in columns
        ]
    if isinstance(step, OneHot) and all(map(_is_identity, later.values())):
        return [replace(column, later=()) for column in columns]
    if isinstance(step, Map) and not is_changed and step.names == tuple(later):
        return [*columns]
    counted = first.reference.counts if isinstance(first.reference, CategoricalReference) else {}
    made = then_steps(step, [*counted], later)
    problem = made if isinstance(made, str) else setting_problem(made)
    if isinstance(made, str) or problem is not None:
        return [column.untestable(problem or "") for column in hot]
    steps = tuple(made if s is step else s for s in first.steps)
    return [replace(column, steps=steps, later=()) for column in hot]


def _expanded(columns: Sequence[PipelineColumn]) -> list[PipelineColumn]:
    """Return columns that were made of a number as those of one step."""
    step = Expand({str(column.level): column.later for column in columns})
    problem = setting_problem(step)
    made = [replace(c, steps=(*c.steps, step), later=(), type="numeric") for c in columns]
    return made if problem is None else [column.untestable(problem) for column in made]


def _is_identity(steps: Sequence[NumericStep]) -> bool:
    """Return whether steps leave 0 and 1 as they are."""
    return not steps or forward(steps, np.array([0.0, 1.0])).tolist() == [0.0, 1.0]


def _feature(name: str, columns: Sequence[PipelineColumn], notes: list[Note]) -> Feature:
    columns = [_unlabelled(column) for column in mapped(columns)]
    chosen = next((c for c in columns if c.untested is None), columns[0])
    equivalent = [c for c in columns if (c.steps, c.untested) == (chosen.steps, chosen.untested)]
    different = [c for c in columns if (c.steps, c.untested) != (chosen.steps, chosen.untested)]
    if different:
        notes += _notes_of_others(name, different)
    extra: dict[str, object] = {}
    expected = [f"{name}_{c.level}" if c.level is not None else name for c in equivalent]
    served = [c.served or usual for c, usual in zip(equivalent, expected, strict=True)]
    if any(c.served for c in equivalent) and served != expected:
        extra["x-served"] = served if len(served) > 1 else served[0]
    if chosen.source:
        extra["x-source"] = chosen.source
    if chosen.refuses_unknown and chosen.untested is None:
        extra["x-unknown"] = "refused"
    return Feature(
        name, chosen.type or "numeric", chosen.steps, chosen.reference, chosen.role,
        extra=extra, untested=chosen.untested,
        guessed=chosen.type is None and chosen.reference is None, fitted=chosen.fitted,
    )  # fmt: skip


def _unlabelled(column: PipelineColumn) -> PipelineColumn:
    """Return a column; untestable where levels are served as other levels."""
    if column.labels is None:
        return column
    return column.untestable("levels that are served as other levels, which no step says")


def _notes_of_others(name: str, columns: Sequence[PipelineColumn]) -> Iterator[Note]:
    """Yield the notes on further columns of a feature, with the code of the user's that made them.

    Those that no code of the user's made are named together.
    """
    by_reason: dict[str, list[str]] = {}
    for column in columns:
        reason = column.untested or ""
        reason = reason if reason.startswith(MADE_BY) else ""
        by_reason.setdefault(reason, []).append(column.served or column.feature)
    for reason, names in by_reason.items():
        fields = {"feature": name, "names": tuple(names)}
        yield (
            Note("made_columns", {**fields, "reason": reason})
            if reason
            else Note("other_columns", fields)
        )

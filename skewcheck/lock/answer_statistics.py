"""Why answers are wrong of features by a key, or normalized over a scope of golden rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from skewcheck.counts.tried import Tried
from skewcheck.engine.other_scopes import other_scopes
from skewcheck.features.golden import GoldenRows
from skewcheck.features.own_statistics import results_of_frame
from skewcheck.features.scope_reader import ScopeColumn
from skewcheck.features.steps import forward, scope_of
from skewcheck.features.types import Feature, FloatArray, Parameters
from skewcheck.lock.answer_causes import of_keys, of_scope
from skewcheck.lock.answer_columns import AnsweredColumn
from skewcheck.lock.answers import numbers_of
from skewcheck.logs.arrays import label
from skewcheck.results.causes import Cause


def of_own_statistics(
    parameters: Parameters, golden: GoldenRows, feature: Feature, column: AnsweredColumn,
    ids: Sequence[int],
) -> tuple[Cause, ...]:  # fmt: skip
    """Return the causes of wrong answers to the golden rows `ids`; none where nothing is found."""
    raw = numbers_of([golden.inputs[feature.name][i] for i in ids])[0]
    wrong = column.wrong & ~column.mistyped
    if feature.groups:
        keys = [golden.inputs[feature.by or ""][i] for i in ids]
        texts = [None if key is None else label(key) for key in keys]
        return of_keys(feature, texts, raw, column.served, column.lost, wrong)
    frame = pd.DataFrame(dict(golden.inputs))
    every = [f for f in parameters.features if f.name in golden.inputs]
    results = results_of_frame(feature, every, frame).values[[*ids]]
    others = _other_scopes(feature, every, frame, ids)
    return of_scope(feature, raw, results, column.served, column.lost, others, wrong)


def _other_scopes(
    feature: Feature, every: Sequence[Feature], frame: pd.DataFrame, ids: Sequence[int]
) -> dict[Tried, FloatArray]:
    """Return what other scopes make of the golden rows, with the steps that follow."""
    column, scope = ScopeColumn.of(feature, feature.name), scope_of(feature.steps)
    if column is None or scope is None:
        return {}
    made = {}
    for other in other_scopes(column):
        step = other.step

        def changed(f: Feature, other: ScopeColumn = other) -> Feature:
            of = scope_of(f.steps)
            if of is None or of[1] != column.step:
                return f
            steps = (*f.steps[: of[0]], other.step, *f.steps[of[0] + 1 :])
            return replace(f, steps=steps, by=other.by if f.name == feature.name else f.by)

        results = results_of_frame(changed(feature), [*map(changed, every)], frame).values
        key = Tried(step.over, step.length, step.ddof, step.method, other.by)
        made[key] = forward(feature.steps[scope[0] + 1 :], results[[*ids]])
    return {key: np.asarray(values) for key, values in made.items()}

"""The numbers of features as columns of a pipeline: steps, references, and what was assumed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from skewcheck.features.steps import Clip, Divided, EpsilonIn, Step, ZScore
from skewcheck.features.types import ParameterWarning
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.handwritten.derived_numbers import (
    reference_of_numbers,
    with_derived_numbers,
)
from skewcheck.parameters.handwritten.layouts import FeatureNumbers
from skewcheck.parameters.handwritten.methods import OFFSET_WARNING, Interpretation, interpret
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.numbers import shortened

_SOURCE_KINDS = {"mean": ("mean", "sum"), "std": ("std", "scale", "var", "squares"),
            "maxabs": ("maxabs", "scale")}  # fmt: skip
"""Kinds of numbers that a derived one may come from."""
_APPLIED_KINDS = ("shift", "offset", "center", "fill")
"""Kinds of numbers that change values, and do not only describe them."""
_FITTED_KEY = re.compile(r"_(?![^.\[\]])")
"""The end of a key of scikit-learn's in a place such as `scaler.mean_[0]`."""


def _with_settings(
    interpretation: Interpretation | None, row: FeatureNumbers
) -> Interpretation | None:
    """Return an interpretation with the epsilon and the bound of normalized values of the file.

    Beside a variance the epsilon is added to it, as reinforcement learning and batch normalization
    do; else to the divisor.
    """
    steps = () if interpretation is None else interpretation.steps
    scaling = [step for step in steps if isinstance(step, Divided)]
    kinds = [kind for kind in ("epsilon", "bound") if row.numbers.get(kind)]
    if interpretation is None or not scaling or not kinds:
        return interpretation
    place: EpsilonIn = "variance" if "var" in row.numbers else "scale"
    note = interpretation.note
    if "epsilon" in kinds:
        formula = {"variance": "sqrt(variance + epsilon)", "scale": "divisor + epsilon"}[place]
        note = "; ".join(filter(None, [note, f"its epsilon is read as {formula}"]))
    epsilon, bound = row.numbers.get("epsilon", 0.0), row.numbers.get("bound")
    changed = replace(scaling[-1], epsilon=epsilon, epsilon_in=place)
    steps = tuple(changed if step is scaling[-1] else step for step in steps)
    clip = (Clip(-bound, bound),) if bound else ()
    used = (*interpretation.used, *kinds)
    return replace(interpretation, steps=(*steps, *clip), used=used, note=note)


def columns(source: ParameterSource, rows: Sequence[FeatureNumbers]) -> tuple[
    list[PipelineColumn], list[str], list[ParameterWarning]
]:  # fmt: skip
    """Return the columns of all rows, notes on assumptions, and warnings."""
    columns_: list[PipelineColumn] = []
    notes: dict[str, list[str]] = {}
    offsets: list[str] = []
    unused: list[str] = []
    for row in rows:
        skipped = row.masked or row.ranged
        derived = with_derived_numbers(row)
        interpretation = None if skipped else _with_settings(interpret(source, row, derived), row)
        reference = reference_of_numbers(
            row, derived, interpretation.used if interpretation else ()
        )
        if interpretation is not None and interpretation.warning:
            reference = None
        place = row.places["mask"] if row.masked else ""
        fitted = (
            interpretation is not None and _is_fitted(row)
            and not any(map(_is_placeholder, interpretation.steps))
        )  # fmt: skip
        column = PipelineColumn(
            row.feature, type="numeric", role=row.role, reference=reference, source=place,
            fitted=fitted,
        )  # fmt: skip
        if interpretation is not None:
            column = column.then(
                *interpretation.steps, source="; ".join(_places(row, interpretation.used))
            )
            if interpretation.untested:
                column = column.untestable(interpretation.untested)
            if interpretation.note:
                notes.setdefault(interpretation.note, []).append(row.feature)
            if interpretation.warning:
                offsets.append(row.feature)
            left = [kind for kind in _APPLIED_KINDS if kind not in interpretation.used]
            unused += [row.places[kind] for kind in left if kind in row.places]
        columns_.append(column)
    assumptions = [f"{shortened(features)}: {note}" for note, features in notes.items()]
    if unused:
        assumptions.append(f"no part of the steps: {shortened(list(dict.fromkeys(unused)))}")
    warnings = [
        ParameterWarning(
            "min_is_offset", {"text": f"{shortened(offsets)}: {OFFSET_WARNING}"}, tuple(offsets)
        )
    ]
    return columns_, assumptions, warnings if offsets else []


def _is_fitted(row: FeatureNumbers) -> bool:
    """Return whether the file tells that the numbers were computed on rows.

    It then says on how many, or has names that scikit-learn gives to what `fit` computes: `mean_`.
    """
    return "count" in row.numbers or any(map(_FITTED_KEY.search, row.places.values()))


def _is_placeholder(step: Step) -> bool:
    """Return whether a z-score subtracts 0 or divides by 1: a file may say so that nothing is done.

    Means that were measured are hardly ever exactly 0, nor are deviations 1.
    """
    return isinstance(step, ZScore) and (step.mean == 0 or step.std == 1)


def _places(row: FeatureNumbers, used: Sequence[str]) -> list[str]:
    """Return where the used numbers are, or those that they were derived from."""
    places = row.places
    origins = [[c for c in _SOURCE_KINDS.get(kind, (kind,)) if c in places] for kind in used]
    return [places[candidates[0]] for candidates in origins if candidates]

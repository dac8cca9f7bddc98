"""The golden rows of a captured object, and whether its steps hold in them as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skewcheck.features.golden import GoldenRows, Value
from skewcheck.features.types import Feature, FeatureType, Parameters
from skewcheck.text.errors import UsageError
from skewcheck.training.claims import Claims, agree
from skewcheck.training.golden_rows import golden_of
from skewcheck.training.golden_sample import Sampled, of_inputs, sampled
from skewcheck.training.live import Column, LiveObject

if TYPE_CHECKING:
    import pandas as pd

LAST_DIGITS = 1e-13
"""What float64 arithmetic in another order may be off; where it is more the object's own count."""


@dataclass(frozen=True, slots=True)
class CapturedRows:
    """Golden rows as a captured object gives them."""

    rows: GoldenRows | None
    """None where the steps give the same."""
    refuted: tuple[str, ...]
    """Features whose steps do not hold in these rows, though they do in the data."""
    unstable: tuple[str, ...]
    """Outputs that depend on other rows than their own, or on chance: no row can expect them."""


def captured_rows(
    parameters: Parameters, live: LiveObject, frame: pd.DataFrame,
    outputs: Mapping[str, Column], claimed: Claims,
) -> CapturedRows:  # fmt: skip
    """Run the object on golden rows; those that the steps give are not kept.

    Where all outputs are those of steps, the rows are the ones that the file gives by itself, of
    which none is of the data.
    """
    whole = claimed.outputs == outputs.keys() and claimed.columns.keys() == {
        f.name for f in parameters.features
    }
    computed = _of_steps(parameters, live, frame) if whole else None
    free = outputs.keys() - claimed.outputs
    made = sampled(live, frame, outputs, free) if computed is None else computed
    refuted = tuple(
        f.name
        for f in parameters.features
        if f.name in claimed.columns and not _holds(f, made, claimed.columns[f.name])
    )
    if computed is not None and not refuted and _as_computed(parameters, computed):
        return CapturedRows(None, (), ())
    return CapturedRows(made.rows if made.rows.expected else None, refuted, made.unstable)


def typed(column: Column) -> FeatureType:
    """Return the type of a feature with these values."""
    return "categorical" if column.dtype == object else "numeric"


def _holds(feature: Feature, made: Sampled, names: tuple[str, ...]) -> bool:
    if not made.outputs.keys() >= {*names}:
        return False
    return agree(feature, made.frame, [made.outputs[name] for name in names])


def _of_steps(parameters: Parameters, live: LiveObject, frame: pd.DataFrame) -> Sampled | None:
    """Return the rows that the file gives by itself as the object makes them; None if it fails."""
    import pandas as pd  # as the caller has it

    golden = golden_of(parameters).rows
    if golden.inputs.keys() != {*map(str, frame.columns)}:
        return None
    columns = {name: _like(golden.inputs[str(name)], frame[name]) for name in frame.columns}
    try:
        return of_inputs(live, pd.DataFrame(columns))
    except UsageError:
        return None


def _like(values: tuple[Value, ...], column: pd.Series) -> list[object]:
    """Return values of a type that a column of the data has: levels may be numbers there."""
    if column.dtype.kind == "b":
        return [v if v is None else v in ("true", "1", True, 1) for v in values]
    if column.dtype.kind in "iu" and all(_is_whole(v) for v in values):
        return [v if v is None else int(float(v)) for v in values]
    if column.dtype.kind in "iuf":
        return [np.nan if not _is_number(v) else float(v or 0) for v in values]
    return [*values]


def _is_number(value: Value) -> bool:
    try:
        return value is not None and bool(np.isfinite(float(value)))
    except ValueError:
        return False


def _is_whole(value: Value) -> bool:
    return _is_number(value) and float(value or 0).is_integer()


def _as_computed(parameters: Parameters, made: Sampled) -> bool:
    """Return whether inputs and outputs are those that the file gives by itself."""
    golden = golden_of(parameters).rows
    if any(golden.inputs.get(name) != values for name, values in made.rows.inputs.items()):
        return False
    given = made.rows.expected
    return given.keys() == golden.expected.keys() and all(
        _equal(a, b)
        for name, values in given.items()
        for a, b in zip(values, golden.expected[name], strict=True)
    )


def _equal(a: Value, b: Value) -> bool:
    """Return whether two outputs are the same to the last digits of float64."""
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) <= LAST_DIGITS * (1 + abs(b))
    return a == b

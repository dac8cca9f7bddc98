"""From the numbers of a feature to its steps: which reading of them is the only one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skewcheck.features.steps import Affine, Clip, Impute, MaxAbs, MinMax, Robust, Step, ZScore
from skewcheck.features.types import NumericReference, ParameterWarning
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.shapes.layouts import Row
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.numbers import shortened

TOLERANCE = 1e-6
"""Relative: numbers written with seven digits still agree."""
_ORIGINS = {"mean": ("mean", "sum"), "std": ("std", "scale", "var", "squares"),
            "maxabs": ("maxabs", "scale")}  # fmt: skip
_NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "zscore": (("mean", "std"),),
    "offset": (("offset", "scale"),),
    "minmax": (("min", "max"),),
    "robust": (("center", "scale"), ("q50", "scale"), ("center", "iqr"), ("q50", "iqr")),
    "maxabs": (("maxabs",),),
}
"""What each reading needs, the first that is complete; in the order of preference."""
_SAID = {
    "zscore": "(x - mean) / std", "minmax": "(x - min) / (max - min)",
    "robust": "(x - median) / iqr", "maxabs": "x / maxabs", "offset": "x * scale_ + min_",
    "quantiles": "(x - q01) / (q99 - q01)", "meanrange": "(x - mean) / (max - min)",
}  # fmt: skip
OFFSET = "holds scikit-learn's min_, an offset, under the name of a minimum"
_TYPES = '"scaler_type": "standard" (or minmax, robust, quantiles)'


@dataclass(frozen=True, slots=True)
class Reading:
    """How a row is read: one of our methods, the numbers that it takes, and what was assumed."""

    method: str
    used: tuple[str, ...]
    steps: tuple[Step, ...]
    note: str = ""
    warning: str = ""
    lost: str = ""
    """Why the numbers cannot be applied after all."""


def completed(row: Row) -> dict[str, float]:
    """Return the numbers with what follows from them: mean and std from sums, std from var.

    var is E[x²] - E[x]² of `sum / count` and `squares / count`, no less than 0.
    """
    n = dict(row.numbers)
    count = n.get("count", 0)
    if {"sum", "squares"} <= set(n) and count > 0:
        n["mean"] = n["sum"] / count
        n["var"] = max(n["squares"] / count - n["mean"] ** 2, 0.0)
    if "scale" in n and "mean" in n and not {"offset", "center"} & set(n):
        n.setdefault("std", n["scale"])
    if "var" in n and n["var"] >= 0:
        n.setdefault("std", math.sqrt(n["var"]))
    return n


def reading(source: ParameterSource, row: Row) -> Reading | None:
    """Return how the numbers are applied; None where they only describe the feature.

    Raises ParameterError where they could be applied in two ways.
    """
    n = completed(row)
    _agreeing(source, row, n)
    if row.method:
        return _declared(source, row, n)
    if "offset" in n and "scale" not in n and "max" in n and "min" not in n:
        n["min"] = n["offset"]
    if "scale" in n and "min" in n and "offset" not in n and "mean" not in n:
        return _scaled(source, row, n)
    complete = [m for m in _NEEDS if _uses(m, n)]
    also = complete[1:] + ["quantiles"] * ({"q01", "q99"} <= set(n))
    if "zscore" in complete and also and "offset" not in complete:
        others = " and ".join(_SAID[m] for m in also)
        note = f"read as (x - mean) / std, not {others}: the file does not say; {_TYPES} would"
        return _made("zscore", row, n, note)
    if "offset" in complete:
        return _made("offset", row, n)
    if len(complete) > 1 or (complete == ["minmax"] and "mean" in n):
        other = complete[1] if len(complete) > 1 else "meanrange"
        raise source.error(
            f"{row.feature}: could be {_SAID[complete[0]]} or {_SAID[other]};"
            f' say which: "scaler_type": "{complete[0]}" or "{other}"'
        )
    return _made(complete[0], row, n) if complete else _simple(source, row, n)


def _uses(method: str, n: Mapping[str, float]) -> tuple[str, ...] | None:
    if method == "robust" and "mean" in n and "iqr" not in n and "center" not in n:
        return None
    return next((some for some in _NEEDS[method] if set(some) <= set(n)), None)


def _made(method: str, row: Row, n: Mapping[str, float], note: str = "", warning: str = "") -> (
    Reading
):  # fmt: skip
    used = _uses(method, n) or ()
    step: Step
    if method == "zscore":
        step = _with_flags(row, n)
    elif method == "minmax":
        step = MinMax(n["min"], n["max"], row.range or (0.0, 1.0))
    elif method == "robust":
        step = Robust(n[used[0]], n[used[1]])
    elif method == "maxabs":
        step = MaxAbs(n["maxabs"])
    else:
        step = _offset(row, n)
    fill = (Impute(n["fill"]),) if "fill" in n else ()
    used = (*used, *(["fill"] if fill else []))
    steps = (*fill, step)
    if not row.flags.get("clip") or method not in ("minmax", "offset"):
        return Reading(method, used, steps, note, warning)
    ends = step.range if isinstance(step, MinMax) else row.range
    if ends is None:
        return Reading(method, used, (), note, warning, "clips to a range that is not in the file")
    return Reading(method, used, (*steps, Clip(*ends)), note, warning)


def _with_flags(row: Row, n: Mapping[str, float]) -> Step:
    if row.flags.get("with_mean") is False:
        return MaxAbs(n["std"])
    return ZScore(n["mean"], 1.0 if row.flags.get("with_std") is False else n["std"])


def _offset(row: Row, n: Mapping[str, float]) -> Step:
    """Return scikit-learn's x * scale_ + min_ by the training range, where that says the same."""
    scale, offset = n["scale"], n["offset"]
    if {"min", "max"} <= set(n) and n["max"] > n["min"]:
        ends = row.range or (_whole(n["min"] * scale + offset), _whole(n["max"] * scale + offset))
        return MinMax(n["min"], n["max"], ends)
    return Affine(-offset / scale if scale else 0.0, scale)


def _whole(x: float) -> float:
    return round(x) if math.isfinite(x) and abs(x - round(x)) < TOLERANCE else x


def _declared(source: ParameterSource, row: Row, n: dict[str, float]) -> Reading | None:
    method = str(row.method)
    if method == "minmax" and {"offset", "scale"} <= set(n):
        return _made("offset", row, n)
    if method == "minmax" and "scale" in n and "min" in n and "mean" not in n:
        return _scaled(source, row, n)
    if method == "maxabs" and "scale" in n:
        n["maxabs"] = n["scale"]
    if method in _NEEDS and _uses(method, n):
        return _made(method, row, n)
    if method == "quantiles" and {"q01", "q99"} <= set(n):
        step = MinMax(n["q01"], n["q99"], row.range or (-1.0, 1.0))
        return Reading(method, ("q01", "q99"), (step,))
    if method == "meanrange" and {"mean", "min", "max"} <= set(n) and n["max"] > n["min"]:
        step_ = Affine(n["mean"], 1 / (n["max"] - n["min"]))
        return Reading(method, ("mean", "min", "max"), (step_,))
    if method == "fill":
        return _simple(source, row, n)
    has = ", ".join(row.numbers)
    raise source.error(f"{row.feature}: the file names {method}, which {has} do not make")


def _scaled(source: ParameterSource, row: Row, n: dict[str, float]) -> Reading:
    """Tell a minimum from scikit-learn's offset, which x * scale_ + min_ adds, by the maximum."""
    low, high, scale = n["min"], n.get("max"), n["scale"]
    ends = row.range or (0.0, 1.0)
    if high is not None and high > low and _near(scale * (high - low), ends[1] - ends[0]):
        return _made("minmax", row, n)
    if high is not None and _near(high * scale + low, ends[1]):
        rest = {**n, "offset": low, "min": high - (ends[1] - ends[0]) / scale}
        return _made("offset", row, rest, warning=OFFSET)
    if high is not None and _near(scale, high - low):
        return _made("minmax", row, n)
    key = row.places.get("min", "min")
    raise source.error(
        f"{key} beside scale could be scikit-learn's min_ (x * scale + min) or a minimum"
        " ((x - min) * scale, or / scale); call it min_ or data_min, and give data_max"
    )


def _simple(source: ParameterSource, row: Row, n: Mapping[str, float]) -> Reading | None:
    """Read what is no pair: a fill value, a mean alone, a divisor alone; None for a mere fact."""
    for kind in ("fill", "mean", "q50"):
        only = set(n) - {"count"} == {kind} or (row.method == "fill" and kind in n)
        if kind == "fill" in n or only:
            note = "" if kind == "fill" else f"a {kind} alone is read as what fills nulls"
            return Reading("fill", (kind,), (Impute(n[kind]),), note.replace("q50", "median"))
    if "shift" in n and "scale" in n:
        raise source.error(
            f"{row.feature}: offset beside scale could be (x - offset) * scale, as in ONNX, or"
            " (x - offset) / scale; call them mean and std if it divides"
        )
    alone = "std" in n or "scale" in n
    fitted = alone and row.places.get("scale", "").partition("[")[0].endswith("scale_")
    if fitted or ("std" in n and row.flags.get("with_mean") is False):
        kind = "std" if "std" in n else "scale"
        return Reading("maxabs", (kind,), (MaxAbs(n[kind]),))
    if alone and not {"min", "max"} <= set(n):
        raise source.error(
            f"{row.feature}: {'std' if 'std' in n else 'scale'} alone could divide or multiply, and"
            " nothing says what is subtracted; give mean and std (mean 0 if nothing is)"
        )
    return None


def _agreeing(source: ParameterSource, row: Row, n: Mapping[str, float]) -> None:
    """Refuse numbers that deny each other, such as a scale that is not the root of the variance."""
    var, scale = row.numbers.get("var"), row.numbers.get("scale")
    if var is not None and not var >= 0:
        raise source.error(f"{row.places['var']}: a variance must be >= 0, got {var:g}")
    if var and scale is not None and "mean" in n and not _near(scale, math.sqrt(var)):
        other = " but 1 / that: it multiplies" if _near(scale, 1 / math.sqrt(var)) else ""
        raise source.error(
            f"{row.places['scale']}: {scale:g} is not the root of the variance {var:g}{other};"
            " give std instead of scale"
        )
    if {"offset", "scale", "max"} <= set(n) and n.get("min", -math.inf) < n["max"]:
        top = n["max"] * n["scale"] + n["offset"]
        due = (row.range or (0.0, _whole(top)))[1]
        if not _near(top, due):
            raise source.error(
                f"{row.feature}: data_max_ * scale_ + min_ is {top:g}, not {due:g}: these numbers"
                " are not of one scaler"
            )


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-12)


def described(row: Row, n: Mapping[str, float], used: Sequence[str]) -> NumericReference | None:
    """Return what the file says of the distribution beyond a normalization's own numbers.

    Its rows stay 0: how many nulls training had, no such file tells.
    """
    low, high = n.get("min"), n.get("max")
    if low is None or high is None or not low <= high:
        low = high = None
    spread = n.get("std")
    known = "mean" in n and spread is not None and spread > 0
    if set(row.numbers) <= {*used, "count", "var", "scale", "sum", "squares"} or not (
        known or low is not None
    ):
        return None
    return NumericReference(
        0, mean=n["mean"] if known else None, std=spread if known else None, min=low, max=high,
        quantiles={
            int(key[1:]) / 10 ** len(key[1:]): value for key, value in n.items()
            if key[0] == "q" and key[1:].isdigit() and math.isfinite(value)
        },
    )  # fmt: skip


def columns(source: ParameterSource, every: Sequence[Row]) -> tuple[
    list[PipelineColumn], list[str], list[ParameterWarning]
]:  # fmt: skip
    """Return the columns of all rows, notes of what was assumed, and what was said wrongly."""
    made: list[PipelineColumn] = []
    notes: dict[str, list[str]] = {}
    offsets: list[str] = []
    for row in every:
        how = reading(source, row)
        known = described(row, completed(row), how.used if how else ())
        if how is not None and how.warning:
            known = None
        column = PipelineColumn(row.feature, type="numeric", role=row.role, reference=known)
        if how is not None:
            column = column.then(*how.steps, source="; ".join(_places(row, how.used)))
            if how.lost:
                column = column.untestable(how.lost)
            if how.note:
                notes.setdefault(how.note, []).append(row.feature)
            if how.warning:
                offsets.append(row.feature)
        made.append(column)
    told = [f"{shortened(some)}: {note}" for note, some in notes.items()]
    warned = [ParameterWarning("min_is_offset", f"{shortened(offsets)}: {OFFSET}", tuple(offsets))]
    return made, told, warned if offsets else []


def _places(row: Row, used: Sequence[str]) -> list[str]:
    """Return where the numbers stand, or those that they were made from."""
    origins = (next((o for o in _ORIGINS.get(k, (k,)) if o in row.places), None) for k in used)
    return [row.places[origin] for origin in origins if origin]

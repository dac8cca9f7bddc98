"""Read feature_engine's transformers of numbers: imputers, caps, curves, scalers and buckets."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from skewcheck.features.steps import (
    Affine,
    Buckets,
    Clip,
    Logarithm,
    PowerTransform,
    Robust,
    Step,
)
from skewcheck.parameters.sklearn.fitted_object import FittedObject, is_word, number_array
from skewcheck.parameters.sklearn.imputation import fill_step
from skewcheck.parameters.sklearn.libraries import Apply, Columns, Reader
from skewcheck.parameters.sklearn.libraries.named_columns import Name, columns_by_name, variables
from skewcheck.parameters.sklearn.libraries.tables import NotReadError, is_number
from skewcheck.parameters.sklearn.pandas_objects import as_list

StepReader = Callable[[FittedObject, Name], tuple[Step, ...]]
"""Returns the steps of a variable, none if it stays; NotReadError where no step says them."""


def _stepwise(steps_of: StepReader, key: str = "") -> Reader:
    """Return the reader of a transformer that changes variables where they stand.

    `key` names its table of the variables, if it has one.
    """

    def read(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
        named = columns_by_name(fitted, columns)
        table = fitted.get(key) if key else None
        listed = [*table] if isinstance(table, Mapping) else variables(fitted, [*named])
        fitted.context.spend_columns(len(listed))
        for name in listed:
            if not isinstance(name, str | int) or name not in named:
                continue
            try:
                steps = steps_of(fitted, name)
            except NotReadError as error:
                named[name] = named[name].untestable(str(error))
                continue
            place = fitted.at(f"{key}[{name!r}]") if key else fitted.place
            named[name] = named[name].then(*steps, source=place)
        return [*named.values()]

    return read


def _entry(fitted: FittedObject, key: str, name: Name) -> object:
    table = fitted.get(key)
    return table.get(name) if isinstance(table, Mapping) else None


def _number(fitted: FittedObject, key: str, name: Name) -> float:
    """Return a variable's number in a table; ParameterError if it has none."""
    value = _entry(fitted, key, name)
    if not is_number(value):
        raise fitted.error(f"must be a number for {ascii(name)[:40]}", key)
    return float(number_array(fitted, [value], key)[0])


def _impute(fitted: FittedObject, name: Name) -> tuple[Step, ...]:
    """An imputer: nulls become the variable's value in imputer_dict_."""
    value = _entry(fitted, "imputer_dict_", name)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ()
    return (fill_step(value),)


def _cap(fitted: FittedObject, name: Name) -> tuple[Step, ...]:
    """Winsorizer, ArbitraryOutlierCapper: the variable's caps, each if it has one."""
    low, high = (
        _number(fitted, key, name) if _entry(fitted, key, name) is not None else None
        for key in ("left_tail_caps_", "right_tail_caps_")
    )
    return (Clip(low, high),) if low is not None or high is not None else ()


def _capped(fitted: FittedObject, columns: Columns, apply: Apply) -> Columns:
    """Winsorizer: with add_indicators, columns for what was capped, which no step says."""
    made = _stepwise(_cap)(fitted, columns, apply)
    if not fitted.flag("add_indicators", False):
        return made
    tail = fitted.text("tail", "right")
    return made + _beside(
        fitted, columns, [end for end in ("left", "right") if tail in (end, "both")]
    )


def _beside(fitted: FittedObject, columns: Columns, ends: list[str]) -> Columns:
    """Return untestable columns beside each variable, named by these ends."""
    named = columns_by_name(fitted, columns)
    chosen = [name for name in variables(fitted, ()) if name in named]
    fitted.context.spend_columns(len(ends) * len(chosen))
    reason = f"{fitted.name}, an indicator of the value, which no step says"
    return [
        replace(named[name].untestable(reason), served=f"{name}_{end}")
        for name in chosen
        for end in ends
    ]


def _indicated(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """AddMissingIndicator: a column for whether a variable is null, behind all others."""
    return [*columns_by_name(fitted, columns).values(), *_beside(fitted, columns, ["na"])]


def _random(fitted: FittedObject, _name: Name) -> tuple[Step, ...]:
    raise NotReadError(f"{fitted.name} fills with values drawn at random, which no step says")


def _rows_dropped(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """OutlierTrimmer, DropMissingData: the rows that remain are as they were."""
    fitted.note(f"{fitted.name} drops rows, which are then not served")
    return [*columns_by_name(fitted, columns).values()]


def _base(fitted: FittedObject) -> float:
    return 10.0 if is_word(fitted.get("base"), "10") else math.e


def _log(fitted: FittedObject, _name: Name) -> tuple[Step, ...]:
    return (Logarithm(10.0),) if _base(fitted) == 10 else (Logarithm(),)


def _log_of_sum(fitted: FittedObject, name: Name) -> tuple[Step, ...]:
    """LogCpTransformer: the logarithm of the value and a constant."""
    constants = fitted.get("C_")
    if isinstance(constants, Mapping):
        constant = _number(fitted, "C_", name)
    else:
        constant = fitted.number("C_", math.nan)
    shift = (Affine(-constant, 1.0),) if constant else ()
    return (*shift, *_log(fitted, name))


def _power(fitted: FittedObject, _name: Name) -> tuple[Step, ...]:
    """PowerTransformer: x to a power, by Box-Cox, which is (x^e - 1) / e."""
    exponent = fitted.number("exp", 0.5)
    if exponent == 1:
        return ()
    if not math.isfinite(exponent) or exponent.is_integer():
        raise NotReadError(f"{fitted.name} to {exponent:g}, which no step says of numbers below 0")
    if exponent < 0:
        return PowerTransform("box-cox", exponent), Affine(-1 / exponent, exponent)
    return (PowerTransform("box-cox", exponent, -1 / exponent, 1 / exponent),)


def _not_said(what: str) -> StepReader:
    def refuse(fitted: FittedObject, _name: Name) -> tuple[Step, ...]:
        raise NotReadError(f"{fitted.name}, {what}, which no step says")

    return refuse


def _curve(method: str) -> StepReader:
    return lambda fitted, name: (PowerTransform(method, _number(fitted, "lambda_dict_", name)),)


def _mean_normalized(fitted: FittedObject, name: Name) -> tuple[Step, ...]:
    return (Robust(_number(fitted, "mean_", name), _number(fitted, "range_", name)),)


def _bucket(fitted: FittedObject, name: Name) -> tuple[Step, ...]:
    """A discretiser: the place of the interval (a, b] that holds the value."""
    edges = as_list(_entry(fitted, "binner_dict_", name))
    if edges is None:
        raise NotReadError(f"{fitted.name} asks a tree, which no step says")
    if fitted.flag("return_boundaries", False) or is_word(fitted.get("bin_output"), "boundaries"):
        raise NotReadError(f"{fitted.name} serves the intervals as text, which no step says")
    fitted.context.spend(len(edges))
    low, *inner, high = number_array(fitted, edges, "binner_dict_").tolist() or [0.0] * 2
    if (low, high) != (-math.inf, math.inf):
        raise NotReadError(
            f"{fitted.name} serves nothing outside its intervals, which no step says"
        )
    if not inner:
        raise NotReadError(f"{fitted.name} has one interval only: all values become 0")
    return (Buckets(tuple(np.nextafter(inner, np.inf).tolist())),)


_DISCRETISERS = (
    "ArbitraryDiscretiser", "EqualFrequencyDiscretiser", "EqualWidthDiscretiser",
    "GeometricWidthDiscretiser", "DecisionTreeDiscretiser",
)  # fmt: skip
_IMPUTERS = (
    "MeanMedianImputer", "ArbitraryNumberImputer", "EndTailImputer", "CategoricalImputer",
    "CategoricalVariableImputer",
)  # fmt: skip
NUMBER_READERS: dict[str, Reader] = {
    **dict.fromkeys(_IMPUTERS, _stepwise(_impute, "imputer_dict_")),
    "RandomSampleImputer": _stepwise(_random),
    "AddMissingIndicator": _indicated,
    "Winsorizer": _capped,
    "ArbitraryOutlierCapper": _stepwise(_cap),
    "OutlierTrimmer": _rows_dropped,
    "DropMissingData": _rows_dropped,
    "LogTransformer": _stepwise(_log),
    "LogCpTransformer": _stepwise(_log_of_sum),
    "PowerTransformer": _stepwise(_power),
    "ReciprocalTransformer": _stepwise(_not_said("1 / x")),
    "ArcsinTransformer": _stepwise(_not_said("the arcsine of a root")),
    "ArcSinhTransformer": _stepwise(_not_said("an inverse hyperbolic sine")),
    "BoxCoxTransformer": _stepwise(_curve("box-cox"), "lambda_dict_"),
    "YeoJohnsonTransformer": _stepwise(_curve("yeo-johnson"), "lambda_dict_"),
    "MeanNormalizationScaler": _stepwise(_mean_normalized, "mean_"),
    **dict.fromkeys(_DISCRETISERS, _stepwise(_bucket, "binner_dict_")),
}
"""By class name; CategoricalImputer too, whose fills are levels."""

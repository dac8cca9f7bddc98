"""Read transformers of feature_engine: DataFrames in and out, columns by name.

A transformer changes its `variables_` (before version 1.1 `variables`) and passes the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn.fitted_object import FittedObject
from skewcheck.parameters.sklearn.libraries import Apply, Columns, Library, Reader
from skewcheck.parameters.sklearn.libraries.feature_engine_levels import LEVEL_READERS
from skewcheck.parameters.sklearn.libraries.feature_engine_numbers import NUMBER_READERS
from skewcheck.parameters.sklearn.libraries.named_columns import (
    columns_by_name,
    variables,
)
from skewcheck.parameters.sklearn.pandas_objects import as_list

_APPENDED = ("OneHotEncoder", "PolynomialFeatures")
"""Transformers of scikit-learn whose outputs a wrapper appends to the other columns."""


def _dropped(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """A selector: the columns that it does not drop."""
    named = columns_by_name(fitted, columns)
    dropped = [*map(str, as_list(fitted.get("features_to_drop_")) or [])]
    if dropped:
        more = f" and {len(dropped) - 5} more" if len(dropped) > 5 else ""
        fitted.note(f"{fitted.name} drops {', '.join(dropped[:5])}{more}")
    return [column for name, column in named.items() if str(name) not in {*dropped}]


def _matched(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """MatchVariables: the columns of training, in its order."""
    by_name = {column.served or column.feature: column for column in columns}
    names = fitted.names("feature_names_in_")
    kept = [by_name[name] for name in names if name in by_name]
    return kept if len(kept) == len(names) else columns


def _wrapper(fitted: FittedObject, columns: Columns, apply: Apply) -> Columns:
    """SklearnTransformerWrapper: a transformer of scikit-learn for some columns."""
    key = "transformer_" if fitted.has("transformer_") else "transformer"
    inner = fitted.inner(fitted.get(key), key)
    named = columns_by_name(fitted, columns)
    chosen = [name for name in variables(fitted, [*named]) if name in named]
    made = apply(inner, [named[name] for name in chosen])
    others = {name: column for name, column in named.items() if name not in {*chosen}}
    if inner.name in _APPENDED:
        return [*others.values(), *made]
    if fitted.has("features_to_drop_") or len(made) != len(chosen):
        kept = {column.served or column.feature: column for column in made}
        return [kept.get(str(name), column) for name, column in named.items()
                if name in others or str(name) in kept]  # fmt: skip
    return [*(named | dict(zip(chosen, made, strict=True))).values()]


def _pipeline(fitted: FittedObject, columns: Columns, apply: Apply) -> Columns:
    """Pipeline: that of scikit-learn, whose steps may also drop rows in training."""
    usual = PickledObject("sklearn.pipeline", "Pipeline", state=fitted.pickled.state)
    return apply(replace(fitted, pickled=usual), columns)


def _cyclical(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """CyclicalFeatures: sine and cosine beside each variable, which no step says."""
    named = columns_by_name(fitted, columns)
    chosen = [name for name in variables(fitted, ()) if name in named]
    fitted.context.spend_columns(2 * len(chosen))
    reason = f"{fitted.name}, sine and cosine of the value, which no step says"
    made = [
        replace(named[name].untestable(reason), served=f"{name}_{end}")
        for name in chosen
        for end in ("sin", "cos")
    ]
    drops = fitted.flag("drop_original", False)
    return [c for name, c in named.items() if not (drops and name in chosen)] + made


def _input_names(fitted: FittedObject) -> tuple[str, ...]:
    """Return the variables: versions before 1.1 do not say what other columns there were."""
    names = variables(fitted, ())
    for key in ("imputer_dict_", "encoder_dict_", "binner_dict_"):
        table = fitted.get(key)
        names = names or ([*table] if isinstance(table, Mapping) else [])
    return tuple(name for name in names if isinstance(name, str))


_SELECTORS = (
    "DropFeatures", "DropConstantFeatures", "DropDuplicateFeatures", "DropCorrelatedFeatures",
    "SmartCorrelatedSelection", "SmartCorrelationSelection", "SelectByShuffling",
    "SelectBySingleFeaturePerformance", "SelectByTargetMeanPerformance", "DropHighPSIFeatures",
    "RecursiveFeatureElimination", "RecursiveFeatureAddition", "SelectByInformationValue",
    "ProbeFeatureSelection", "MRMR",
)  # fmt: skip
_READERS: dict[str, Reader] = {
    **NUMBER_READERS,
    **LEVEL_READERS,
    **dict.fromkeys(_SELECTORS, _dropped),
    "MatchVariables": _matched,
    "SklearnTransformerWrapper": _wrapper,
    "Pipeline": _pipeline,
    "CyclicalFeatures": _cyclical,
    "CyclicalTransformer": _cyclical,
}
LIBRARY = Library(MappingProxyType(_READERS), _input_names)

"""Read fitted scikit-learn transformers from pickle, joblib and YAML files, importing none."""

from __future__ import annotations

from skewcheck.features.types import Parameters
from skewcheck.parameters.columns import PipelineColumn, build_parameters
from skewcheck.parameters.pickles import PickledObject, is_own, looks_like_pickle, unpickle
from skewcheck.parameters.sklearn.bundles import bundled, holds_fitted
from skewcheck.parameters.sklearn.column_selection import restrict_one_hot
from skewcheck.parameters.sklearn.composition import is_sampler, is_transformer
from skewcheck.parameters.sklearn.fitted_object import FittedObject, ReadContext
from skewcheck.parameters.sklearn.input_names import input_count, input_names
from skewcheck.parameters.sklearn.transformers import apply_transformer
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.parameters.yaml_tree import has_objects


def recognised(source: ParameterSource) -> bool:
    """Return whether a file is a pickle, compressed or not, or YAML with fitted objects."""
    return looks_like_pickle(source.content) or has_objects(source)


def read(source: ParameterSource) -> Parameters:
    """Return the steps that the file's transformers apply; ParameterError without a transformer."""
    value = _fitted(source)
    context = ReadContext(source)
    if isinstance(value, PickledObject) and is_transformer(value):
        columns = _single_transformer(FittedObject(context, value))
    elif not holds_fitted(value):
        from skewcheck.parameters.sklearn.plain_numbers import (
            read_numbers,  # most hold transformers
        )

        return read_numbers(source, value)
    elif isinstance(value, PickledObject) and not is_own(value.module):
        what = (
            "which works in training only"
            if is_sampler(value)
            else "a model, and so no normalization"
        )
        raise source.error(
            f"holds a {value.name}, {what}: give the file of its scaler or of the whole pipeline"
        )
    else:
        columns = bundled(context, value)
    columns = restrict_one_hot([*columns, *context.lost])
    return build_parameters(
        source, columns, notes=context.notes, warnings=context.warnings, fitted=True
    )


def _fitted(source: ParameterSource) -> object:
    if not has_objects(source):
        return unpickle(source.content, source.path)
    from skewcheck.parameters.sklearn.yaml_objects import read_objects  # most are pickles

    return read_objects(source)


def _single_transformer(fitted: FittedObject) -> list[PipelineColumn]:
    names = input_names(fitted) or fitted.context.source.names_for(input_count(fitted))
    return apply_transformer(fitted, [PipelineColumn(name) for name in names])


READER = FormatReader(recognised, read)

"""Read fitted scikit-learn transformers from pickle, joblib and YAML files, importing none."""

from __future__ import annotations

from skewcheck.features.types import Parameters
from skewcheck.parameters.columns import PipelineColumn, build_parameters
from skewcheck.parameters.handwritten.numpy_files import holds_pickles, read_arrays
from skewcheck.parameters.pickles import PickledObject, is_own, looks_like_pickle, unpickle
from skewcheck.parameters.sklearn.bundles import bundled, holds_fitted, holds_transformer
from skewcheck.parameters.sklearn.column_selection import restrict_one_hot
from skewcheck.parameters.sklearn.composition import is_sampler, is_transformer
from skewcheck.parameters.sklearn.fitted_object import FittedObject, ReadContext
from skewcheck.parameters.sklearn.input_names import input_count, input_names
from skewcheck.parameters.sklearn.transformers import apply_transformer
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.parameters.yaml_tree import has_objects


def recognised(source: ParameterSource) -> bool:
    """Return whether it is a pickle, compressed or not, or YAML or arrays with fitted objects."""
    content = source.content
    return looks_like_pickle(content) or has_objects(source) or holds_pickles(content)


def read(source: ParameterSource) -> Parameters:
    """Return the steps that the file's transformers apply; ParameterError without a transformer."""
    return read_objects(source, content(source))


def read_objects(source: ParameterSource, value: object) -> Parameters:
    """Return the steps that the transformers in a tree of objects apply, whatever held the tree.

    `value` is what `unpickle` returns. Raises ParameterError without a transformer.
    """
    context = ReadContext(source)
    if isinstance(value, PickledObject) and is_transformer(value):
        columns = _single_transformer(FittedObject(context, value))
    elif not holds_fitted(value):
        from skewcheck.parameters.sklearn.plain_numbers import (
            read_numbers,  # most hold transformers
        )

        return read_numbers(source, value)
    elif (observations := observations_in(source, value)) is not None:
        return observations
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


def content(source: ParameterSource) -> object:
    """Return the tree of objects that a file holds."""
    if looks_like_pickle(source.content):
        return unpickle(source.content, source.path)
    if has_objects(source):
        from skewcheck.parameters.sklearn import yaml_objects  # most are pickles

        return yaml_objects.read_objects(source)
    arrays = read_arrays(source.content)
    return arrays.get("", arrays)  # the one array of a .npy file has no name


def observations_in(source: ParameterSource, value: object) -> Parameters | None:
    """Return the parameters of running moments of observations; None if the tree holds none."""
    if holds_transformer(value):
        return None
    from skewcheck.parameters.sklearn.observations import read_observations  # few files do

    return read_observations(source, value)


def _single_transformer(fitted: FittedObject) -> list[PipelineColumn]:
    names = input_names(fitted) or fitted.context.source.names_for(input_count(fitted))
    return apply_transformer(fitted, [PipelineColumn(name) for name in names])


READER = FormatReader(recognised, read)

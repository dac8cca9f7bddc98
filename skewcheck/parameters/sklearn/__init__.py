"""Fitted scikit-learn transformers, as pickle and joblib save them; neither is needed to read."""

from __future__ import annotations

from skewcheck.features.types import Parameters
from skewcheck.parameters.columns import PipelineColumn, build_parameters
from skewcheck.parameters.pickles import Inert, looks_pickled, unpickled
from skewcheck.parameters.sklearn.bundles import bundled, holds_fitted
from skewcheck.parameters.sklearn.choosing import narrowed
from skewcheck.parameters.sklearn.composing import applied, transforms
from skewcheck.parameters.sklearn.naming import count_of, names_of
from skewcheck.parameters.sklearn.part import Part, Reading
from skewcheck.parameters.source import ParameterSource, Reader


def recognised(source: ParameterSource) -> bool:
    """Return whether a file is a pickle, compressed or not."""
    return looks_pickled(source.content)


def read(source: ParameterSource) -> Parameters:
    """Return what the transformers of a file do to each column; ParameterError where none is."""
    value = unpickled(source.content, source.path)
    reading = Reading(source)
    if isinstance(value, Inert) and transforms(value):
        columns = _alone(Part(reading, value))
    elif not holds_fitted(value):
        from skewcheck.parameters.sklearn.numbers import understood  # most hold transformers

        return understood(source, value)
    elif isinstance(value, Inert):
        raise source.error(
            f"holds a {value.name}, a model, and so no normalization: give the file of its scaler"
            " or of the whole pipeline"
        )
    else:
        columns = bundled(reading, value)
    columns = narrowed(columns)
    return build_parameters(source, columns, notes=reading.notes, warnings=reading.warnings)


def _alone(part: Part) -> list[PipelineColumn]:
    names = names_of(part) or part.reading.source.names_for(count_of(part))
    return applied(part, [PipelineColumn(name) for name in names])


READER = Reader(recognised, read)

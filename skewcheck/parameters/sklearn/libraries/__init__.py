"""Transformers of libraries beside scikit-learn: a module each, with a table of its classes.

A library is added by its package's name in LIBRARIES and in `pickles.allowed_names`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn.fitted_object import FittedObject

Columns = list[PipelineColumn]
Apply = Callable[[FittedObject, Columns], Columns]
"""Maps the columns that go into any transformer to those that come out of it."""
Reader = Callable[[FittedObject, Columns, Apply], Columns]
"""As Apply for one class; what it holds is read by the Apply that it gets."""


@dataclass(frozen=True, slots=True)
class Library:
    """What is read of a library's fitted objects."""

    readers: Mapping[str, Reader]
    """By class name; what other classes make is untested."""
    input_names: Callable[[FittedObject], tuple[str, ...]]
    """Returns the names of an object's input columns where scikit-learn's attributes have none."""


def _category_encoders() -> Library:
    from skewcheck.parameters.sklearn.libraries import category_encoders

    return category_encoders.LIBRARY


def _feature_engine() -> Library:
    from skewcheck.parameters.sklearn.libraries import feature_engine

    return feature_engine.LIBRARY


def _sklearn_pandas() -> Library:
    from skewcheck.parameters.sklearn.libraries import sklearn_pandas

    return sklearn_pandas.LIBRARY


LIBRARIES: Mapping[str, Callable[[], Library]] = MappingProxyType(
    {
        "category_encoders": _category_encoders,
        "feature_engine": _feature_engine,
        "sklearn_pandas": _sklearn_pandas,
    }
)
"""Libraries by their package; each is imported for the files that hold an object of it."""


def library_of(fitted: PickledObject) -> Library | None:
    """Return the library of an object; None for scikit-learn's, the user's own and unknown ones."""
    load = LIBRARIES.get(fitted.module.split(".")[0])
    return None if load is None else load()


def reader_of(fitted: PickledObject) -> Reader | None:
    """Return the reader of an object of another library; None if nothing is known of its class."""
    library = library_of(fitted)
    return None if library is None else library.readers.get(fitted.name)

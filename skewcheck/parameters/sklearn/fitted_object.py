"""A fitted scikit-learn object from a pickle, with checked access to its attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from skewcheck.features.types import FloatArray, ParameterWarning
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.precision import FLOAT32
from skewcheck.parameters.sklearn.pandas_objects import as_list
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import ParameterError

MAX_VALUES = 10_000_000
"""Numbers, levels and columns read: a small file may refer to one array a thousand times, or double
its columns again and again."""
VALUES_PER_COLUMN = 20
"""Values that a column counts as, in proportion to its memory."""


@dataclass(slots=True)
class ReadContext:
    """Notes, warnings and the amount of data read while one file is read."""

    source: ParameterSource
    notes: list[str] = field(default_factory=list)
    warnings: list[ParameterWarning] = field(default_factory=list)
    lost: list[PipelineColumn] = field(default_factory=list)
    """Columns that code of the user's own took, of which nothing more is known."""
    spent: int = 0
    """Values read so far, at most MAX_VALUES."""

    def spend(self, amount: int) -> None:
        """Count values read; ParameterError if a file refers to the same data too often."""
        self.spent += amount
        if self.spent > MAX_VALUES:
            raise self.source.error("says more than 10,000,000 numbers: no fitted transformer does")

    def spend_columns(self, count: int) -> None:
        """Count columns that a stage creates or reads."""
        self.spend(VALUES_PER_COLUMN * count)

    def warn(self, code: str, message: str, columns: Sequence[PipelineColumn]) -> None:
        """Add a warning about the features of columns; nothing without columns."""
        if columns:
            features = tuple(dict.fromkeys(column.feature for column in columns))
            self.warnings.append(ParameterWarning(code, {"text": message}, features))


@dataclass(frozen=True, slots=True)
class FittedObject:
    """A fitted object and its place in the file."""

    context: ReadContext
    pickled: PickledObject
    place: str = ""

    @property
    def name(self) -> str:
        """The name of its class."""
        return self.pickled.name

    def at(self, key: str) -> str:
        """Return the place of an attribute."""
        return f"{self.place}.{key}" if self.place else key

    def error(self, problem: str, key: str = "") -> ParameterError:
        """Return the error about an attribute, or about the object without a key."""
        place = self.at(key) if key else self.place or self.name
        return self.context.source.error(f"{place}: {problem}")

    def note(self, text: str) -> None:
        """Add a note with the object's place."""
        self.context.notes.append(f"{self.place or self.name}: {text}")

    def inner(self, value: object, place: str) -> FittedObject:
        """Return an object inside this one; ParameterError if the value is none."""
        if not isinstance(value, PickledObject):
            raise self.error(f"must be a fitted object, got {type(value).__name__}", place)
        self.context.spend(1)
        return FittedObject(self.context, value, self.at(place))

    def get(self, key: str) -> object:
        """Return an attribute as stored; None if it is absent."""
        return self.pickled.state.get(key)

    def has(self, key: str) -> bool:
        """Return whether an attribute is present and not None."""
        return self.get(key) is not None

    def flag(self, key: str, default: bool) -> bool:
        """Return an attribute as a bool; the default if it is none."""
        value = self.get(key)
        return bool(value) if isinstance(value, bool | int | np.bool_) else default

    def text(self, key: str, default: str) -> str:
        """Return an attribute as a string; the default if it is none."""
        value = self.get(key)
        return str(value) if isinstance(value, str) else default

    def number(self, key: str, default: float) -> float:
        """Return an attribute as a float; the default if absent, ParameterError if no number."""
        value = self.get(key)
        if value is None:
            return default
        if isinstance(value, int | float | np.number) and not isinstance(value, complex):
            try:
                return float(value)
            except OverflowError as error:
                raise self.error("is too large", key) from error
        raise self.error(f"must be a number, got {type(value).__name__}", key)

    def items(self, key: str) -> list[object]:
        """Return the members of a list, tuple or array; ParameterError if it is none."""
        value = self.get(key)
        if value is None:
            raise self.error(f"{self.name} is not fitted: it has no {key}")
        members = as_list(value)
        if members is None:
            raise self.error(f"must be a list, got {_type_name(value)}", key)
        self.context.spend(len(members))
        return members

    def one_each(self, key: str, count: int) -> list[object]:
        """Return the members of an attribute; ParameterError unless there are `count`."""
        members = self.items(key)
        if len(members) != count:
            raise self.error(f"has {len(members):,} members for {count:,} columns", key)
        return members

    def numbers(self, key: str, count: int) -> list[float]:
        """Return `count` floats, NaN allowed; ParameterError otherwise."""
        values: list[float] = number_array(self, self.one_each(key, count), key).tolist()
        return values

    def rounding(self, *keys: str) -> float:
        """Return the relative error of the arrays: that of float32 if one is no wider, else 0."""
        arrays = [value for key in keys if isinstance(value := self.get(key), np.ndarray)]
        single = any(a.dtype.kind == "f" and a.dtype.itemsize <= 4 for a in arrays)
        return FLOAT32 if single else 0.0

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of names; empty if the attribute is absent or no such list."""
        members = as_list(self.get(key))
        if not members or not all(isinstance(name, str) for name in members):
            return ()
        self.context.spend(len(members))
        return tuple(str(name) for name in members)


def is_word(value: object, *words: str) -> bool:
    """Return whether a value is one of some words; False for an array."""
    return isinstance(value, str) and value in words


def number_array(part: FittedObject, values: Sequence[object], key: str) -> FloatArray:
    """Return values as a float64 array of one dimension; ParameterError if one is no number."""
    if not all(isinstance(x, int | float | np.number | np.bool_) for x in values) or any(
        isinstance(x, np.complexfloating) for x in values
    ):
        raise part.error("must hold numbers only", key)
    try:
        return np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise part.error("must hold numbers only", key) from error


def _type_name(value: object) -> str:
    return value.name if isinstance(value, PickledObject) else type(value).__name__

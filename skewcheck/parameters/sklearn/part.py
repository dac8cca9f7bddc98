"""One fitted object of the file, whose attributes are asked for and checked here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from skewcheck.features.types import FloatArray, ParameterWarning
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import Inert
from skewcheck.parameters.sklearn.tables import listed
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import ParameterError

MOST = 10_000_000
"""Numbers and levels looked at: a small file may hold one array a thousand times, or double its
columns again and again."""
COLUMN = 20
"""How many numbers a column counts for: it takes that much more room."""


@dataclass(slots=True)
class Reading:
    """What is said, and how much was looked at, while one file is read."""

    source: ParameterSource
    notes: list[str] = field(default_factory=list)
    warnings: list[ParameterWarning] = field(default_factory=list)
    spent: int = 0

    def spend(self, amount: int) -> None:
        """Count what is looked at; ParameterError where a file refers to the same too often."""
        self.spent += amount
        if self.spent > MOST:
            raise self.source.error("says more than 10,000,000 numbers: no fitted transformer does")

    def spend_columns(self, count: int) -> None:
        """Count columns that a stage makes or looks at."""
        self.spend(COLUMN * count)

    def warn(self, code: str, message: str, columns: Sequence[PipelineColumn]) -> None:
        """Keep a warning about the features of columns, if there are any."""
        if columns:
            features = tuple(dict.fromkeys(column.feature for column in columns))
            self.warnings.append(ParameterWarning(code, message, features))


@dataclass(frozen=True, slots=True)
class Part:
    """A fitted object, and where in the file it stands."""

    reading: Reading
    fitted: Inert
    place: str = ""

    @property
    def name(self) -> str:
        """The name of its class."""
        return self.fitted.name

    def at(self, key: str) -> str:
        """Return the place of an attribute."""
        return f"{self.place}.{key}" if self.place else key

    def error(self, problem: str, key: str = "") -> ParameterError:
        """Return the error about an attribute, or about the object itself."""
        place = self.at(key) if key else self.place or self.name
        return self.reading.source.error(f"{place}: {problem}")

    def note(self, text: str) -> None:
        """Keep a note about what was skipped or taken for something."""
        self.reading.notes.append(f"{self.place or self.name}: {text}")

    def inner(self, value: object, place: str) -> Part:
        """Return an object inside this one; ParameterError where it is none."""
        if not isinstance(value, Inert):
            raise self.error(f"must be a fitted object, got {type(value).__name__}", place)
        self.reading.spend(1)
        return Part(self.reading, value, self.at(place))

    def get(self, key: str) -> object:
        """Return an attribute as it is; None where it is absent."""
        return self.fitted.state.get(key)

    def has(self, key: str) -> bool:
        """Return whether an attribute is there and not None."""
        return self.get(key) is not None

    def flag(self, key: str, default: bool) -> bool:
        """Return an attribute that is true or false."""
        value = self.get(key)
        return bool(value) if isinstance(value, bool | int | np.bool_) else default

    def text(self, key: str, default: str) -> str:
        """Return an attribute that is a word."""
        value = self.get(key)
        return str(value) if isinstance(value, str) else default

    def number(self, key: str, default: float) -> float:
        """Return an attribute that is one number."""
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
        """Return the members of an attribute that is a list, a tuple or an array."""
        value = self.get(key)
        if value is None:
            raise self.error(f"{self.name} is not fitted: it has no {key}")
        found = listed(value)
        if found is None:
            raise self.error(f"must be a list, got {_kind(value)}", key)
        self.reading.spend(len(found))
        return found

    def one_each(self, key: str, count: int) -> list[object]:
        """Return the members of an attribute that has one for each of `count` columns."""
        found = self.items(key)
        if len(found) != count:
            raise self.error(f"has {len(found):,} members for {count:,} columns", key)
        return found

    def numbers(self, key: str, count: int) -> list[float]:
        """Return an attribute of `count` numbers, NaN among them; ParameterError else."""
        found: list[float] = array(self, self.one_each(key, count), key).tolist()
        return found

    def names(self, key: str) -> tuple[str, ...]:
        """Return an attribute that is a list of names; none where it is absent or no such list."""
        found = listed(self.get(key))
        if not found or not all(isinstance(name, str) for name in found):
            return ()
        self.reading.spend(len(found))
        return tuple(str(name) for name in found)


def says(value: object, *words: str) -> bool:
    """Return whether a value of the file is one of some words; arrays have no such truth."""
    return isinstance(value, str) and value in words


def array(part: Part, values: Sequence[object], key: str) -> FloatArray:
    """Return members that are all numbers as an array of one dimension."""
    if not all(isinstance(x, int | float | np.number | np.bool_) for x in values):
        raise part.error("must hold numbers only", key)
    try:
        return np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise part.error("must hold numbers only", key) from error


def _kind(value: object) -> str:
    return value.name if isinstance(value, Inert) else type(value).__name__

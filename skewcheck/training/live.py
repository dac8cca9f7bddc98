"""The caller's own object, run in the caller's process: its outputs as columns.

This is the only place where code that skewcheck did not write is run, and it is the object that the
caller passed, not one from a file.
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skewcheck.text.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

Column = NDArray[np.float64] | NDArray[np.object_]
"""Numbers with NaN for none, or texts with None."""
MAX_OUTPUTS = 2_000
"""Outputs of an object: more are vectors of words or pixels, and no features by themselves."""
MAX_WRAPPERS = 5
"""Searches and pipelines in each other, of which the innermost transforms."""


@dataclass(frozen=True, slots=True)
class LiveObject:
    """An object that can be run on rows."""

    name: str
    """Of its class."""
    transform: Callable[[object], object]
    names_of: object
    """The object that names the outputs."""
    as_array: bool
    """Whether it takes arrays, as the caller passed one."""

    def outputs(self, frame: pd.DataFrame) -> dict[str, Column]:
        """Return the outputs of rows, by the names that the object gives them.

        Raises UsageError where the object fails, or gives another number of rows.
        """
        given = frame.to_numpy() if self.as_array else frame.copy()
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                made = self.transform(given)
                names, columns = _columns(made)
        except Exception as error:  # whatever the caller's code raises
            raise UsageError(f"{self.name}.transform: fails ({type(error).__name__})") from error
        if any(len(column) != len(frame) for column in columns) or not columns:
            raise UsageError(f"{self.name}.transform: does not give an output for each row")
        names = names or self._names(frame, len(columns))
        if len(columns) > MAX_OUTPUTS or len({*names}) < len(columns):
            raise UsageError(
                f"{self.name}.transform: gives {len(columns):,} outputs; at most {MAX_OUTPUTS:,}"
                " with names of their own are features"
            )
        return dict(zip(names, columns, strict=True))

    def _names(self, frame: pd.DataFrame, count: int) -> tuple[str, ...]:
        """Return the names of `count` outputs: the object's own, or its class with a number."""
        name_them: Callable[..., Iterable[object]] | None = getattr(
            self.names_of, "get_feature_names_out", None
        )
        if name_them is not None:
            inputs = np.array([str(name) for name in frame.columns], object)
            for arguments in ((inputs,), ()):
                with suppress(Exception):  # as above: it may refuse the names of X
                    names = tuple(str(name) for name in name_them(*arguments))
                    if len(names) == count:
                        return names
        word = re.sub(r"\W", "", self.name).lower()
        return tuple(f"{word}{i}" for i in range(count))


def live(fitted: object, *, as_array: bool) -> LiveObject | None:
    """Return the object as one that can be run; None of one without `transform`.

    Of a pipeline that ends in a model all steps before it are run, of a search the best one found.
    """
    inner = fitted
    for _ in range(MAX_WRAPPERS):
        if callable(getattr(inner, "transform", None)):
            return LiveObject(type(fitted).__name__, _on_copy(inner), inner, as_array)
        best: object = getattr(inner, "best_estimator_", None)
        part: Callable[[slice], object] | None = getattr(inner, "__getitem__", None)
        if best is not None:
            inner = best
        elif part is not None and len(getattr(inner, "steps", ())) > 1:
            inner = part(slice(None, -1))
        else:
            return None
    return None


def _on_copy(fitted: object) -> Callable[[object], object]:
    """Return the transform of a copy, where there can be one: running must not change the object.

    An object that counts what it sees would give other outputs after it was captured.
    """

    def transform(rows: object) -> object:
        running = fitted
        with suppress(Exception):  # locks, handles and modules cannot be copied
            running = copy.deepcopy(fitted)
        method: Callable[[object], object] | None = getattr(running, "transform", None)
        return rows if method is None else method(rows)

    return transform


def _columns(made: object) -> tuple[tuple[str, ...], list[Column]]:
    """Return what an object gave as columns, and their names where it has some."""
    import pandas as pd  # the caller has it, or the result is none of its frames

    for method in ("toarray", "to_pandas"):  # of sparse matrices, and of frames of other libraries
        convert: Callable[[], object] | None = getattr(made, method, None)
        made = made if convert is None else convert()
    if isinstance(made, pd.DataFrame):
        names = tuple(str(name) for name in made.columns)
        return names, [_column(made.iloc[:, i].to_numpy()) for i in range(len(names))]
    table = np.asarray(made)
    if table.ndim == 1:
        return (), [_column(table)]
    if table.ndim != 2:
        raise ValueError(f"outputs of {table.ndim} dimensions")
    return (), [_column(table[:, i]) for i in range(table.shape[1])]


def _column(values: NDArray[np.generic]) -> Column:
    """Return a column as numbers if all of its values are, else as texts."""
    if values.dtype.kind in "fiub":
        return values.astype(np.float64)
    objects = [None if _is_none(value) else value for value in values.tolist()]
    if all(value is None or isinstance(value, int | float | np.number) for value in objects):
        return np.array([np.nan if value is None else value for value in objects], np.float64)
    texts = np.empty(len(objects), object)
    texts[:] = [None if value is None else str(value) for value in objects]
    return texts


def _is_none(value: object) -> bool:
    return value is None or value is _na() or (isinstance(value, float) and np.isnan(value))


def _na() -> object:
    import pandas as pd

    return pd.NA


def same(a: Mapping[str, Column], b: Mapping[str, Column], at: Sequence[int]) -> dict[str, bool]:
    """Return of each output whether rows `at` of `a` are the rows of `b`, to a millionth.

    Other sizes of matrices are multiplied in another order, so that the last digits may differ.
    """
    return {
        name: alike(column[[*at]], b[name]) if name in b else False for name, column in a.items()
    }


def alike(a: Column, b: Column) -> bool:
    """Return whether two columns have the same values, to a millionth of the largest."""
    if a.dtype == object or b.dtype == object:
        return bool(len(a) == len(b) and all(x == y for x, y in zip(a, b, strict=True)))
    finite = np.abs(a[np.isfinite(a)])
    scale = float(finite.max(initial=0.0))
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-9 * scale, equal_nan=True))

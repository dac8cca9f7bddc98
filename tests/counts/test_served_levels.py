"""Levels that are served as numbers: counted as comparing them one by one does."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.counts.categorical import NAMES_KEPT, CategoricalCounts, Levels
from skewcheck.features.types import FloatArray

VALUES = st.one_of(
    st.integers(-2, 8).map(float),
    st.sampled_from([65_535.0, 65_536.0, 2.0**31, -(2.0**31), 2.0**40, 0.5, 1.0 + 1e-9, 2.5]),
    st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 1e300]),
)


@given(
    st.lists(VALUES, max_size=60),
    st.lists(st.sampled_from([-1.0, 0.0, 1.0, 2.0, 5.0, 65_536.0]), unique=True, max_size=6),
    st.sampled_from([0.0, 1e-6, 1.5]),
    st.integers(0, 2),
)
def test_numbers_are_counted_as_one_by_one(
    values: list[float], centres: list[float], reach: float, mistyped: int
) -> None:
    ascending: FloatArray = np.sort(np.array(centres, np.float64))
    names = [f"level {centre:g}" for centre in ascending]
    levels = Levels.numbers(names, ascending - reach, ascending + reach)
    values += [np.nan] * mistyped
    counts = CategoricalCounts.of_numbers(np.array(values, np.float64), levels, mistyped=mistyped)
    expected, strangers = Counter[str](), Counter[float]()
    for value in values:
        # The last window that begins at or below the value is the level's, if it holds it.
        begun = [i for i, centre in enumerate(ascending) if centre - reach <= value]
        if begun and value <= ascending[begun[-1]] + reach:
            expected[names[begun[-1]]] += 1
        elif not np.isnan(value):
            strangers[value] += 1
    assert dict(zip(levels.names, counts.counts.tolist(), strict=True)) == {
        name: expected[name] for name in names
    }
    assert counts.unseen == strangers.total()
    assert counts.nulls == sum(map(np.isnan, values)) - mistyped
    assert counts.rows == len(values)
    assert len(strangers) <= NAMES_KEPT
    assert {float(name): rows for name, rows in counts.names.items()} == dict(strangers)

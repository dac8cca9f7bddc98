"""Results over scopes against pandas, NumPy and scikit-learn; settings; where batches end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import Normalizer

from skewcheck.features.scope_reader import BatchStatistics, Rows, ScopeColumn, ScopeReader
from skewcheck.features.scopes import Results
from skewcheck.features.steps import EPSILON_IN, EpsilonIn, Standardize
from skewcheck.features.steps.scopes import NORMS, Over

rng = np.random.default_rng(4)
ROWS = 300
X = pd.Series(rng.normal(20, 3, ROWS) + np.cumsum(rng.normal(size=ROWS)))
KEYS = pd.Series(rng.choice(["u", "v"], ROWS))


def read(
    step: Standardize, cuts: list[int], *, by: str | None = None, columns: tuple[str, ...] = ("x",)
) -> list[Results]:
    """Return the results of batches that end at the cuts, of one file."""
    table = {"x": X, "k": KEYS, "y": X**2 % 7, "z": -X}
    scopes = [ScopeColumn(name, name, (), step, by) for name in columns]
    ends = sorted({0, *cuts, ROWS})
    batches = [
        Rows({name: pa.array(column[a:b]) for name, column in table.items()}, b - a)
        for a, b in pairwise(ends)
    ]
    first = BatchStatistics(scopes)
    for batch in batches:
        first.read(batch)
    reader = ScopeReader(scopes, first.finished())
    made = [reader.read(batch, columns) for batch in batches]
    return [
        Results(
            np.concatenate([part[name].values for part in made]),
            np.concatenate([part[name].error for part in made]),
        )
        for name in columns
    ]


def windows(x: pd.Series, length: int, ddof: int) -> pd.Series:
    rolling = x.rolling(length)
    return (x - rolling.mean()) / rolling.std(ddof=ddof)


@pytest.mark.parametrize("ddof", [0, 1])
def test_windows_are_those_of_pandas(ddof: int) -> None:
    (made,) = read(Standardize("window", 12, ddof), [])
    np.testing.assert_allclose(made.values, windows(X, 12, ddof), rtol=0, atol=1e-9)
    (made,) = read(Standardize("window", 12, ddof), [], by="k")
    expected = X.groupby(KEYS).transform(lambda x: windows(x, 12, ddof))
    np.testing.assert_allclose(made.values, expected, rtol=0, atol=1e-9)


def test_all_rows_so_far_are_those_of_pandas() -> None:
    (made,) = read(Standardize("running"), [], by="k")
    groups = X.groupby(KEYS)
    expected = groups.transform(
        lambda x: (x - x.expanding().mean()) / x.expanding().std(ddof=0)
    ).fillna(0)
    np.testing.assert_allclose(made.values, expected, rtol=0, atol=1e-9)


def test_batches_and_files_are_those_of_numpy() -> None:
    (made,) = read(Standardize("batch", 32), [])
    parts = np.split(X.to_numpy()[:288], 9)
    expected = np.concatenate([(x - x.mean()) / x.std() for x in parts])
    np.testing.assert_allclose(made.values[:288], expected, rtol=0, atol=1e-12)
    assert np.isnan(made.values[288:]).all()
    (made,) = read(Standardize("batch", method="minmax"), [])
    np.testing.assert_allclose(made.values, (X - X.min()) / np.ptp(X), rtol=0, atol=1e-12)


@pytest.mark.parametrize("norm", NORMS)
def test_rows_are_those_of_scikit_learn(norm: str) -> None:
    method = next(m for m in NORMS if m == norm)
    made = read(Standardize("row", method=method), [], columns=("x", "y", "z"))
    expected = Normalizer(norm).fit_transform(np.column_stack((X, X**2 % 7, -X)))
    np.testing.assert_allclose(np.column_stack([m.values for m in made]), expected, atol=1e-12)


@given(
    over=st.sampled_from(["window", "running", "batch"]), by=st.sampled_from([None, "k"]),
    cuts=st.lists(st.integers(1, ROWS - 1), max_size=20),
    method=st.sampled_from(["zscore", "minmax"]), length=st.sampled_from([2, 7, 50]),
)  # fmt: skip
def test_where_batches_end_does_not_matter(
    over: Over, by: str | None, cuts: list[int], method: str, length: int
) -> None:
    step = Standardize(
        over, None if over == "running" else length,
        method="zscore" if method == "zscore" else "minmax",
    )  # fmt: skip
    (whole,), (parts,) = read(step, [], by=by), read(step, cuts, by=by)
    assert np.array_equal(whole.values, parts.values, equal_nan=True)
    assert np.array_equal(whole.error, parts.error, equal_nan=True)


@pytest.mark.parametrize("epsilon_in", EPSILON_IN)
def test_epsilon_keeps_equal_values_at_0(epsilon_in: EpsilonIn) -> None:
    step = Standardize("window", 3, epsilon=1e-3, epsilon_in=epsilon_in)
    scopes = [ScopeColumn("x", "x", (), step)]
    made = ScopeReader(scopes).read(Rows({"x": pa.array([4.0, 4.0, 4.0, 4.5])}, 4), ["x"])["x"]
    std = np.std([4, 4, 4.5])
    divisor = {"scale": std + 1e-3, "variance": np.sqrt(std**2 + 1e-3), "floor": std}[epsilon_in]
    np.testing.assert_allclose(made.values[2:], [0, (4.5 - np.mean([4, 4, 4.5])) / divisor])


def test_what_tells_nothing_has_no_error() -> None:
    x = [1.0, 1.0, 1.0, None, 2.0, 3.0, 1e9, 1e9 + 1, 1e9 + 2]
    step = Standardize("window", 3)
    made = ScopeReader([ScopeColumn("x", "x", (), step)]).read(
        Rows({"x": pa.array(x)}, len(x)), ["x"]
    )["x"]
    assert made.values[2] == 0  # equal values; a server in float32 may be anywhere
    assert np.isnan(made.error[[0, 1, 2, 3, 4, 5, 8]]).all()  # 1e9 has no units in float32
    assert np.isfinite(made.error[6])
    assert np.isnan(made.values[[0, 1, 3, 4, 5]]).all()


def test_a_gap_begins_windows_anew_and_ends_other_scopes() -> None:
    for step, known in ((Standardize("window", 3), [5, 6, 7]), (Standardize("running"), [])):
        reader = ScopeReader([ScopeColumn("x", "x", (), step)])
        rows = {"x": pa.array([1.0, 5.0, 2.0])}
        reader.read(Rows(rows, 3), ["x"])
        later = {"x": pa.array([1.0, 5.0, 2.0, 8.0, 3.0])}
        made = reader.read(Rows(later, 5, gaps=True), ["x"])["x"]
        assert (3 + np.flatnonzero(np.isfinite(made.values))).tolist() == known


@pytest.mark.parametrize(
    ("step", "key"),
    [
        (Standardize("window"), "length"),
        (Standardize("window", 1), "length"),
        (Standardize("row", 3), "length"),
        (Standardize("batch", 4, ddof=2), "ddof"),
        (Standardize("batch", 4, method="l2"), "method"),
        (Standardize("batch", 4, epsilon=-1.0), "epsilon"),
        (Standardize("batch", 4, width=3), "width"),
    ],
)
def test_settings_are_checked(step: Standardize, key: str) -> None:
    problem = step.check()
    assert problem is not None
    assert problem[0] == key

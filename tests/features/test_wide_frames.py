"""DataFrames of many columns after the steps."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.preprocessing import OneHotEncoder

import skewcheck

pd = pytest.importorskip("pandas")


def test_hundreds_of_outputs_are_appended_at_once() -> None:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.normal(size=(300, 102)), index=np.arange(300) % 7).add_prefix("x")
    frame["level"] = [f"l{i % 150}" for i in range(300)]
    frame.columns.name, frame.attrs = "names", {"of": "training"}
    encoded = skewcheck.capture(OneHotEncoder().fit(frame[["level"]]), frame)
    scaled = skewcheck.fit(frame.drop(columns="level"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        levels = encoded.transform(frame)
        both = scaled.transform(frame, served="{feature}_n")
        in_place = scaled.transform(frame)
    assert list(levels.columns[:103]) == [*frame.columns[:102], "level_l0"]
    assert levels.shape == (300, 252)
    assert list(both.columns) == [*frame.columns, *(f"x{i}_n" for i in range(102))]
    assert list(in_place.columns) == list(frame.columns)
    for result in (levels, both, in_place):
        assert result.index.equals(frame.index)
        assert (result.columns.name, result.attrs) == ("names", {"of": "training"})
    assert np.array_equal(in_place["x7"], both["x7_n"])

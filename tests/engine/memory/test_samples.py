"""Samples in a file: what is read of them is what a whole log's sample needs."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.counts.codec import DamagedError
from skewcheck.counts.rows import FILE, feature_column, segment_column
from skewcheck.counts.sample import Limit, Sample, keys
from skewcheck.engine.memory.samples import FIRST_ROWS, get, put
from skewcheck.logs.batch import RowOrigin

lengths = st.lists(
    st.sampled_from([0, 1, 7, FIRST_ROWS, FIRST_ROWS + 1, 3000]), min_size=1, max_size=5
)


def sampled(file: str, rows: int, size: int) -> Sample:
    values = np.random.default_rng(rows).normal(size=rows)
    columns = {
        feature_column("x"): values,
        feature_column(f"only {file}"): np.arange(rows) / 3,
        FILE: np.zeros(rows),
        segment_column("file"): np.ones(rows),
    }
    return Sample.of(keys(RowOrigin(file, 0), rows), columns, size)


@given(lengths, st.sampled_from([1, 300, 1000]))
def test_rows_of_all_files_are_those_of_the_log(rows: list[int], size: int) -> None:
    file, limit = io.BytesIO(), Limit(size)
    file.write(b"something else in front")
    samples = [sampled(f"f{i}", n, size) for i, n in enumerate(rows)]
    places = [put(file, sample) for sample in samples]
    for sample in samples:
        limit.lower(sample.rows().keys)
    back = whole = Sample(size)
    read = 0
    for sample, place in zip(samples, places, strict=True):
        found = get(file, place, size, limit)
        back, whole = back + found, whole + sample
        read += sum(len(chunk.keys) for chunk in found.chunks)
    a, b = back.rows(), whole.rows()
    assert a.keys.tolist() == b.keys.tolist()
    assert a.columns.keys() == b.columns.keys()
    for name in a.columns:
        np.testing.assert_array_equal(a.columns[name], b.columns[name])
    assert read == min(size, sum(rows))  # no row that is not needed


def test_a_damaged_piece_is_told() -> None:
    file = io.BytesIO()
    places = put(file, sampled("a", 3000, 3000))
    assert len(places) == 5  # up to row 256, 512, 1024, 2048, and the rest
    file.seek(int(places[3, 1]) + 50)
    file.write(b"x")
    with pytest.raises(DamagedError):
        get(file, places, 3000, Limit(3000))
    low = Limit(10)
    low.lower(sampled("a", 3000, 3000).rows().keys)
    assert len(get(file, places, 3000, low).rows().keys) == 10

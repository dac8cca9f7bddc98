"""Reading a log whole, as a fixture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from batches import Columns, batches_of, values_of

from skewcheck.logs import Wanted


@pytest.fixture
def read() -> Callable[..., Columns]:
    """Return `read(sources, numbers="a b", labels="c")`: all values by column."""

    def read_all(
        sources: object, numbers: str = "", labels: str = "", **options: object
    ) -> Columns:
        wanted = Wanted(frozenset(numbers.split()), frozenset(labels.split()))
        batches = batches_of(sources, wanted, **options)
        starts: dict[str, int] = {}
        for batch in batches:  # the rows of a file follow each other without a gap
            origin = batch.origin
            assert origin.start == starts.get(origin.file, 0)
            assert all(len(column) == batch.rows for column in batch.columns.values())
            starts[origin.file] = origin.start + batch.rows
        return values_of(batches, wanted)

    return read_all


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)

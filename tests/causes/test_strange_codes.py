"""Served codes that training cannot give: whatever they are, they are no drift."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from levels import CODES, KNOWN, LOG
from servers import first, placed

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.features.steps import Buckets
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence

RIGHT = np.array([CODES[x] for x in LOG])
SOME = np.random.default_rng(3).random(len(LOG)) < 0.15
HOST = np.where(np.random.default_rng(4).random(len(LOG)) < 0.2, "web-3", "web-1")
EDGES = (25.0, 35.0, 45.0, 60.0)
AGES = np.random.default_rng(1).integers(18, 80, 8000).astype(float)
BUCKETS = skewcheck.fit(
    pa.table({"x": AGES}),
    parameters=Parameters((Feature("x", "numeric", (Buckets(EDGES),)),), ""),
)
AGED = np.digitize(np.random.default_rng(2).integers(18, 80, 3000), EDGES).astype(float)
TENTH = np.random.default_rng(5).random(3000) < 0.1


def coded(codes: np.ndarray, known: Parameters = KNOWN, **columns: np.ndarray) -> Audit:
    table = pa.table({"x": codes, **{n: pa.array(v.tolist()) for n, v in columns.items()}})
    return skewcheck.audit(known, table, served="{feature}")


def test_codes_of_another_vocabulary_are_mapped_by_their_shares() -> None:
    other = np.array([17.0, 5.0, 88.0, 31.0, 9.0])
    for affected, where in ((SOME, None), (HOST == "web-3", "host = web-3")):
        audit = coded(np.where(affected, other[RIGHT.astype(int)], RIGHT), host=HOST)
        cause = first(audit, "x")
        assert (cause.code, placed(cause)) == ("encoding_changed", where)
        assert cause.share == pytest.approx(affected.mean())
        mapping = cause.parameters["mapping"]
        assert isinstance(mapping, dict)
        # The most frequent levels are told apart by their shares, whatever the rare ones.
        assert (mapping["0"], mapping["1"]) == (17.0, 5.0)
        assert audit.verdict == "skew"


def test_codes_without_an_order_are_said_to_be_impossible() -> None:
    strange = np.random.default_rng(6).integers(20, 60, len(RIGHT))
    cause = first(coded(np.where(SOME, strange, RIGHT)), "x")
    assert cause.code == "encoding_changed"
    assert "codes that training cannot give" in sentence(cause)
    assert "mapping" not in cause.parameters


def test_one_impossible_code_beside_right_ones_is_stuck() -> None:
    for parameters, right, affected in ((KNOWN, RIGHT, SOME), (BUCKETS, AGED, TENTH)):
        cause = first(coded(np.where(affected, 9.0, right), parameters), "x")
        assert (cause.code, cause.parameters) == ("stuck_value", {"value": 9.0})
        assert cause.share == pytest.approx(affected.mean())


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_a_part_of_the_buckets_counted_from_one(share: float) -> None:
    affected = np.random.default_rng(7).random(3000) < share
    cause = first(coded(AGED + affected, BUCKETS), "x")
    assert cause.code == "encoding_changed"
    assert cause.parameters == {"mapping": {str(i): i + 1.0 for i in range(5)}}
    assert cause.share == pytest.approx(share, abs=0.04)


def test_hashed_buckets_are_said_to_be_impossible_and_where() -> None:
    host = np.where(TENTH, "web-3", "web-1")
    cause = first(coded(np.where(TENTH, 7 * AGED + 11, AGED), BUCKETS, host=host), "x")
    assert (cause.code, placed(cause)) == ("encoding_changed", "host = web-3")
    assert sorted(cause.parameters["codes"]) == [11, 18, 25, 32, 39]


def test_other_buckets_that_training_has_are_drift() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        shares = rng.dirichlet(np.ones(5))
        causes = coded(rng.choice(5, 2000, p=shares).astype(float), BUCKETS).features[0].causes
        assert {c.code for c in causes if c.confidence > 0.5} <= {"drift", "stuck_value"}


def test_codes_of_other_rows_say_where_they_are() -> None:
    bad = np.flatnonzero(HOST == "web-3")
    served = RIGHT.copy()
    served[bad] = np.random.default_rng(8).permutation(RIGHT[bad])
    table = pa.table({"x": LOG, "x_norm": served, "host": HOST.tolist()})
    cause = first(skewcheck.audit(KNOWN, table, served="{feature}_norm"), "x")
    assert (cause.parameters, placed(cause)) == ({"swapped": "rows"}, "host = web-3")

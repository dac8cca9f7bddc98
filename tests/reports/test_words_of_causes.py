"""The sentence of a cause: how many rows, where, and what was done, served or logged."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.causes import LIKELY, OPEN, SURE, Diagnosis
from skewcheck.causes.locating import Place
from skewcheck.reports.words.causes import cause_of
from skewcheck.reports.words.features import message

AGO = Place("since 2026-11-01 03:00", 1.0, 1.0)


@pytest.mark.parametrize(
    ("found", "raw", "told"),
    [
        (Diagnosis("x", 1.0, SURE, "so"), False, "all rows were served so"),
        (
            Diagnosis("x", 0.0694, LIKELY, "so", where=Place("host = a", 0.9, 0.5)),
            False,
            (
                "6.94 % of the rows (half of the rows of host = a, and 10 % of them elsewhere)"
                " were served so"
            ),
        ),
        (
            Diagnosis("x", 0.5, OPEN, "so", where=AGO),
            False,
            (
                "50 % of the rows (all rows since 2026-11-01 03:00, and no others)"
                " may have been served so"
            ),
        ),
        (
            Diagnosis("x", 1.0, SURE, "from raw values in another unit: seconds for minutes"),
            True,
            "all rows were logged in another unit: seconds for minutes",
        ),
        (
            Diagnosis("x", 1.0, SURE, "from the log1p of the raw values"),
            True,
            "all rows were logged as the log1p of the raw values",
        ),
        (
            Diagnosis("wrong_ddof", 0.94, SURE, "with ddof 1"),
            False,
            "rows were served with ddof 1, visible in 94 % of the rows",
        ),
        (Diagnosis("wrong_ddof", 1.0, SURE, "with ddof 1"), False, "all rows were served with"),
        (Diagnosis("drift", 1.0, OPEN, "so"), False, "the distribution moved"),
    ],
)
def test_sentences(found: Diagnosis, raw: bool, told: str) -> None:
    cause = cause_of(found, raw=raw)
    assert cause.message.startswith(told)
    assert cause.where == (found.where.text if found.where else None)


def test_raw_logs_were_logged_not_served() -> None:
    rng = np.random.default_rng(3)
    train = {"a": rng.gamma(2, 15, 4000), "b": rng.gamma(3, 7, 4000)}
    known = skewcheck.fit(pa.table(train))
    log = {"a": rng.gamma(2, 15, 2000) * 1000, "b": rng.gamma(3, 7, 2000) * 60}
    audit = skewcheck.audit(known, pa.table(log))
    for feature in audit.features:
        assert feature.causes[0].code == "unit_change"
        assert "were logged in another unit" in message(feature)
        assert "served" not in message(feature)
    log = {name: (rng.permutation(x) - x.mean()) / x.std() for name, x in train.items()}
    audit = skewcheck.audit(known, pa.table(log))
    assert [cause.message for cause in audit.causes] == [
        "2 of 2 features were logged in columns that hold normalized values already"
    ]

"""The sentence of a cause: how many rows, where, and what was done, served or logged."""

from __future__ import annotations

from string import Formatter

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.catalogue.causes import CAUSES
from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.features import message
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause, Place

AGO = Place(since=1793502000.0)  # 2026-11-01 03:00
DDOF = {"training": 0}


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (Cause("not_normalized", 1.0, SURE), "all rows were served without normalization"),
        (
            Cause("not_normalized", 0.0694, LIKELY, place=Place("host", values=("a",), purity=0.5,
                                                                coverage=0.9)),
            ("6.94 % of the rows (half of the rows of host = a, and 10 % of them elsewhere)"
            " were served without normalization"),
        ),
        (
            Cause("not_normalized", 0.5, OPEN, place=AGO),
            ("50 % of the rows (all rows since 2026-11-01 03:00, and no others)"
            " may have been served without normalization"),
        ),
        (
            Cause("unit_change", 1.0, SURE, details={"unit": "seconds", "training": "minutes"},
                  side="raw"),
            "all rows were logged in another unit: seconds for minutes",
        ),
        (
            Cause("unit_change", 1.0, SURE, {"function": "log1p"}, variant="function", side="raw"),
            "all rows were logged as the log1p of the raw values",
        ),
        (
            Cause("wrong_ddof", 0.94, SURE, {"ddof": 1}, details=DDOF),
            ("rows were served with a standard deviation of ddof 1, where training has ddof 0,"
            " visible in 94 % of the rows"),
        ),
        (
            Cause("wrong_ddof", 1.0, SURE, {"ddof": 1}, details=DDOF),
            "all rows were served with a standard deviation of ddof 1, where training has ddof 0",
        ),
        (
            Cause("drift", 1.0, OPEN, place=AGO),
            ("the distribution (all rows since 2026-11-01 03:00, and no others) moved,"
            " and no mechanism explains it as a whole"),
        ),
        (
            Cause("wrong_parameters", 1.0, SURE, {"mean": 20.0, "std": 8.000001},
                  details={"training": {"mean": 20.0, "std": 8.0}}, negligible=True),
            ("all rows were served with mean 20, std 8.000001, where training has mean 20, std 8:"
            " less than matters, or the digits that the file was written with"),
        ),
        (
            Cause("swapped_features", 1.0, SURE, {"feature": "{not logged in}"}, side="raw"),
            "all rows were logged with the values of {not logged in}",
        ),
    ],
)  # fmt: skip
def test_sentences(cause: Cause, text: str) -> None:
    assert sentence(cause) == text


@pytest.mark.parametrize("code", CAUSES)
def test_phrases_are_about_parameters_and_details(code: str) -> None:
    spec = CAUSES[code]
    assert spec.phrases.keys() | {""} >= spec.logged.keys()
    for phrase in (*spec.phrases.values(), *spec.logged.values()):
        fields = [name for _, name, _, _ in Formatter().parse(phrase) if name is not None]
        assert all(name.split("[")[0].isidentifier() for name in fields)
    names = [name for _, name, _, _ in Formatter().parse(spec.together) if name is not None]
    assert set(names) <= set(spec.origin)


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
    assert [sentence(cause) for cause in audit.causes] == [
        "2 of 2 features were logged in columns that hold normalized values already"
    ]

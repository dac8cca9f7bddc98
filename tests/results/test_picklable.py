"""The result of an audit is data: it can be pickled, and then equals itself."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.windows import Windows
from skewcheck.features.types import NumericReference, Parameters
from skewcheck.results.audit import Audit
from skewcheck.results.causes import Remainder
from skewcheck.results.verdicts import Verdict
from skewcheck.statistics import power
from skewcheck.verdict.numeric import NumericSample, numeric_tests

ROWS = 3000


def frame(seed: int, shift: float = 0.0) -> pd.DataFrame:
    """Return features of each type, a segment and a time."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "x": rng.normal(10 + shift, 2, ROWS),
        "i": rng.integers(0, 50, ROWS),
        "k": rng.choice(list("aab") if shift else list("abb"), ROWS),
        "host": rng.choice(["web-1", "web-2"], ROWS),
        "ts": pd.date_range("2026-11-01", periods=ROWS, freq="min").astype(str),
    })  # fmt: skip


@pytest.fixture(scope="module")
def known() -> Parameters:
    return skewcheck.fit(frame(0), features=["x", "i", "k"])


def served(known: Parameters, log: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Return the log with served columns, those of x by another scale in the second half."""
    made = known.transform(log, served="{feature}_n")
    late = np.arange(ROWS) >= ROWS // 2
    made["x_n"] = made["x_n"].where(~late, made["x_n"] * factor)
    return made


def again(audit: Audit) -> Audit:
    """Return the audit as another process would get it."""
    found = pickle.loads(pickle.dumps(audit))  # noqa: S301  # what was just written
    assert isinstance(found, Audit)
    return found


@pytest.mark.parametrize("shift", [0.0, 1.0])
@pytest.mark.parametrize("hidden", [False, True])
def test_raw_with_windows_and_segments(known: Parameters, *, shift: float, hidden: bool) -> None:
    audit = skewcheck.audit(
        known, frame(1, shift), every="6h", time_column="ts", by="host", no_values=hidden
    )
    assert audit.features[0].windows
    assert audit.features[0].segments
    assert (audit.features[0].curves is None) is hidden
    assert again(audit) == audit
    assert skewcheck.render(again(audit), "json") == skewcheck.render(audit, "json")


@pytest.mark.parametrize("factor", [1.0, 1.5])
@pytest.mark.parametrize("mode", ["paired", "served"])
def test_paired_and_served(known: Parameters, mode: str, factor: float) -> None:
    log = served(known, frame(2), factor)
    log = log if mode == "paired" else log.drop(columns=["x", "i", "k"])
    audit = skewcheck.audit(known, log, raw="{feature}", served="{feature}_n")
    assert audit.features[0].mode == mode
    assert bool(audit.features[0].causes) is (factor != 1)
    assert again(audit) == audit


def test_a_row_without_a_value_is_an_example_that_equals_itself(known: Parameters) -> None:
    log = served(known, frame(3), 1.0)
    log.loc[7, "x_n"] = np.nan
    audit = skewcheck.audit(known, log, served="{feature}_n")
    parity = audit.features[0].parity
    assert parity is not None
    assert parity.example is not None
    assert again(audit) == audit


def test_values_near_the_largest_number_have_a_distance_without_an_interval(
    known: Parameters,
) -> None:
    log = served(known, frame(6), 1.0).drop(columns=["x", "i", "k"])[:5]
    log["x_n"] = 1e300
    audit = skewcheck.audit(known, log, served="{feature}_n")
    (test,) = (t for t in audit.features[0].tests if t.name == "wasserstein")
    assert test.statistic is not None
    assert test.statistic > 1e250
    assert test.interval is None
    assert again(audit) == audit


def numbers(value: object) -> Iterator[object]:
    """Yield all that a result holds and that holds nothing itself."""
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from numbers(getattr(value, each.name))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from numbers(each)
    elif isinstance(value, tuple | frozenset):
        for each in value:
            yield from numbers(each)
    else:
        yield value


def test_a_result_has_plain_numbers_and_no_lists(known: Parameters) -> None:
    log = served(known, frame(2, 1.0), 1.5)
    for audit in (
        skewcheck.audit(known, frame(1, 1.0), every="6h", time_column="ts", by="host"),
        skewcheck.audit(known, log, served="{feature}_n", cluster="host"),
    ):
        kinds = {type(one) for one in numbers(audit)}
        assert kinds <= {int, float, str, bool, type(None), Verdict, Remainder}


def test_too_few_rows_and_nothing_to_compare(known: Parameters) -> None:
    audit = skewcheck.audit(known, frame(4)[:60].drop(columns="k"))
    assert {feature.verdict.value for feature in audit.features} == {"inconclusive", "skew"}
    assert again(audit) == audit


def test_what_a_test_could_have_shown_can_be_sent_too() -> None:
    for one in (
        power.KsPower(900), power.RankPower.of(np.array([3, 4])),
        power.Chi2Power(np.array([50, 60]), 0, power.PsiDistance()),
        power.SharePower(power.Excess(3, 500), 0.006), power.LoweredPower(4.0, 1.0, 0.5),
        power.SharePower(power.Missed(np.array([3, 9]), 12, 1.0, 0.0), 0.1),
    ):  # fmt: skip
        sent = pickle.loads(pickle.dumps(one))  # noqa: S301
        assert sent(100, 0.01, 0.2) == one(100, 0.01, 0.2)


def test_a_sample_measures_all_its_tests_from_one_set_of_counts(known: Parameters) -> None:
    reference = known["x"].reference
    assert isinstance(reference, NumericReference)
    counts = NumericCounts.of(frame(5)["x"].to_numpy(), Windows.exact(reference.histogram.edges))
    sample = NumericSample(counts, reference, known["x"].steps, served=False)
    assert list(numeric_tests(sample)) == [
        "type", "constant", "ks", "mannwhitney", "psi", "wasserstein", "mean", "std", "js", "kl",
        "nulls", "nonfinite", "range",
    ]  # fmt: skip
    assert sample.cells is sample.cells

"""Which rows and features `inject` affects, and what it refuses."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from injections import AGE, COUNT, KNOWN, LOG, ROWS, Inject, Z, frame, injector
from numpy.typing import NDArray

import skewcheck
from skewcheck.logs.batch import ROWS as BATCH
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import NothingToTestError, SkewcheckError, UsageError


@pytest.fixture
def inject(tmp_path: Path) -> Inject:
    """Inject into LOG, and read what was written."""
    return injector(tmp_path)


def wrong(found: pd.DataFrame) -> NDArray[np.bool_]:
    return (found["age_norm"] != Z).to_numpy()


def test_shares_are_met_and_grow_by_rows(inject: Inject) -> None:
    masks = []
    for share in (0.07, 0.3, 0.9, 1.0):
        injected, output = inject("not_normalized", feature="age", share=share)
        masks.append(wrong(output))
        assert injected.affected == masks[-1].sum()
        # Five standard deviations of a binomial share.
        assert abs(masks[-1].mean() - share) <= 5 * np.sqrt(share * (1 - share) / ROWS)
    for fewer, more in pairwise(masks):
        assert (more | ~fewer).all()


def test_the_seed_decides_and_batches_do_not(inject: Inject, tmp_path: Path) -> None:
    rows = BATCH + 5000
    log = pd.DataFrame({"age": np.random.default_rng(3).normal(40, 12, rows)})
    masks = []
    for size, seed in ((rows, 1), (777, 1), (rows, 2)):
        log.to_parquet(tmp_path / "a.parquet", row_group_size=size)
        output = inject("not_normalized", tmp_path / "a.parquet", share=0.5, seed=seed)[1]
        masks.append((output["age_norm"] != (log["age"] - 40) / 12).to_numpy())
    assert (masks[0] == masks[1]).all()
    assert 0.4 < (masks[0] == masks[2]).mean() < 0.6


def test_the_rows_an_audit_samples_are_not_the_affected_ones(
    inject: Inject, tmp_path: Path
) -> None:
    log = frame(4, 30_000)[["age"]]
    (tmp_path / "logs").mkdir()
    log.to_parquet(tmp_path / "logs" / "out.parquet")
    _, output = inject("not_normalized", tmp_path / "logs" / "out.parquet", share=0.3)
    from skewcheck.counts.sample import keys
    from skewcheck.logs.batch import RowOrigin

    sampled = np.argsort(keys(RowOrigin("out.parquet", 0), len(log)))[:10_000]
    mask = (output["age_norm"] != (log["age"] - 40) / 12).to_numpy()
    assert 0.27 < mask[sampled].mean() < 0.33


def test_where_and_since(inject: Inject) -> None:
    since = "2026-11-02T12:00"
    injected, output = inject(
        "not_normalized", feature="age", where={"host": "web-7"}, since=since, time_column="ts"
    )
    expected = (LOG["host"] == "web-7") & (LOG["ts"] >= pd.Timestamp(since, tz="UTC"))
    assert wrong(output).tolist() == expected.tolist()
    assert injected.affected == expected.sum() > 0


def test_every_feature_that_can_have_it(inject: Inject) -> None:
    injected, _ = inject("wrong_ddof")
    assert injected.features == ("age", "fare")
    assert texts(injected.notes) == (
        "not in count, speed, pay, way: wrong_ddof needs a z-score and a reference",
    )
    injected, _ = inject("unit_change", feature="c*")
    assert injected.features == ("count",)


def test_served_values_alone(inject: Inject) -> None:
    _, output = inject("not_normalized", feature="age", served="{feature}")
    assert output["age"].tolist() == LOG["age"].tolist()
    np.testing.assert_allclose(output["count"], COUNT / 20)
    assert "age_norm" not in output


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_text_logs(inject: Inject, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"log.{ending}"
    if ending == "csv":
        LOG.to_csv(path, index=False)
    else:
        LOG.to_json(path, orient="records", lines=True, date_format="iso", double_precision=15)
    _, output = inject("unit_change", path, feature="age", where={"host": "web-1"})
    web = (LOG["host"] == "web-1").to_numpy()
    np.testing.assert_allclose(output["age_norm"][web], (100 * AGE[web] - 40) / 12)
    np.testing.assert_allclose(output["age_norm"][~web], Z[~web], atol=1e-12)


@pytest.mark.parametrize(
    ("fault", "given", "message"),
    [
        ("unit_chnge", {}, "inject: no fault 'unit_chnge' (did you mean unit_change?)"),
        ("drift", {"share": 0.0}, "inject(share=...): must be above 0 and at most 1, got 0"),
        ("drift", {"share": float("nan")}, "inject(share=...): must be above 0"),
        ("drift", {"where": {"hst": "a"}}, "<table>: no column 'hst' to choose rows by"),
        ("drift", {"where": {"host": "web-9"}}, "inject: no row is affected by where={"),
        ("drift", {"since": "2026-11-01"}, "inject(since=...): needs time_column"),
        ("drift", {"feature": "fair"}, "inject(feature=...): no feature 'fair' in p.json"),
        ("drift", {"feature": "pay"}, "pay: drift needs a number with a reference"),
        ("drift", {"by_file": True}, "inject(by_file=...): is for recomputed_parameters, "),
        ("drift", {"numbers": {"x": 1}}, "inject: numbers=...: no key"),
        ("wrong_ddof", {"feature": "count"}, "count: wrong_ddof needs a z-score"),
        ("swapped_features", {"feature": ["age", "pay"]}, "swapped_features needs two numbers"),
        (
            "swapped_features", {"feature": ["age", "count"], "numbers": {"swapped": "x"}},
            "age: numbers=...: swapped_features has no variant with swapped=x, feature=count",
        ),
        ("drift", {"feature": "age", "numbers": {"shift": 0}}, "age: numbers=... shift: must"),
        ("recomputed_parameters", {"feature": "speed"}, "speed: recomputed_parameters needs a z"),
        ("encoding_changed", {"feature": "age"}, "age: encoding_changed needs a vocabulary"),
        ("category_renamed", {"feature": "age"}, "age: category_renamed needs a category"),
        (
            "stuck_value", {"feature": "way"},
            "way: stuck_value needs a number, a vocabulary or a map",
        ),
        (
            "wrong_parameters", {"feature": "age", "numbers": {"std": 0.0}},
            "age: numbers=... std: must be > 0",
        ),
        (
            "wrong_parameters", {"feature": "age", "numbers": {"std": "x"}},
            "age: numbers=... std: must be a number, got 'x'",
        ),
        (
            "wrong_parameters", {"feature": "age", "numbers": {"mean": 40.0, "std": 12.0}},
            "age: numbers=...: these are training's own numbers",
        ),
        (
            "precision_loss", {"feature": "age", "numbers": {"decimals": 9}},
            "age: numbers=...: precision_loss has no variant with decimals=9; there are: decimals",
        ),
        (
            "step_changed", {"feature": "fare", "numbers": {"colour": 1}},
            "fare: numbers=...: no step has other settings of colour; there are op, value, min",
        ),
        (
            "unit_change", {"feature": "age", "numbers": {"factor": 0}},
            "age: numbers=... factor: must not be 0",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_had(
    tmp_path: Path, fault: str, given: dict[str, object], message: str
) -> None:
    with pytest.raises(SkewcheckError) as caught:
        skewcheck.inject(fault, KNOWN, LOG, tmp_path / "out.parquet", **given)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, UsageError)
    assert not list(tmp_path.iterdir())


def test_a_log_without_the_features(tmp_path: Path) -> None:
    with pytest.raises(NothingToTestError, match="has no raw column of any feature"):
        skewcheck.inject("drift", KNOWN, LOG[["host"]], tmp_path / "out.csv")
    log = LOG.drop(columns="age")
    with pytest.raises(UsageError, match=r"\(feature=...\): <table> has no raw column 'age'"):
        skewcheck.inject("drift", KNOWN, log, tmp_path / "out.csv", feature="age")

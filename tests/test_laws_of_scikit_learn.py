"""What scikit-learn's own `transform` makes is clean, and a cell of it that is changed is not."""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from fitted_pipelines import frame, transformer
from test_laws_of_clean_logs import alarms

import skewcheck
from skewcheck.results.verdicts import Verdict

PIPELINES = 40
FORMATS = (".parquet", ".csv", ".jsonl")


def fitted(seed: int, folder: Path) -> tuple[skewcheck.Parameters, pd.DataFrame, pd.DataFrame, str]:
    """Return a pipeline's parameters, its training rows, what it makes of them, and a template."""
    rng = np.random.default_rng(seed)
    nulls = bool(rng.random() < 0.4)
    data = frame(rng, nulls=nulls)
    columns = transformer(rng, data, nulls=nulls)
    joblib.dump(columns, folder / "columns.joblib")
    made = columns.transform(data).add_suffix("_n")
    # Two transformers, two prefixes: one audit has a single template for both.
    prefix = "num__" if columns.verbose_feature_names_out else ""
    made = made.rename(columns=lambda name: name.replace("cat__", prefix))
    return (
        skewcheck.fit(data, parameters=folder / "columns.joblib"), data, made,
        prefix + "{feature}_n",
    )  # fmt: skip


def written(log: pd.DataFrame, seed: int, folder: Path) -> Path:
    path = folder / f"log{FORMATS[seed % 3]}"
    if path.suffix == ".parquet":
        log.to_parquet(path)
    elif path.suffix == ".csv":
        log.to_csv(path, index=False, float_format="%.9g")
    else:
        log.to_json(path, orient="records", lines=True, double_precision=15)
    return path


@pytest.mark.parametrize("seed", range(PIPELINES))
def test_its_own_output_is_clean(seed: int, tmp_path: Path) -> None:
    parameters, data, made, template = fitted(seed, tmp_path)
    for log in (pd.concat([data, made], axis=1), made):
        audit = skewcheck.audit(parameters, written(log, seed, tmp_path), served=template)
        assert alarms(audit) == []
        assert {f.name for f in audit.features if f.verdict is Verdict.UNTESTED} == set()
        assert {f.name for f in audit.features} == set(data.columns)


@pytest.mark.parametrize("seed", range(0, PIPELINES, 4))
def test_a_cell_that_is_changed_breaks_parity(seed: int, tmp_path: Path) -> None:
    parameters, data, made, template = fitted(seed, tmp_path)
    column = made.columns[seed % len(made.columns)]
    row = int(np.flatnonzero(data.notna().all(axis=1))[seed])
    made[column] = made[column].astype(float)
    # Another indicator or code, or a whole unit.
    made.loc[row, column] = 1 - made.loc[row, column] if made[column].isin([0, 1]).all() else 7.5
    audit = skewcheck.audit(parameters, pd.concat([data, made], axis=1), served=template)
    broken = [f.parity.mismatched for f in audit.features if f.parity and f.parity.mismatched]
    mistyped = [t for f in audit.features for t in f.tests if t.name == "type" and t.statistic]
    assert broken == [1] or len(mistyped) == 1

"""Exported code of fitted scikit-learn pipelines gives what their own `transform` gives."""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np
import pytest
from exported_code import QUICK, RUNNERS, exported
from fitted_pipelines import frame, transformer

import skewcheck

SEEDS = (1, 2, 5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("language", QUICK)
def test_a_pipeline_in_another_language(language: str, seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    data = frame(rng, nulls=seed == SEEDS[0]).iloc[:300]
    columns = transformer(rng, data, nulls=seed == SEEDS[0])
    joblib.dump(columns, tmp_path / "columns.joblib")
    expected = columns.transform(data)
    parameters = skewcheck.fit(data, parameters=tmp_path / "columns.joblib")
    rows = {name: [None if v is None else v for v in data[name].tolist()] for name in data}
    rows = {name: [float(v) for v in values] if name.startswith("n") else values
            for name, values in rows.items()}  # fmt: skip
    answers = RUNNERS[language](exported(parameters, language), rows, tmp_path)
    names = [name.removeprefix("num__").removeprefix("cat__") for name in expected.columns]
    assert {*names} == {*answers}
    # scikit-learn computes a float32 column in float32.
    for name, column in zip(names, expected.to_numpy(float).T, strict=True):
        rtol = 1e-5 if name == "n1" and data["n1"].dtype == np.float32 else 1e-11
        np.testing.assert_allclose(np.array(answers[name], float), column, rtol=rtol, atol=rtol)

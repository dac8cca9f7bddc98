"""Exported code is compiled and run, and gives what skewcheck itself computes of the same rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import every_step
import numpy as np
import pytest
from exported_code import LANGUAGES, QUICK, RUNNERS, Answers, Columns, exported

from skewcheck.features.steps import Log1p, Logarithm, PowerTransform, Step
from skewcheck.features.transform import Served
from skewcheck.features.types import Parameters

TOLERANCE = 1e-12
"""Of logarithms and exponentials, whose last bits each library has its own, relative to the larger
of the result and the numbers that it is a difference of."""


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return every_step.parameters(np.random.default_rng(20))


@pytest.fixture(scope="module")
def rows(parameters: Parameters) -> Columns:
    return every_step.columns(parameters, np.random.default_rng(21))


@pytest.fixture(scope="module")
def expected(parameters: Parameters, rows: Columns) -> dict[str, Served]:
    return every_step.served(parameters, rows)


def is_exact(steps: tuple[Step, ...]) -> bool:
    """Whether steps are of operations alone that IEEE 754 rounds in one way."""
    return not any(isinstance(step, Log1p | Logarithm | PowerTransform) for step in steps)


def wrong(parameters: Parameters, answers: Answers, expected: dict[str, Served]) -> dict[str, int]:
    """Return the number of values that are not as expected, by served column."""
    assert list(answers) == list(expected) or {*answers} == {*expected}
    exact = {name for f in parameters.features if is_exact(f.steps) for name in f.served_names}
    exact -= {"expand_log", "normal", "keyed"}  # which take a logarithm within
    result = {}
    for name, values in expected.items():
        if values.dtype == object:
            different = np.array(answers[name], object) != values
        else:
            numbers = np.array([np.nan if v is None else v for v in answers[name]], np.float64)
            different = ~np.isclose(
                numbers, values, equal_nan=True, rtol=0 if name in exact else TOLERANCE,
                atol=0 if name in exact else TOLERANCE,
            )  # fmt: skip
        if different.any():
            result[name] = int(np.count_nonzero(different))
    return result


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_computes_what_training_did(
    language: str, parameters: Parameters, rows: Columns, expected: dict[str, Served],
    tmp_path: Path,
) -> None:  # fmt: skip
    answers = RUNNERS[language](exported(parameters, language), rows, tmp_path)
    assert {len(values) for values in answers.values()} == {every_step.ROWS}
    assert wrong(parameters, answers, expected) == {}


@pytest.mark.parametrize("language", QUICK)
def test_float32_is_the_rounded_result(
    language: str, parameters: Parameters, rows: Columns, tmp_path: Path
) -> None:
    names = ("zscore", "eps variance", "minmax", "none", "piecewise", "onehot", "keyed", "level")
    some = replace(parameters, features=tuple(parameters[name] for name in names))
    few = {name: rows[name][:500] for name in (*names, every_step.KEY)}
    answers = RUNNERS[language](exported(some, language, dtype="float32"), few, tmp_path)
    expected = every_step.served(some, few)
    with np.errstate(over="ignore"):
        rounded = {
            name: values if values.dtype == object else values.astype(np.float32).astype(np.float64)
            for name, values in expected.items()
        }
    assert wrong(some, answers, rounded) == {}

"""Two laws: what the training normalization makes is clean, and what arithmetic loses is equal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pipelines import Pipeline, pipeline

import skewcheck
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict

ALARMS = (Verdict.SKEW, Verdict.WARN)
PIPELINES = 200


def alarms(audit: Audit) -> list[tuple[str, float | None]]:
    """Return the tests that alarm, with their statistics."""
    return [
        (test.name, test.statistic)
        for feature in audit.features
        for test in feature.tests
        if test.verdict in ALARMS
    ]


def fitted(line: Pipeline, folder: Path) -> tuple[skewcheck.Parameters, pd.DataFrame]:
    """Return a pipeline's parameters with their reference, and its rows as it serves them."""
    line.write_parameters(folder / "steps.json")
    parameters = skewcheck.fit(line.frame, parameters=folder / "steps.json")
    skewcheck.apply(parameters, line.frame, folder / "served.parquet", served="{feature}_n")
    served = pd.read_parquet(folder / "served.parquet")
    numbers = [c for c in served.columns if c != "f" and served[c].dtype.kind == "f"]
    served[numbers] = served[numbers].astype(line.served)
    return parameters, served


@pytest.mark.parametrize("seed", range(PIPELINES))
def test_what_the_training_normalization_makes_is_clean(seed: int, tmp_path: Path) -> None:
    line = pipeline(seed)
    parameters, served = fitted(line, tmp_path)
    paired = line.write_log(served.assign(f=line.frame["f"]), tmp_path)
    assert alarms(skewcheck.audit(parameters, paired, served="{feature}_n")) == [], line.steps
    if line.steps[-1]["op"] == "expand":
        return  # what it serves has no distribution that is known without raw values
    alone = line.write_log(served.drop(columns="f", errors="ignore"), tmp_path)
    assert alarms(skewcheck.audit(parameters, alone, served="{feature}_n")) == [], line.steps


def changed_cell(
    line: Pipeline, parameters: skewcheck.Parameters, served: pd.DataFrame, seed: int
) -> bool:
    """Change one served cell; return whether the audit says so, and of no other cell.

    By a standard deviation, or a unit where that is more: what arithmetic loses is less.
    """
    served = served.assign(f=line.frame["f"])
    column = next(c for c in served.columns if c != "f")
    row = int(np.flatnonzero(served[column].notna() & served["f"].notna())[seed % 100])
    old = float(served.loc[row, column])
    served[column] = served[column].astype(np.float64)
    finite = served[column][np.isfinite(served[column])]
    # Of a one-hot column the other indicator; at the edge of buckets the next code is right, too.
    coarse = line.steps[-1]["op"] in ("buckets", "expand")
    new = old + (2.0 if coarse else max(1.0, finite.std()))
    new = 1 - old if line.steps[0]["op"] == "onehot" else new
    served.loc[row, column] = new if np.isfinite(old) else 0.0
    feature = skewcheck.audit(parameters, served, served="{feature}_n").features[0]
    mistyped = [t.statistic for t in feature.tests if t.name == "type"]
    broken = feature.parity is not None and feature.parity.mismatched == 1
    return broken or mistyped == [pytest.approx(1 / len(served))]


@pytest.mark.parametrize("seed", range(0, PIPELINES, 3))
def test_a_cell_that_is_changed_breaks_parity(seed: int, tmp_path: Path) -> None:
    line = pipeline(seed)
    assert changed_cell(line, *fitted(line, tmp_path), seed), line.steps


@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("served", ["paired", "served"])
def test_a_onehot_of_one_column_is_read_as_indicator(levels: int, served: str) -> None:
    train = pd.DataFrame({"sex": ["M", "F", "M", "M", "x"] * 200})
    names = ["M", "F", "x"][:levels]
    steps = skewcheck.fit(train).features[0]
    assert steps.type == "categorical"
    path = Path("steps.json")
    made = pd.DataFrame({f"sex_{name}_n": (train["sex"] == name).astype(float) for name in names})
    log = made.assign(sex=train["sex"]) if served == "paired" else made
    text = f'{{"features": {{"sex": {{"steps": [{{"op": "onehot", "values": {names}}}]}}}}}}'
    path.write_text(text.replace("'", '"'))
    parameters = skewcheck.fit(train, parameters=path)
    audit = skewcheck.audit(parameters, log, served="{feature}_n")
    assert alarms(audit) == []
    wrong = log.assign(**{made.columns[0]: 1 - made.iloc[:, 0]})
    assert skewcheck.audit(parameters, wrong, served="{feature}_n").exit_code == 1


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of one's own."""
    monkeypatch.chdir(tmp_path)


SAME: dict[str, Callable[[pd.Series], pd.Series]] = {
    "times 3 by 3": lambda x: x * 3 / 3,
    "by 10 times 10": lambda x: x / 10 * 10,
    "plus and minus a tenth": lambda x: x + 0.1 - 0.1,
    "Celsius, Fahrenheit and back": lambda x: ((x * 1.8 + 32) - 32) / 1.8,
    "float32": lambda x: x.astype("float32"),
}


WRITTEN: dict[str, Callable[[pd.DataFrame, Path], pd.DataFrame | Path]] = {
    "as it is": lambda log, _: log,
    "as float64": lambda log, _: log.astype("float64"),
    "9 digits": lambda log, folder: csv(log.astype("float64"), folder, "%.9g"),
    "6 digits": lambda log, folder: csv(log.astype("float64"), folder, "%.6g"),
    "JSON Lines": lambda log, folder: json_lines(log, folder),
}


def csv(log: pd.DataFrame, folder: Path, digits: str) -> Path:
    log.to_csv(folder / "log.csv", index=False, float_format=digits)
    return folder / "log.csv"


def json_lines(log: pd.DataFrame, folder: Path) -> Path:
    log.to_json(folder / "log.jsonl", orient="records", lines=True, double_precision=15)
    return folder / "log.jsonl"


@pytest.mark.parametrize("how", SAME)
@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("train", ["float64", "float32"])
@pytest.mark.parametrize("log", ["float64", "float32"])
def test_equal_within_the_arithmetic_is_equal(
    how: str, written: str, train: str, log: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)
    atoms = [18.5, 19.1, 21.5, 30.2] if "Celsius" in how else [0.05, 0.1, 0.2, 0.3, 1 / 3]
    x = pd.Series(rng.choice(atoms, 1000))
    trained = pd.DataFrame({"x": x.astype(train)})
    parameters = skewcheck.fit(trained)
    same = SAME[how](x.astype(log))
    right = parameters.transform(trained)["x"].astype(same.dtype)
    paired = WRITTEN[written](pd.DataFrame({"x": same, "x_n": right}), tmp_path)
    for served in (None, "{feature}_n"):
        audit = skewcheck.audit(parameters, paired, served=served)
        assert alarms(audit) == []
        statistics = {test.name: test.statistic for test in audit.features[0].tests}
        assert statistics["ks"] == 0
        assert audit.verdict in ("ok", "inconclusive")


def test_a_float64_column_of_float32_values_is_noted() -> None:
    x = pd.Series([0.05, 0.1, 0.2, 0.3] * 500)
    parameters = skewcheck.fit(pd.DataFrame({"x": x}))
    codes = [
        [note.code for note in skewcheck.audit(parameters, pd.DataFrame({"x": values})).notes]
        for values in (x, x.astype("float32"), x.astype("float32").astype("float64"))
    ]
    assert ["float32_values" in of_log for of_log in codes] == [False, False, True]


def test_large_whole_numbers_that_a_cast_to_float32_moved_are_the_same() -> None:
    x = pd.Series([17031081800.0, 17031091900.0, 17031320100.0, 20000001.0] * 500)
    parameters = skewcheck.fit(pd.DataFrame({"x": x}))
    for log in (x, x.astype("float32"), x.astype("float32").astype("float64"), x.astype("int64")):
        audit = skewcheck.audit(parameters, pd.DataFrame({"x": log}))
        assert {test.name: test.statistic for test in audit.features[0].tests}["ks"] == 0


def test_a_value_beside_an_atom_is_another() -> None:
    x = pd.Series([0.05, 0.1, 0.2, 0.3] * 500)
    parameters = skewcheck.fit(pd.DataFrame({"x": x}))
    beside = x.replace(0.1, 0.1001)
    for log in (beside, beside.astype("float32"), beside.astype("float32").astype("float64")):
        audit = skewcheck.audit(parameters, pd.DataFrame({"x": log}))
        assert {test.name: test.statistic for test in audit.features[0].tests}["ks"] == 0.25


@pytest.mark.parametrize("atom", [20_000_000.0, 1_700_000_000.0, 0.5])
def test_what_float64_tells_apart_of_short_numbers_is_apart(atom: float) -> None:
    # Whole numbers and halves are the same in both types: float32 lost nothing of them.
    x = pd.Series([atom, 4 * atom] * 500)
    parameters = skewcheck.fit(pd.DataFrame({"x": x}))
    step = 2.0 * np.spacing(np.float32(atom)) if atom > 1 else 1e-7
    audit = skewcheck.audit(parameters, pd.DataFrame({"x": x.replace(atom, atom + step)}))
    assert {test.name: test.statistic for test in audit.features[0].tests}["ks"] == 0.5


@pytest.mark.parametrize("scale", [1e-60, 1e-42, 1e60, 1e140])
@pytest.mark.parametrize("log", ["float64", "float32"])
def test_numbers_beyond_float32_are_told_apart(scale: float, log: str) -> None:
    x = pd.Series([1.0, 2.0, 3.0, 5.0] * 500) * scale
    parameters = skewcheck.fit(pd.DataFrame({"x": x}))

    def ks(values: pd.Series) -> float | None:
        audit = skewcheck.audit(parameters, pd.DataFrame({"x": values}))
        return {test.name: test.statistic for test in audit.features[0].tests}["ks"]

    moved = x.replace(2 * scale, 3 * scale)
    if log == "float64":
        assert (ks(x), ks(moved)) == (0, 0.25)
    else:
        # What float32 cannot hold is other data; it must be no error.
        with np.errstate(over="ignore"):
            ks(moved.astype(log))


def halves(x: np.ndarray) -> tuple[skewcheck.Parameters, pd.DataFrame]:
    """Return the parameters of one half, and the other half with what a right server served."""
    half = len(x) // 2
    parameters = skewcheck.fit(pd.DataFrame({"f": x[:half]}))
    rest = pd.DataFrame({"f": x[half:]})
    return parameters, rest.assign(f_n=parameters.transform(rest)["f"])


PRINTED: dict[str, tuple[Callable[[np.random.Generator], np.ndarray], str]] = {
    "cents in six digits": (lambda rng: np.round(rng.uniform(1e5, 9e5, 4000), 2), "%.6g"),
    "no grid in six digits": (lambda rng: rng.normal(5e5, 5e4, 4000), "%.6g"),
    "eighths in two decimals": (lambda rng: rng.integers(0, 800, 4000) / 8, "%.2f"),
    "quarters in one decimal": (lambda rng: rng.integers(0, 800, 4000) / 4, "%.1f"),
    "large numbers that float32 moved": (
        lambda rng: (1e8 + 8.0 * rng.integers(0, 50, 4000)), "%.9g",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTED)
def test_digits_that_printing_lost_are_no_fault(name: str, tmp_path: Path) -> None:
    draw, digits = PRINTED[name]
    parameters, log = halves(draw(np.random.default_rng(0)))
    log["f"] = [digits % value for value in log["f"]]
    audit = skewcheck.audit(parameters, csv(log, tmp_path, "%.17g"), served="{feature}_n")
    assert alarms(audit) == []


def test_whole_numbers_in_text_are_exact(tmp_path: Path) -> None:
    parameters, log = halves(np.random.default_rng(0).integers(100, 900, 4000).astype(float))
    log["f_n"] *= 1 + 1e-4
    audit = skewcheck.audit(parameters, csv(log, tmp_path, "%.9g"), served="{feature}_n")
    assert audit.exit_code == 1


def test_a_null_of_levels_that_are_floats_is_a_null_in_text(tmp_path: Path) -> None:
    path = tmp_path / "steps.json"
    steps = [{"op": "vocabulary", "values": ["1", "2", "3"]}]
    path.write_text(json.dumps({"features": {"k": {"steps": steps}}}))
    log = pd.DataFrame({"k": [1.0, 2.0, 3.0, np.nan] * 500})
    parameters = skewcheck.fit(log, parameters=path)
    skewcheck.apply(parameters, log, tmp_path / "log.csv", served="{feature}_n")
    audit = skewcheck.audit(parameters, tmp_path / "log.csv", served="{feature}_n")
    assert alarms(audit) == []


@pytest.mark.parametrize("digits", ["%.3g", "%.6g", "%.9g"])
def test_codes_that_were_scaled_and_printed(digits: str, tmp_path: Path) -> None:
    steps = [
        {"op": "vocabulary", "values": ["a", "b", "d"]},
        {"op": "zscore", "mean": 1.2, "std": 0.7},
    ]
    (tmp_path / "steps.json").write_text(json.dumps({"features": {"k": {"steps": steps}}}))
    data = pd.DataFrame({"k": ["a", "b", "d"] * 700})
    parameters = skewcheck.fit(data, parameters=tmp_path / "steps.json")
    served = (data["k"].map({"a": 0, "b": 1, "d": 2}) - 1.2) / 0.7
    # A code that is not one, by more than its digits.
    for moved, codes in ((0.0, []), (0.01, ["parity"])):
        log = data.assign(k_n=served.where(served < 1, served + moved))
        for sides in (log, log[["k_n"]]):
            path = csv(sides, tmp_path, digits)
            tests = alarms(skewcheck.audit(parameters, path, served="{feature}_n"))
            assert bool(tests) is bool(codes)
            assert "k" not in sides or {name for name, _ in tests} >= set(codes)

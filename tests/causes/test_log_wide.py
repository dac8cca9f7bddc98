"""What is seen of whole logs: recomputed parameters, old files, stuck rows, raw values, roots."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from servers import (
    KNOWN,
    MEAN,
    STD,
    TRAIN,
    Columns,
    audited,
    causes,
    first,
    mechanical,
    of,
    paired,
    placed,
    right,
    served_only,
    world,
)

import skewcheck
from skewcheck import Audit
from skewcheck.features.steps import ZScore
from skewcheck.reports import FORMATS
from skewcheck.reports.json import schema
from skewcheck.reports.words.causes import sentence

LOG = world(3000, 31)
RIGHT = right(LOG)
NUMBERS = ("count", "fare", "quarter", "temp")


def own(log: Columns, name: str) -> np.ndarray:
    return (log[name] - log[name].mean()) / log[name].std()


def raw_only(log: Columns, **options: object) -> Audit:
    return skewcheck.audit(KNOWN, pa.table(log), **options)


@pytest.mark.parametrize("mode", ["paired", "served"])
def test_parameters_of_each_file(tmp_path: Path, mode: str) -> None:
    for i in range(3):
        part = {name: values[1000 * i : 1000 * (i + 1)] for name, values in LOG.items()}
        served = {**right(part), "temp": own(part, "temp")}
        if i == 1:
            served["fare"] = own(part, "fare")
        table = paired(part, served) if mode == "paired" else pa.table(served)
        pq.write_table(table, tmp_path / f"{i}.parquet")
    template = "{feature}_norm" if mode == "paired" else "{feature}"
    audit = skewcheck.audit(KNOWN, str(tmp_path), served=template)
    assert audit.verdict == "skew"
    whole, of_one_file = first(audit, "temp"), first(audit, "fare")
    assert whole.code == of_one_file.code == "recomputed_parameters"
    assert (whole.share, of_one_file.share) == (1.0, pytest.approx(1 / 3))
    assert "1.parquet" in sentence(of_one_file)
    if mode == "paired":
        part = LOG["fare"][1000:2000]
        assert of_one_file.parameters == pytest.approx(
            {"mean": part.mean(), "std": part.std()}, rel=1e-9
        )


def test_the_training_data_itself_is_right() -> None:
    for dtype in (np.float64, np.float32):
        audit = served_only(right(TRAIN, dtype))
        assert audit.verdict == "ok"
        assert mechanical(audit, 0) == {}


def test_whole_numbers_reach_the_ends_of_a_min_max_anyway() -> None:
    rng = np.random.default_rng(1)
    train = pa.table({"stars": rng.integers(1, 6, 5000).astype(float)})
    parameters = skewcheck.fit(train, normalize="minmax")
    served = {"stars": (rng.integers(1, 6, 900) - 1) / 4}
    assert served_only(served, parameters).verdict == "ok"


def test_few_rows_have_exact_moments_by_chance() -> None:
    log = world(40, 3)
    audit = served_only({**right(log), "temp": own(log, "temp")})
    assert "recomputed_parameters" not in causes(audit, "temp")


def older(path: Path, *names: str) -> Path:
    """Write a parameter file in which these features have other numbers."""
    features = tuple(
        replace(f, steps=(ZScore(MEAN[f.name] * 0.9, STD[f.name] * 1.1),)) if f.name in names else f
        for f in KNOWN.features
    )
    skewcheck.save(replace(KNOWN, features=features), path)
    return path


@pytest.mark.parametrize("mode", ["paired", "served"])
def test_a_stale_file_is_one_root_cause(tmp_path: Path, mode: str) -> None:
    file = older(tmp_path / "params-2026-09.json", "count", "fare", "temp")
    stale = {n: (LOG[n] - MEAN[n] * 0.9) / (STD[n] * 1.1) for n in ("count", "fare", "temp")}
    served = {**RIGHT, **stale}
    history = [str(file), str(older(tmp_path / "other.json", "quarter"))]
    if mode == "paired":
        audit = audited(LOG, served, history=history)
        before = audited(LOG, served)
    else:
        audit, before = served_only(served, history=history), served_only(served)
    for name in stale:
        assert first(audit, name).code == "stale_parameters"
        assert first(audit, name).parameters == {"file": str(file)}
        assert first(before, name).code == "wrong_parameters"
    (root,) = audit.causes
    assert (root.code, root.features) == ("stale_parameters", ("count", "fare", "temp"))
    assert sentence(root) == f"3 of 8 features were served with the parameters of {file}"
    assert mechanical(audit).keys() == stale.keys()


def test_nothing_normalized_is_one_root_cause_and_leads() -> None:
    host = np.array([f"web-{i}" for i in range(5)])[np.random.default_rng(0).integers(0, 5, 3000)]
    served = {n: np.where(host == "web-4", LOG[n], RIGHT[n]) for n in LOG}
    audit = audited(LOG, served, host=host)
    (root,) = audit.causes
    assert (root.code, root.features) == ("not_normalized", tuple(LOG))
    assert placed(root) == "host = web-4"
    assert sentence(root).startswith("8 of 8 features were served without normalization")
    lines = FORMATS["terminal"](audit).splitlines()
    leads = next(i for i, line in enumerate(lines) if "8 of 8 features" in line)
    assert leads < next(i for i, line in enumerate(lines) if line.startswith("SKEW  "))


def test_swapped_values_are_told_once() -> None:
    swapped = {
        "count": (LOG["temp"] - MEAN["count"]) / STD["count"],
        "temp": (LOG["count"] - MEAN["temp"]) / STD["temp"],
    }
    for audit in (audited(LOG, {**RIGHT, **swapped}), served_only({**RIGHT, **swapped})):
        (root,) = audit.causes
        assert root.features == ("count", "temp")
        assert sentence(root) == "count and temp are swapped (values)"


def test_a_cause_stands_once_in_the_terminal_and_as_the_contract_says_in_json() -> None:
    host = np.where(np.arange(3000) % 3 == 0, "web-4", "web-5")
    wrong = np.where(host == "web-4", (LOG["fare"] - 20) / 30, RIGHT["fare"])
    audit = audited(LOG, {**RIGHT, "fare": wrong}, host=host)
    text = " ".join(FORMATS["terminal"](audit).split())
    assert text.count("web-4") == text.count("std 30") == 1
    report = json.loads(FORMATS["json"](audit))
    jsonschema.validate(report, schema())
    cause = next(f for f in report["features"] if f["name"] == "fare")["causes"][0]
    assert cause.pop("parameters") == pytest.approx({"mean": 20.0, "std": 30.0}, rel=1e-9)
    assert cause.pop("share") == pytest.approx(1 / 3, abs=1e-3)
    assert cause.pop("message")
    assert cause == {
        "code": "wrong_parameters", "confidence": 0.99, "where": "host = web-4",
        "purity": 1.0, "coverage": 1.0,
        "place": {"kind": "column", "column": "host", "values": ["web-4"], "distinct": 2},
    }  # fmt: skip


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_one_row_over_and_over(share: float) -> None:
    stuck = np.random.default_rng(4).random(3000) < share
    log = {n: np.where(stuck, x[7], x) for n, x in LOG.items()}
    for audit in (raw_only(log), served_only(right(log)), audited(log, right(log))):
        assert audit.verdict == "skew"
        for name in NUMBERS:
            cause = first(audit, name)
            assert cause.code == "stuck_value", name
            assert cause.share == pytest.approx(share, abs=0.07)
    assert first(raw_only(log), "fare").parameters == {"value": LOG["fare"][7]}


UNITS = {
    "minutes as seconds": (lambda x: x * 60, 60.0, 0.0),
    "Fahrenheit": (lambda x: x * 9 / 5 + 32, 1.8, 32.0),
    "kilometres": (lambda x: x * 1.609344, 1.609344, 0.0),
    "cents": (lambda x: x * 100, 100.0, 0.0),
    "sign": (lambda x: -x, -1.0, 0.0),
}


@pytest.mark.parametrize("unit", UNITS)
def test_raw_values_in_another_unit(unit: str) -> None:
    convert, factor, offset = UNITS[unit]
    audit = raw_only({**LOG, "fare": convert(LOG["fare"]), "temp": convert(LOG["temp"])})
    for name in ("fare", "temp"):
        cause = first(audit, name)
        assert cause.code == "unit_change"
        assert cause.parameters == pytest.approx({"factor": factor, "offset": offset})
    # Distances do grow by half: a near factor is no likelier than that, but for cents times it.
    # A winter has the temperatures of a summer, with the opposite sign.
    likely = {"fare"} if unit in ("sign", "kilometres") else {"fare", "temp"}
    assert mechanical(audit).keys() == likely
    assert mechanical(audit, 0.4).keys() == {"fare", "temp"}
    assert (causes(audit, "fare")[-1] == "drift") == (unit == "sign")
    assert causes(audit, "temp")[-1] == "drift"


def test_raw_columns_that_hold_something_else() -> None:
    audit = raw_only({**LOG, "fare": RIGHT["fare"], "temp": LOG["quarter"]})
    assert first(audit, "fare").code == "normalized_twice"
    assert "--served" in sentence(first(audit, "fare"))
    assert first(audit, "temp").code == "swapped_features"
    assert first(audit, "temp").parameters["feature"] == "quarter"
    assert of(audit, "count").verdict == "ok"

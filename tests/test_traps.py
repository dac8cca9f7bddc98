"""Traps that other tools fell into, as far as files, reports and gates go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rides import Captured, audited, frame, outcomes, refused

from skewcheck.cli import main

pytestmark = pytest.mark.usefixtures("folder")


def test_one_empty_or_constant_column_loses_the_whole_report(capsys: Captured) -> None:
    log = frame(2).assign(fare=np.nan, count=3)
    log.to_parquet("a.parquet")
    code, found = audited(capsys, "a.parquet")
    assert code == 1
    assert [f["verdict"] for f in found.values()] == ["skew", "skew", "ok"]
    assert all(f["tests"] for f in found.values())
    # And the same in training, where Evidently #1480 and #1929 lost theirs.
    assert main(["fit", "a.parquet", "-o", "p.json"]) == 0
    err = capsys.readouterr().err
    assert "note: fare: left out: no value in any row" in err
    assert "note: count: one value only: not normalized" in err
    assert main(["audit", "p.json", "a.parquet"]) == 0


def test_a_failing_line_that_does_not_name_the_feature(capsys: Captured) -> None:
    frame(2).assign(fare=lambda f: f["fare"] + 30).to_parquet("a.parquet")
    assert main(["audit", "p.json", "a.parquet", "--quiet"]) == 1
    out = capsys.readouterr().out
    assert (out.count("\n"), "fare" in out, "count" in out) == (1, True, False)


def test_exit_1_for_crashes(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr("skewcheck.auditing.judge", crash)
    assert main(["audit", "p.json", "good.parquet"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_nulls_dropped_before_testing(capsys: Captured) -> None:
    log = frame(2)
    log.loc[log.index % 5 < 3, ["fare", "pay"]] = None
    log.to_csv("a.csv", index=False)
    code, found = audited(capsys, "a.csv")
    assert code == 1
    for name in ("fare", "pay"):
        assert outcomes(found[name])["nulls"] == "skew"
        assert "60 % nulls" in str(found[name]["message"])


def test_a_gate_passes_because_nothing_was_tested(capsys: Captured) -> None:
    frame(2)[:0].to_parquet("a.parquet")
    assert "no rows" in refused(capsys, "audit", "p.json", "a.parquet")
    frame(2).set_axis([f"c{i}" for i in range(frame(2).shape[1])], axis=1).to_parquet("a.parquet")
    assert "no column of any feature" in refused(capsys, "audit", "p.json", "a.parquet")


def test_one_far_value_hides_a_shift(capsys: Captured) -> None:
    # Evidently's bins over both samples: one 1e6 turned a PSI of 1.01 into 0.00007.
    log = frame(2).assign(fare=lambda f: f["fare"] * 2)
    log.to_parquet("a.parquet")
    _, without = audited(capsys, "a.parquet")
    log.loc[0, "fare"] = 1e6
    log.to_parquet("a.parquet")
    _, found = audited(capsys, "a.parquet")
    psi = [
        next(t["statistic"] for t in some["fare"]["tests"] if t["name"] == "psi")
        for some in (without, found)
    ]
    assert psi[1] == pytest.approx(psi[0], rel=0.01)
    assert psi[0] > 0.2


def test_the_rule_depends_on_the_unit(capsys: Captured) -> None:
    found = []
    for factor in (1.0, 1e-6, 1e6):
        frame().assign(fare=lambda f, by=factor: f["fare"] * by).to_parquet("train.parquet")
        log = frame(2).assign(fare=lambda f, by=factor: (f["fare"] + 1.2) * by)
        log.to_parquet("a.parquet")
        assert main(["fit", "train.parquet", "-o", "p.json"]) == 0
        capsys.readouterr()
        _, features = audited(capsys, "a.parquet")
        found.append(outcomes(features["fare"]))
    assert found[0] == found[1] == found[2]


def test_l_infinity_of_a_number_is_silently_0(capsys: Captured) -> None:
    _, found = audited(capsys, "good.parquet")
    assert "linf" not in outcomes(found["fare"])
    assert "linf" in outcomes(found["pay"])


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl", "hive"])
def test_slow_imports(ending: str) -> None:
    path = f"log.{ending}"
    if ending == "hive":
        for way, some in frame(2).groupby("pay"):
            Path(f"log.hive/pay={way}").mkdir(parents=True)
            some.drop(columns="pay").to_parquet(f"log.hive/pay={way}/a.parquet")
    elif ending == "jsonl":
        frame(2).to_json(path, orient="records", lines=True)
    else:
        path = f"good.{ending}"
    heavy = {
        "pandas",
        "scipy.stats",
        "matplotlib",
        "skewcheck.training.fit",
        "skewcheck.engine.memory",
    }
    if ending == "parquet":
        heavy |= {"pyarrow.compute", "pyarrow.csv", "pyarrow.json"}
    code = (
        "import sys; from skewcheck.cli import main;"
        f"code = main(['audit', 'p.json', {path!r}, '--every-test', '--report', 'json=o.json']);"
        f"heavy = {heavy} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)

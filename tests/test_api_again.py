"""The functions as a program uses them: tables everywhere, reports as text, honest notes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.cli import main
from skewcheck.reports.words.notes import texts
from skewcheck.results.verdicts import Verdict
from skewcheck.text.errors import NothingToTestError, UsageError


def frame(rows: int, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "fare": random.lognormal(2, 0.5, rows).round(2),
            "kind": random.choice(["a", "b", "c"], rows),
            "paid": random.random(rows) < 0.3,
        }
    )


TRAIN = frame(4_000)
KNOWN = skewcheck.fit(TRAIN)


@pytest.mark.parametrize("make", [lambda t: t, pa.Table.from_pandas])
def test_the_reference_may_be_a_table(make: object) -> None:
    moved = TRAIN.assign(fare=TRAIN["fare"] + 20)
    assert skewcheck.audit(KNOWN, moved, features="fare").verdict == "skew"
    again = skewcheck.audit(KNOWN, moved, features="fare", reference=make(moved))
    assert again.verdict == "ok"


def test_a_report_is_text() -> None:
    audit = skewcheck.audit(KNOWN, frame(1_000, 1))
    assert json.loads(skewcheck.render(audit, "json"))["verdict"] == "ok"
    assert skewcheck.render(audit).startswith("OK: no skew in 3 features")
    with pytest.raises(UsageError, match="no format 'pdf'"):
        skewcheck.render(audit, "pdf")


def test_what_changed_between_two_files() -> None:
    other = skewcheck.fit(TRAIN.assign(fare=TRAIN["fare"] * 2))
    assert skewcheck.diff(KNOWN, KNOWN) == ()
    assert any("fare" in change for change in skewcheck.diff(KNOWN, other))


def test_a_label_is_no_input_and_never_gates() -> None:
    labelled = replace(
        KNOWN,
        features=tuple(replace(f, role="label") if f.name == "paid" else f for f in KNOWN.features),
    )
    log = frame(1_000, 1).assign(paid=True)
    assert skewcheck.audit(KNOWN, log).verdict == "skew"
    audit = skewcheck.audit(labelled, log)
    assert audit.verdict == "ok"
    assert [f.name for f in audit.features if f.verdict is Verdict.UNTESTED] == ["paid"]


def test_a_waiver_that_meets_no_feature_is_told() -> None:
    audit = skewcheck.audit(KNOWN, frame(500, 1), ignore=["ks:fair@2999-01-01"])
    assert texts(audit.notes) == ("the waiver ks:fair meets no feature",)


def test_a_time_column_without_times_is_named() -> None:
    with pytest.raises(NothingToTestError, match=r"by 'kind' \(does it hold times"):
        skewcheck.audit(KNOWN, frame(100), time_column="kind", since="2026-01-01")


def test_steps_for_numbers_on_training_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "steps.json"
    path.write_text('{"features": {"kind": {"steps": [{"op": "zscore", "mean": 0, "std": 1}]}}}')
    with pytest.raises(UsageError, match="kind: its steps take numbers"):
        skewcheck.fit(TRAIN, parameters=path)
    path.write_text('{"features": {"kind": {"steps": []}}}')
    assert skewcheck.fit(TRAIN, parameters=path)["kind"].type == "categorical"


def test_a_csv_that_changes_its_precision_midway_is_clean(tmp_path: Path) -> None:
    # More than one block of text (8 MB): each tells its own precision.
    rows = 400_000
    raw = np.random.default_rng(3).normal(50, 10, rows)
    known = skewcheck.fit(pd.DataFrame({"x": raw[:5_000]}))
    served = known.transform(pd.DataFrame({"x": raw}))["x"]
    path = tmp_path / "log.csv"
    with path.open("w") as file:
        file.write("x,x_norm\n")
        for i, (x, z) in enumerate(zip(raw, served, strict=True)):
            file.write(f"{x:.9g},{z:.9g}\n" if i < rows / 2 else f"{x:.9g},{z:.3f}\n")
    audit = skewcheck.audit(known, path, served="{feature}_norm")
    parity = audit.features[0].parity
    assert parity is not None
    assert parity.rows == rows
    # The block in which it changes is judged by its coarser half.
    assert parity.mismatched == 0


def test_an_exit_from_below_is_never_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(*_: object, **__: object) -> None:
        raise SystemExit(1)

    monkeypatch.setattr("skewcheck.api.load", leave)
    assert main(["show", "whatever.json"]) == 2

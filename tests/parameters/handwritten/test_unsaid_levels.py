"""Label encoders of files that do not say what nulls and unseen levels are served as."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.steps import Vocabulary
from skewcheck.parameters.writer import dumps
from skewcheck.results.tests import Verdict
from skewcheck.text.errors import ParameterError

ROWS = 2_000
CODES = {"red": 0.0, "green": 1.0, "blue": 2.0}
FILE = {"label_encoders": {"color": CODES}, "age": {"mean": 40.0, "std": 10.0}}
UNSEEN, NULLS = 100, 20


def log(unseen: float, null: float) -> pd.DataFrame:
    """Return rows of which every 20th has an unseen level and every 100th none, as served."""
    rng = np.random.default_rng(3)
    color = rng.choice([*CODES], ROWS).astype(object)
    color[::20], color[7::100] = "pink", None
    served = [null if c is None else CODES.get(c, unseen) for c in color]
    age = rng.normal(40, 10, ROWS)
    return pd.DataFrame({"color": color, "age": age, "color_n": served, "age_n": (age - 40) / 10})


def audited(
    folder: Path, table: pd.DataFrame, file: object = FILE, **options: object
) -> skewcheck.Audit:
    (folder / "p.json").write_text(json.dumps(file))
    return skewcheck.audit(folder / "p.json", table, served="{feature}_n", **options)


def color_of(audit: skewcheck.Audit) -> skewcheck.FeatureAudit:
    return next(f for f in audit.features if f.name == "color")


@pytest.mark.parametrize("null", [np.nan, -1.0, 3.0, 0.0])
@pytest.mark.parametrize("unseen", [np.nan, -1.0, 3.0, 0.0, 77.5])
def test_whatever_is_served_for_them_is_no_skew_and_stated(
    tmp_path: Path, unseen: float, null: float
) -> None:
    audit = audited(tmp_path, log(unseen, null))
    left_out = UNSEEN + (0 if np.isnan(null) else NULLS)
    parity = color_of(audit).parity
    assert parity is not None
    assert (parity.rows, parity.mismatched) == (ROWS - UNSEEN - NULLS, 0)
    assert parity.left_out == left_out
    assert audit.exit_code == 0
    assert color_of(audit).verdict is Verdict.WARN
    unseen_test = next(test for test in color_of(audit).tests if test.name == "unseen")
    assert unseen_test.statistic == pytest.approx(UNSEEN / (ROWS - NULLS), rel=0.02)
    text = " ".join(skewcheck.render(audit).split())
    assert f"color: {left_out} rows not compared" in text
    report = json.loads(skewcheck.render(audit, "json"))
    members = next(f for f in report["features"] if f["name"] == "color")
    assert members["parity"]["left_out"] == left_out


def test_a_wrong_code_of_a_known_level_is_still_skew(tmp_path: Path) -> None:
    table = log(-1.0, -1.0)
    red = table["color"] == "red"
    table.loc[red, "color_n"] = 2.0
    audit = audited(tmp_path, table)
    parity = color_of(audit).parity
    assert parity is not None
    assert (parity.mismatched, parity.left_out) == (int(red.sum()), UNSEEN + NULLS)
    assert parity.example is not None
    assert parity.example.row == int(np.flatnonzero(red)[0])
    assert audit.exit_code == 1


def test_a_log_of_unseen_levels_alone_is_untested(tmp_path: Path) -> None:
    table = log(-1.0, -1.0)
    table["color"], table["color_n"] = "pink", -1.0
    audit = audited(tmp_path, table)
    test = next(test for test in color_of(audit).tests if test.name == "parity")
    assert test.verdict is Verdict.UNTESTED
    assert audit.exit_code != 0
    assert "does not say what nulls and levels" in " ".join(skewcheck.render(audit).split())


@pytest.mark.parametrize("served", [-1.0, 3.0])
def test_a_file_that_says_it_is_held_to_it(tmp_path: Path, served: float) -> None:
    said = {"type": "categorical", "steps": [{"op": "vocabulary", "values": [*CODES]}]}
    audit = audited(tmp_path, log(served, served), {"features": {"color": said}})
    parity = color_of(audit).parity
    assert parity is not None
    assert (parity.rows, parity.left_out) == (ROWS, 0)
    assert parity.mismatched == (0 if served == -1.0 else UNSEEN + NULLS)


def test_what_is_filled_in_for_nulls_is_compared(tmp_path: Path) -> None:
    steps = [{"op": "impute", "value": "red"},
             {"op": "vocabulary", "values": [*CODES], "unknown": None, "unsaid": True}]  # fmt: skip
    file = {"features": {"color": {"type": "categorical", "steps": steps}}}
    for null, wrong in ((0.0, 0), (2.0, NULLS)):
        parity = color_of(audited(tmp_path, log(-1.0, null), file)).parity
        assert parity is not None
        assert (parity.mismatched, parity.left_out) == (wrong, UNSEEN)


def test_skewchecks_own_file_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(FILE))
    table = pd.DataFrame({"color": [*CODES] * 50, "age": np.linspace(20, 60, 150)})
    fitted = skewcheck.fit(table, parameters=tmp_path / "p.json")
    (tmp_path / "own.json").write_text(dumps(fitted))
    own = skewcheck.load(tmp_path / "own.json")
    assert own["color"].steps == (Vocabulary(tuple(CODES), None, unsaid=True),)
    golden = skewcheck.rows(own)
    assert {row["input"]["color"] for row in golden} == {*CODES}


def test_it_contradicts_a_code_of_other_levels(tmp_path: Path) -> None:
    step = {"op": "vocabulary", "values": ["a"], "unknown": -1, "unsaid": True}
    file = {"features": {"color": {"type": "categorical", "steps": [step]}}}
    with pytest.raises(ParameterError, match="unknown: must be null where `unsaid` is true"):
        audited(tmp_path, log(0.0, 0.0), file)

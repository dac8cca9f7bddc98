"""Predictions, labels, importances and thresholds of a feature, through the real command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rides import Captured, refused

from skewcheck.cli import main


def frame(seed: int, rows: int = 6000, flipped: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    fare = np.round(rng.gamma(2, 5, rows), 2)
    score = np.clip(fare / 20, 0.02, 0.98).round(4)
    paid = (rng.random(rows) < score) ^ (rng.random(rows) < flipped)
    return pd.DataFrame({"fare": fare, "tip": rng.poisson(3, rows), "score": score, "paid": paid})


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    frame(1).to_csv("train.csv", index=False)
    frame(2).to_csv("good.csv", index=False)
    frame(3, flipped=0.15).to_parquet("bad.parquet")


FIT = ["fit", "train.csv", "-o", "p.json", "--prediction", "score", "--label", "paid"]


def test_from_training_to_a_judged_error(capsys: Captured) -> None:
    assert main([*FIT, "--metric", "log_loss"]) == 0
    written = json.loads(Path("p.json").read_text())
    train = pd.read_csv("train.csv")
    by_hand = -np.log(np.where(train.paid, train.score, 1 - train.score))
    error = written["model"]["error"]
    assert error["metric"] == "log_loss"
    assert error["rows"] == 6000
    assert error["value"] == pytest.approx(by_hand.mean())
    assert error["std"] == pytest.approx(by_hand.std(ddof=1))
    roles = {name: (f.get("role"), f["steps"]) for name, f in written["features"].items()}
    assert roles["score"] == ("prediction", [])
    assert roles["paid"] == ("label", [])
    assert roles["fare"][0] is None
    assert main(["audit", "p.json", "good.csv"]) == 0
    assert "model: log loss 0." in capsys.readouterr().out
    assert main(["audit", "p.json", "bad.parquet", "--report", "json=out.json"]) == 1
    assert "model: worse than in training" in capsys.readouterr().out
    told = json.loads(Path("out.json").read_text())["error"]
    assert (told["verdict"], told["label"], told["rows"]) == ("skew", "paid", 6000)
    assert main(["audit", "p.json", "bad.parquet", "--threshold", "error=5"]) == 0
    # A log that the model has not seen yet has neither.
    pd.read_csv("good.csv")[["fare", "tip"]].to_csv("inputs.csv", index=False)
    assert main(["apply", "p.json", "inputs.csv", "-o", "served.csv"]) == 0
    assert main(["audit", "p.json", "inputs.csv", "--exclude", "score"]) == 0


def test_a_fit_with_the_steps_of_a_file() -> None:
    assert main(["fit", "train.csv", "-o", "q.json", "--categorical", "paid"]) == 0
    words = [*FIT, "--parameters", "q.json", "--metric", "error_rate", "--positive", "True"]
    assert main(words) == 0
    written = json.loads(Path("p.json").read_text())
    train = pd.read_csv("train.csv")
    wrong = (train.score > 0.5) != train.paid
    assert written["model"]["error"]["value"] == pytest.approx(wrong.mean())
    assert written["model"]["error"]["positive"] == "True"
    assert written["features"]["paid"]["role"] == "label"
    # So few rows of training do not tell an error rate of 26 % from one that is 10 % larger.
    assert main(["audit", "p.json", "good.csv"]) == 3
    assert main(["audit", "p.json", "good.csv", "--threshold", "error=0.2"]) == 0
    assert main(["audit", "p.json", "bad.parquet"]) == 1


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("--metric auc", ("--metric: no metric 'auc'; known are error_rate, log_loss, brier,"
         " rmse, mae")),
        ("--metric rmse", "--metric: rmse needs numbers: paid is categorical"),
        ("--metric brier --positive maybe",
         "--metric: paid has no level 'maybe', model.error.positive"),
        ("--label score", "--label: 'score' is the --prediction: name another column"),
        ("--label pay", "no column 'pay' in the training data (did you mean paid?)"),
        ("--label zzz", ("no column 'zzz' in the training data, which has fare, tip, score, paid"
         " ...")),
    ],
)  # fmt: skip
def test_a_bad_fit(capsys: Captured, words: str, problem: str) -> None:
    assert refused(capsys, *FIT, *words.split()) == problem


def test_a_metric_without_columns(capsys: Captured) -> None:
    found = refused(capsys, "fit", "train.csv", "-o", "p.json", "--metric", "mae")
    assert found == "--metric: needs one --prediction and one --label to be taken of"
    bad = frame(1).assign(score=lambda f: f.score * 2)
    bad.to_csv("train.csv", index=False)
    rows = int((bad.score > 1).sum())
    assert refused(capsys, *FIT, "--metric", "brier") == (
        f"--metric: brier cannot be taken of {rows:,} rows of the training data:"
        " are score and paid as it needs them?"
    )
    bad.assign(score=bad.paid.astype(int)).to_csv("train.csv", index=False)
    assert refused(capsys, *FIT, "--metric", "brier").startswith("--metric: brier is 0 in 6,000")


def test_importances_come_from_the_file_beside_the_configuration(capsys: Captured) -> None:
    assert main(FIT) == 0
    Path("conf").mkdir()
    Path("conf/skewcheck.toml").write_text('importance = "i.csv"\n')
    Path("conf/i.csv").write_text("feature,importance\nfare,0.7\ntipp,0.2\n")
    words = ["audit", "p.json", "good.csv", "--config", "conf/skewcheck.toml", "--format", "json"]
    assert main(words) == 0
    report = json.loads(capsys.readouterr().out)
    found = {f["name"]: f.get("importance") for f in report["features"]}
    assert found == {"fare": 0.7, "tip": 0, "score": None, "paid": None}
    assert "conf/i.csv: no feature has the name 'tipp' (did you mean tip?)" in report["notes"]
    assert refused(capsys, *words[:3], "--importance", "no.csv").startswith("no.csv: cannot read")


@pytest.mark.parametrize(
    ("name", "prefix"), [("pyproject.toml", "tool.skewcheck."), ("skewcheck.toml", "")]
)
def test_a_feature_may_have_thresholds_of_its_own(capsys: Captured, name: str, prefix: str) -> None:
    assert main(FIT) == 0
    moved = frame(2).assign(fare=lambda f: f.fare * 1.2, tip=lambda f: f.tip + (f.index % 4 == 0))
    moved.drop(columns=["score", "paid"]).to_csv("moved.csv", index=False)
    words = ["audit", "p.json", "moved.csv", "--features", "fare,tip", "--format", "json"]

    def verdicts() -> dict[str, str]:
        main(words)
        return {f["name"]: f["verdict"] for f in json.loads(capsys.readouterr().out)["features"]}

    before = verdicts()
    Path(name).write_text(f'[{prefix}features."fa*"]\nks = 0.9\npsi = 0.9\nmannwhitney = 0.9\n')
    assert (before["fare"], verdicts()["fare"]) == ("skew", "ok")
    Path(name).write_text(f'[{prefix}features."fa*"]\nkss = 0.9\n')
    assert "did you mean ks?" in refused(capsys, *words)

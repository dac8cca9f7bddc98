"""What `fit` says of each column: what it took it for, why, and what is odd about it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.catalogue.warnings import message
from skewcheck.cli import main
from skewcheck.features.types import Parameters

ROWS = 2000
RNG = np.random.default_rng(8)
AMOUNTS = RNG.gamma(2, 10, ROWS).round(2)
Captured = pytest.CaptureFixture[str]


def with_words(*words: str, rows: int = 4) -> list[str]:
    cells = [repr(float(x)) for x in AMOUNTS]
    for i in range(rows):
        cells[7 + 300 * i if rows < 7 else 2 * i] = words[i % len(words)]
    return cells


def warned(known: Parameters) -> list[str]:
    return [message(warning) for warning in known.warnings]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_the_table_and_the_warnings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, ending: str
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame(
        {
            "blank": with_words(" "),
            "words": with_words("unknown", "-"),
            "pay": np.where(AMOUNTS < 20, "cash", "card"),
            "code": RNG.integers(0, 3, ROWS),
            "x": AMOUNTS,
        }
    )
    match ending:
        case "csv":
            frame.to_csv("t.csv", index=False)
        case "jsonl":
            frame.to_json("t.jsonl", orient="records", lines=True)
        case _:
            frame.to_parquet("t.parquet")
    words = ["fit", f"t.{ending}", "--categorical", "code", "--label", "pay", "-o", "p.json"]
    assert main(words) == 0
    out, err = capsys.readouterr()
    rest = "99.8 % of the texts are numbers; 4 are not: "
    assert out == ""
    assert err.splitlines() == [
        "feature  taken for       because                                    normalized by",
        "blank    numbers         text, 99.8 % of it numbers                 zscore",
        "words    numbers         text, 99.8 % of it numbers                 zscore",
        "pay      levels (label)  text, 2 levels                             nothing",
        "code     levels          named in --categorical; its type is int64  vocabulary",
        "x        numbers         its type is double                         zscore",
        "note: words: 4 rows hold values of another type, which are left out",
        f"warning: not_numbers: blank: {rest}' ' (read as no value)",
        (
            f"warning: not_numbers: words: {rest}'unknown', '-' (read as values of another type;"
            " --null-values names words for no value)"
        ),
    ]
    stored = json.loads(Path("p.json").read_text())
    assert [w["features"] for w in stored["x-warnings"]] == [["blank"], ["words"]]
    assert stored["features"]["words"]["reference"]["mistyped"] == 4
    assert "mistyped" not in stored["features"]["blank"]["reference"]
    assert main(["audit", "p.json", f"t.{ending}", "--fail-on", "warn"]) == 0


def test_neighbours_alike_share_a_line_where_there_are_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({f"x{i}": AMOUNTS for i in range(80)})
    frame.insert(40, "pay", np.where(AMOUNTS < 20, "cash", "card"))
    frame.to_parquet("t.parquet")
    assert main(["fit", "t.parquet", "-o", "p.json"]) == 0
    assert [line.split("  ")[0] for line in capsys.readouterr().err.splitlines()] == [
        "feature", "x0 to x39 (40)", "pay", "x40 to x79 (40)",
    ]  # fmt: skip


def test_text_that_is_half_numbers_is_told() -> None:
    words = [f"{i % 9}" if i % 3 else ("low", "high", "n")[i % 9 // 3] for i in range(ROWS)]
    known = skewcheck.fit(pd.DataFrame({"x": words, "few": ["a", "b", "c", "1"] * (ROWS // 4)}))
    assert [f.type for f in known.features] == ["categorical", "categorical"]
    assert warned(known) == [
        (
            "x: 66.6 % of the texts are numbers; 667 are not: 'low', 'high', 'n' (all are taken for"
            " levels; --null-values names words for no value)"
        )
    ]
    assert skewcheck.fit(pd.DataFrame({"x": words}), categorical=["x"]).warnings == ()


def test_columns_that_hardly_make_a_feature_are_told() -> None:
    frame = pd.DataFrame(
        {
            "gone": np.where(np.arange(ROWS) % 50 == 0, AMOUNTS, np.nan),
            "half": np.where(np.arange(ROWS) % 2 == 0, AMOUNTS, np.nan),
            "zip": RNG.permutation(90_000)[:ROWS],
            "user_id": RNG.integers(0, 40, ROWS),
            "name": [f"n{i % 600}" for i in range(ROWS)],
            "town": [f"t{i % 300}" for i in range(ROWS)],
            "count": RNG.poisson(5, ROWS),
        }
    )
    hint = "looks like an identifier, whose values are others in every log; --exclude leaves it out"
    known = skewcheck.fit(frame)
    assert warned(known) == [
        "gone: 98 % of the training rows have no value",
        f"zip: {hint}", f"user_id: {hint}", f"name: {hint}",
    ]  # fmt: skip
    assert [f.name for f in known.features] == [*frame]
    assert warned(skewcheck.fit(frame, features=["zip", "name", "count"])) == []
    assert warned(skewcheck.fit(frame.head(99)[["zip"]])) == []


def test_methods_of_numbers_apply_to_numbers_in_text() -> None:
    known = skewcheck.fit(pd.DataFrame({"x": with_words(" ")}), normalize=["minmax:x"])
    kept = np.delete(AMOUNTS, [7, 307, 607, 907])
    (step,) = known["x"].steps
    assert (step.op, step.min, step.max) == ("minmax", kept.min(), kept.max())


def test_a_file_without_names_takes_columns_of_numbers_in_text_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": AMOUNTS, "s": ["u", "v"] * 1000, "b": with_words(" ")})
    (tmp_path / "scaler.json").write_text('{"mean": [1, 2], "std": [3, 4]}')
    frame.to_csv(tmp_path / "t.csv", index=False)
    known = skewcheck.fit(tmp_path / "t.csv", parameters=tmp_path / "scaler.json")
    assert [f.name for f in known.features] == ["a", "b"]
    assert known["b"].reference.nulls == 4


def test_a_type_that_no_file_states_is_that_of_the_values(tmp_path: Path) -> None:
    (tmp_path / "hand.json").write_text('{"features": {"x": {"steps": []}, "s": {"steps": []}}}')
    frame = pd.DataFrame({"x": with_words(" "), "s": ["u", "v"] * 1000})
    frame.to_csv(tmp_path / "t.csv", index=False)
    known = skewcheck.fit(tmp_path / "t.csv", parameters=tmp_path / "hand.json")
    assert [f.type for f in known.features] == ["numeric", "categorical"]
    audit = skewcheck.audit(tmp_path / "hand.json", tmp_path / "t.csv", reference=frame)
    assert [(f.type, f.verdict) for f in audit.features] == [
        ("numeric", "ok"), ("categorical", "ok"),
    ]  # fmt: skip


def test_no_value_of_training_is_shown_with_no_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"x": with_words("secret")}).to_csv("t.csv", index=False)
    Path("hand.json").write_text('{"features": {"x": {"type": "numeric", "steps": []}}}')
    words = ["audit", "hand.json", "t.csv", "--reference", "t.csv"]
    for options in ([], ["--format", "json"]):
        assert main([*words, *options]) == 0
        told = "".join(capsys.readouterr())
        assert "4 are not: 'secret'" in told
        assert main([*words, *options, "--no-values"]) == 0
        told = "".join(capsys.readouterr())
        assert "4 are not: (hidden)" in told
        assert "secret" not in told

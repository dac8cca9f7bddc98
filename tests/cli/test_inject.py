"""`skewcheck inject` from the command line: what it hands on, and a log that an audit explains."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from stub import Api

from skewcheck.cli import main
from skewcheck.config.types import Settings

Captured = pytest.CaptureFixture[str]


def test_options_are_handed_on(api: Api, capsys: Captured) -> None:
    line = (
        "inject wrong_parameters p.json a b -o out.csv --feature x,y* --feature z --share 0.07"
        " --where host=web-7 --where note=a=b --since 2026-11-01 --time-column ts --seed 3"
        " --set std=12.9 --set op=clip --set raw=true --raw {feature}_raw --served {feature}_n"
        " --history old.json --history older.json --by file"
    )
    assert main(line.split()) == 0
    name, given, options = api.calls[0]
    assert (name, given[:4]) == ("inject", ("wrong_parameters", "p.json", ["a", "b"], "out.csv"))
    assert given[4] == Settings(
        raw="{feature}_raw",
        served="{feature}_n",
        since=datetime(2026, 11, 1, tzinfo=UTC),
        time_column="ts",
        history=("old.json", "older.json"),
    )
    assert options == {
        "feature": ["x", "y*", "z"],
        "share": 0.07,
        "where": {"host": "web-7", "note": "a=b"},
        "seed": 3,
        "numbers": {"std": 12.9, "op": "clip", "raw": True},
        "by_file": True,
    }
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "note: not in pay: needs a number\n"
        "1,234 rows written to out.csv, 86 of them with wrong_parameters in fare\n"
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("-o o.csv --where host", "--where: must be key=value, got 'host'"),
        ("-o o.csv --set =3", "--set: must be key=value, got '=3'"),
        ("-o o.csv --by host", "--by: must be file, got 'host'"),
        ("-o o.csv --share x", "Invalid value for '--share'"),
        ("-o o.csv --since 2026-11-01", "--since: needs --time-column"),
        ("", "Missing option '--output'"),
    ],
)
def test_wrong_options(api: Api, capsys: Captured, options: str, words: str) -> None:
    assert main(["inject", "drift", "p.json", "a", *options.split()]) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"skewcheck: {words}")
    assert (out, err.count("\n"), api.calls) == ("", 1, [])


def test_numbers_that_are_none(api: Api) -> None:
    words = ["inject", "drift", "p.json", "a", "-o", "o.csv", "--set", "a=nan", "--set", "b=1e999"]
    assert main([*words, "--set", "c=-1"]) == 0
    assert api.calls[0][2]["numbers"] == {"a": "nan", "b": "1e999", "c": -1.0}


@pytest.mark.parametrize("log", ["good.parquet", "good.csv"])
def test_an_audit_of_what_was_written(folder: Path, capsys: Captured, log: str) -> None:
    words = ["unit_change", "p.json", log, "-o", "bad.parquet", "--feature", "fare"]
    assert main(["inject", *words, "--share", "0.2"]) == 0
    assert " rows written to bad.parquet, " in capsys.readouterr().err
    audit = ["audit", "p.json", "bad.parquet", "--served", "{feature}_norm", "--format", "json"]
    assert main(audit) == 1
    features = {f["name"]: f for f in json.loads(capsys.readouterr().out)["features"]}
    assert {name for name, f in features.items() if f["verdict"] == "skew"} == {"fare"}
    assert features["fare"]["causes"][0]["code"] == "unit_change"
    assert features["fare"]["causes"][0]["parameters"]["factor"] == 100


def test_nothing_is_left_of_what_fails(folder: Path, capsys: Captured) -> None:
    before = sorted(Path().iterdir())
    words = ["unit_change", "p.json", "good.csv", "-o", "bad.csv", "--where", "pay=Cheque"]
    assert main(["inject", *words]) == 2
    err = capsys.readouterr().err
    assert err.startswith("skewcheck: inject: no row is affected by --where pay=Cheque --share 1")
    assert sorted(Path().iterdir()) == before
    assert main(["inject", *words[:-1], "pay=Cash"]) == 0
    assert len(pd.read_csv("bad.csv")) == len(pd.read_csv("good.csv"))

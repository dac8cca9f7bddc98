"""What export refuses, what stands in its files, and the command."""

from __future__ import annotations

import runpy
import sqlite3
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from every_step import FINGERPRINT
from left_out import needs
from rides import frame
from scipy.special import ndtri

import skewcheck
from skewcheck import __version__
from skewcheck.cli import main
from skewcheck.config.options_of_export import DIALECTS as OFFERED_DIALECTS
from skewcheck.config.options_of_export import LANGUAGES as OFFERED
from skewcheck.features.steps import Log1p, Map, OneHot, Quantile, Standardize, Vocabulary, ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.repair.export import LANGUAGES
from skewcheck.repair.export.dialects import DIALECTS
from skewcheck.text.errors import NothingToTestError, ParameterError, UsageError

FARE = Feature("fare", "numeric", (ZScore(10.0, 4.0),))
CITY = Feature("city", "categorical", (Vocabulary(("Oslo", "Rom")),))


def parameters(*features: Feature) -> Parameters:
    return Parameters(features, FINGERPRINT, path="models/params.json")


def ran(source: str, row: dict[str, object]) -> dict[str, object]:
    """Return what a Python module serves for a row."""
    return all_of(source, [row])[0]


def all_of(source: str, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return what a Python module serves for rows."""
    space: dict[str, object] = {}
    exec(source, space)  # noqa: S102  # the code under test
    transform = space["transform"]
    assert callable(transform)
    return [transform(row) for row in rows]


def test_the_options_list_what_there_is() -> None:
    assert tuple(LANGUAGES) == OFFERED
    assert tuple(DIALECTS) == OFFERED_DIALECTS


def test_a_missing_key_none_and_nan_are_null() -> None:
    source = skewcheck.export(parameters(FARE, CITY), "python")
    for row in ({}, {"fare": None, "city": None}, {"fare": float("nan"), "city": float("nan")}):
        assert ran(source, row) == {"fare": None, "city": -1.0}
    assert ran(source, {"fare": np.float32(14), "city": "Rom"}) == {"fare": 1.0, "city": 1.0}
    assert ran(source, {"fare": True, "city": "rom"}) == {"fare": -2.25, "city": -1.0}


def test_text_where_a_number_belongs_is_an_error() -> None:
    with pytest.raises(TypeError, match="text where a number belongs"):
        ran(skewcheck.export(parameters(FARE), "python"), {"fare": "12.5"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_says_whose_it_is(language: str) -> None:
    table = "t" if language == "sql" else None
    source = skewcheck.export(parameters(FARE, CITY), language, table=table)
    heading = source[:600]
    assert "params.json" in heading
    assert "models" not in heading
    assert FINGERPRINT in heading
    assert __version__ in heading
    assert source == skewcheck.export(parameters(FARE, CITY), language, table=table)
    single = skewcheck.export(parameters(FARE, CITY), language, table=table, dtype="float32")
    assert "then rounded to float32" in single[:600]


@pytest.mark.parametrize("language", LANGUAGES)
def test_steps_over_other_rows_are_refused_by_name(language: str) -> None:
    windowed = Feature("trend", "numeric", (Standardize("window", 10),))
    table = "t" if language == "sql" else None
    with pytest.raises(ParameterError, match=r"'trend': step 0: standardize over window"):
        skewcheck.export(parameters(FARE, windowed), language, table=table)
    assert "trend" not in skewcheck.export(
        parameters(FARE, windowed), language, table=table, exclude="trend"
    )


def test_what_cannot_be_exported_is_an_error() -> None:
    untested = replace(FARE, name="code", untested="code that is not read")
    with pytest.raises(ParameterError, match="code: cannot be reapplied"):
        skewcheck.export(parameters(FARE, untested), "c")
    keyed = replace(FARE, by="", groups={"a": (ZScore(1.0, 2.0),)})
    with pytest.raises(ParameterError, match=r"'fare': the column of its keys has no name.*group"):
        skewcheck.export(parameters(keyed), "c")
    label = Feature("label", "numeric", role="label")
    with pytest.raises(NothingToTestError, match="no feature is an input"):
        skewcheck.export(parameters(label), "python")
    hot = Feature("city_a", "numeric")
    other = Feature("city", "categorical", (OneHot(("a", "b")),))
    with pytest.raises(UsageError, match="served column 'city_a'"):
        skewcheck.export(parameters(hot, other), "python")
    with pytest.raises(UsageError, match="needs table"):
        skewcheck.export(parameters(FARE), "sql")
    with pytest.raises(UsageError, match=r"export\(dialect=...\) is for to='sql' alone"):
        skewcheck.export(parameters(FARE), "c", dialect="sqlite")
    with pytest.raises(UsageError, match="did you mean python"):
        skewcheck.export(parameters(FARE), "pyton")


def test_float32_rounds_what_is_no_float32() -> None:
    levels = {"tenth": (0.1,), "huge": (1e300,), "one": (1.0,)}
    coded = parameters(Feature("m", "categorical", (Map(levels, (-0.5,)),)), CITY)
    source = skewcheck.export(coded, "python", dtype="float32")
    served = all_of(source, [{"m": level, "city": "Rom"} for level in (*levels, None)])
    assert [row["m"] for row in served] == [float(np.float32(0.1)), float("inf"), 1.0, -0.5]
    assert {row["city"] for row in served} == {1.0}
    codes_alone = skewcheck.export(parameters(CITY), "python", dtype="float32")
    assert "_float32" not in codes_alone


def test_a_table_with_a_schema_and_quotes() -> None:
    source = skewcheck.export(parameters(FARE), "sql", table='main.my "rides"')
    assert 'FROM "main"."my ""rides""" AS s' in source
    for table in ("a\nb", "a.", ".", "a\u202eb"):
        with pytest.raises(UsageError, match=r"table=...\): must be a name"):
            skewcheck.export(parameters(FARE), "sql", table=table)


def test_a_key_of_the_table_can_stand_beside_the_served_columns() -> None:
    logged = replace(FARE, steps=(Log1p(), *FARE.steps))
    source = skewcheck.export(parameters(logged, CITY), "sql", table="rides", dialect="sqlite")
    before, _, after = source.rpartition("SELECT\n")
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table rides (id, fare, city)")
        rides = [(7, np.expm1(14.0), "Rom"), (9, None, None)]
        connection.executemany("insert into rides values (?, ?, ?)", rides)
        served = connection.execute(f'{before}SELECT s."id",\n{after}').fetchall()
    assert [row[0] for row in served] == [7, 9]
    assert served[0][1] == pytest.approx(1.0)
    assert [row[1:] for row in served[1:]] == [(None, -1.0)]


def test_sqlite_reads_numbers_of_text() -> None:
    source = skewcheck.export(parameters(FARE), "sql", table="rides", dialect="sqlite")
    values = ["14", "12.0", "1e1", "", "nothing", "2026-01-01", "[1]", '"3"', 14, None, b"14"]
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table rides (fare)")
        connection.executemany("insert into rides values (?)", [(value,) for value in values])
        served = [row[0] for row in connection.execute(source)]
    assert served == [1.0, 0.5, 0.0, None, None, None, None, None, 1.0, None, None]


def test_the_normal_quantile_is_that_of_scipy() -> None:
    grid = tuple(np.linspace(0, 1, 2001).tolist())
    source = skewcheck.export(parameters(Feature("r", "numeric", (Quantile(grid, "normal"),))),
                              "python")  # fmt: skip
    ranks = [*np.linspace(0.001, 0.999, 499).tolist(), 1e-6, 1e-7, 2e-5, 1 - 1e-6]
    served = [row["r"] for row in all_of(source, [{"r": rank} for rank in ranks])]
    np.testing.assert_allclose(np.array(served, float), ndtri(ranks), rtol=1e-9, atol=1e-9)


def test_the_command_writes_what_apply_computes(folder: Path) -> None:
    assert main(["export", "p.json", "--to", "python", "-o", "transform.py"]) == 0
    transform = runpy.run_path("transform.py")["transform"]
    skewcheck.apply("p.json", "good.parquet", "applied.parquet")
    expected = pd.read_parquet("applied.parquet").to_dict("records")
    rows = frame(2).to_dict("records")
    assert len(rows) == len(expected)
    for row, right in zip(rows, expected, strict=True):
        served = transform(row)
        for name, value in served.items():
            assert value == right[name] or (value is None and pd.isna(right[name]))


def test_the_command_tells_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, problem in (
        ("--to sql", "--to sql needs --table NAME"),
        ("--to c --table x", "--table is for --to sql alone"),
        ("--to python -o p.json", "p.json: is read by this command"),
        ("--to python --features nothing", "no feature 'nothing'"),
        ("--to go", "--to: must be one of python, javascript, c, java, sql, got 'go'"),
    ):
        assert main(["export", "p.json", *words.split()]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert problem in err
        assert err.count("\n") == 1
    assert main(["export", "p.json", "--to", "java", "-o", "A.java"]) == 0
    assert "named SkewcheckTransform.java" in capsys.readouterr().err


@needs("node")
def test_es_modules_import_it_by_name(tmp_path: Path) -> None:
    (tmp_path / "t.cjs").write_text(skewcheck.export(parameters(FARE), "javascript"))
    (tmp_path / "run.mjs").write_text(
        "import { transform, FINGERPRINT } from './t.cjs';"
        "console.log(transform({ fare: 14 }).fare, transform({}).fare, FINGERPRINT);"
    )
    done = subprocess.run(
        ["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"1 null {FINGERPRINT}\n"

"""What `fit` takes a cell for, `audit` takes it for as well, in every format.

Columns are generated from a seed; what each cell is stands beside the generator, by hand.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import skewcheck
from skewcheck.config.types import Settings
from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.numeric import NumericCounts
from skewcheck.engine.plan import make_plan
from skewcheck.engine.source import open_source
from skewcheck.features.types import CategoricalReference, NumericReference, Parameters
from skewcheck.reports.words.notes import texts

ROWS = 2400
CLEAN = {"ok", "inconclusive"}
"""The verdicts of a clean feature: few of its rows may have a value."""
FORMATS = ["csv", "jsonl", "parquet"]
RNG = np.random.default_rng(12)
AMOUNTS = [f"{x:.2f}" for x in RNG.gamma(2, 10, ROWS)]
COUNTS = [str(x) for x in RNG.poisson(4, ROWS)]


def among(cells: list[str], others: list[str], share: float = 0.01) -> list[str]:
    """Return the cells with that share of them replaced, each other in turn."""
    rows = RNG.choice(ROWS, max(int(share * ROWS), len(others)), replace=False)
    replaced = dict(zip(rows.tolist(), others * len(rows), strict=False))
    return [replaced.get(i, cell) for i, cell in enumerate(cells)]


NUMBERS: dict[str, list[str]] = {
    "plain": AMOUNTS,
    "blanks": among(AMOUNTS, [" "], 0.002),
    "whole numbers and white space": among(COUNTS, [" ", "  ", "\t", ""], 0.1),
    "null words": among(AMOUNTS, ["NA", "nan", "NULL", "n/a", "None", "<NA>", "#N/A"], 0.05),
    "mostly blank": among(AMOUNTS, [" ", ""], 0.7),
    "padded": [f" {x}  " for x in AMOUNTS],
    "signs and exponents": among(AMOUNTS, ["1e3", "+5", "-.5", "1E-2", "7."], 0.2),
    "infinities": among(AMOUNTS, ["inf", "-inf", "Infinity"]),
    "words": among(AMOUNTS, ["unknown", "-", " "], 0.02),
    "a word in a fifth": among(AMOUNTS, ["?"], 0.2),
    "two numbers and a word": among([str(i % 2) for i in range(ROWS)], ["unknown"], 0.003),
}
LEVELS: dict[str, list[str]] = {
    "thousands": [f"{1000 * (i % 7) + 1000:,}" for i in range(ROWS)],
    "booleans": ["True" if i % 3 else "False" for i in range(ROWS)],
    "booleans and blanks": among(["true"] * 1600 + ["false"] * 800, [" ", ""]),
    "levels and blanks": among([f"v{i % 4}" for i in range(ROWS)], [" ", "", "NA", " v1"]),
    "grades": among([str(i % 5) for i in range(ROWS)], ["K", "PK"], 0.4),
    "mixed": [("a", "1", "2.5", "true")[i % 4] for i in range(ROWS)],
}
DATES = among([f"2026-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(ROWS)], [" ", ""])
CELLS = {**NUMBERS, **LEVELS}


def written(columns: dict[str, list[object]], path: Path) -> Path:
    """Write columns; texts are texts in each format, None is a null."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    match path.suffix:
        case ".csv":
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, list(columns))
                writer.writeheader()
                writer.writerows(rows)
        case ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        case _:
            pq.write_table(pa.table(columns), path, row_group_size=500)
    return path


Cells = tuple[object, ...]
"""What the cells of a column were taken for: its type, and rows of each kind or level."""


def taken_by_fit(known: Parameters, name: str) -> Cells:
    reference = known[name].reference
    if isinstance(reference, NumericReference):
        return ("numeric", reference.rows + reference.mistyped, reference.finite, reference.nulls,
                reference.nonfinite, reference.mistyped)  # fmt: skip
    assert isinstance(reference, CategoricalReference)
    return "categorical", reference.rows, reference.nulls, dict(reference.counts)


def taken_by_audit(known: Parameters, path: Path) -> dict[str, Cells]:
    source = open_source(path)
    plan = make_plan(known, source, Settings())
    taken: dict[str, Cells] = {}
    for feature_plan, profile in zip(plan.features, source.measure(plan).features, strict=True):
        name, counts = feature_plan.feature.name, profile.raw
        if isinstance(counts, NumericCounts):
            taken[name] = ("numeric", counts.rows, counts.finite, counts.nulls, counts.nonfinite,
                           counts.mistyped)  # fmt: skip
        else:
            assert isinstance(counts, CategoricalCounts)
            assert not counts.names  # no stranger
            assert feature_plan.raw is not None
            names = feature_plan.raw.levels.names
            rows = dict(zip(names, counts.counts.tolist(), strict=True))
            taken[name] = "categorical", counts.rows, counts.nulls, rows
    return taken


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("alike")


@pytest.fixture(scope="module")
def known(folder: Path) -> dict[str, Parameters]:
    return {ending: skewcheck.fit(written({**CELLS, "d": DATES}, folder / f"t.{ending}"))
            for ending in FORMATS}  # fmt: skip


@pytest.mark.parametrize("ending", FORMATS)
def test_both_take_each_cell_for_the_same(
    folder: Path, known: dict[str, Parameters], ending: str
) -> None:
    fitted = known[ending]
    taken = taken_by_audit(fitted, folder / f"t.{ending}")
    assert taken == {name: taken_by_fit(fitted, name) for name in taken}
    assert {f.name: f.type for f in fitted.features} == {
        name: "numeric" if name in NUMBERS else "categorical" for name in CELLS
    }
    assert [note for note in texts(fitted.notes) if note.startswith("d: ")] == [
        "d: left out: a date or time moves on by itself (name it in --features to keep it)"
    ]


@pytest.mark.parametrize("logged", FORMATS)
@pytest.mark.parametrize("fitted", FORMATS)
def test_a_clean_log_is_clean_in_whatever_format(
    folder: Path, known: dict[str, Parameters], fitted: str, logged: str
) -> None:
    audit = skewcheck.audit(known[fitted], folder / f"t.{logged}")
    assert {f.name: f.verdict for f in audit.features if f.verdict not in CLEAN} == {}
    assert len(audit.features) == len(CELLS)
    for name in NUMBERS:
        assert taken_by_fit(known[fitted], name) == taken_by_fit(known[logged], name)


def kind_of(cell: str) -> str:
    """Return what a cell of a column of numbers is, by Python's float."""
    if not cell.strip() or cell.strip().lower() in {"na", "n/a", "#n/a", "<na>", "null", "none"}:
        return "null"
    try:
        value = float(cell)
    except ValueError:
        return "word"
    return "null" if np.isnan(value) else "number" if np.isfinite(value) else "infinite"


@pytest.mark.parametrize("name", NUMBERS)
def test_each_cell_is_what_it_looks_like(known: dict[str, Parameters], name: str) -> None:
    kinds = Counter(map(kind_of, NUMBERS[name]))
    assert taken_by_fit(known["csv"], name) == (
        "numeric", ROWS, kinds["number"], kinds["null"], kinds["infinite"], kinds["word"],
    )  # fmt: skip
    values = [float(cell) for cell in NUMBERS[name] if kind_of(cell) == "number"]
    reference = known["parquet"][name].reference
    assert isinstance(reference, NumericReference)
    assert reference.mean == pytest.approx(np.mean(values), rel=1e-12)


@pytest.mark.parametrize("ending", ["jsonl", "parquet", "frame"])
def test_typed_numbers_beside_text(folder: Path, ending: str) -> None:
    numbers = RNG.normal(size=ROWS).round(3).tolist()
    odd: list[object] = [" " if i in (3, 500) else x for i, x in enumerate(numbers)]
    truths: list[object] = [True if i % 100 == 7 else x for i, x in enumerate(numbers)]
    columns: dict[str, list[object]] = {"x": odd}
    if ending == "parquet":  # it has one type a column
        columns = {"x": [None if x == " " else x for x in odd]}
    if ending == "jsonl":
        columns["t"] = truths
    logs: object = pd.DataFrame(columns) if ending == "frame" else written(
        columns, folder / f"typed.{ending}")  # fmt: skip
    fitted = skewcheck.fit(logs)
    assert taken_by_fit(fitted, "x") == ("numeric", ROWS, ROWS - 2, 2, 0, 0)
    if "t" in columns:
        assert taken_by_fit(fitted, "t") == ("numeric", ROWS, ROWS - 24, 0, 0, 24)
    audit = skewcheck.audit(fitted, logs)
    assert {f.verdict for f in audit.features} <= CLEAN


@pytest.mark.parametrize("ending", FORMATS)
def test_what_training_had_of_words_is_no_licence_for_more(folder: Path, ending: str) -> None:
    def change(share: float) -> list[object]:
        return [*among(AMOUNTS, ["unknown"], share)]

    known = skewcheck.fit(written({"x": change(0.01)}, folder / f"few.{ending}"))
    for share, verdict in ((0.01, "ok"), (0.004, "ok"), (0.1, "skew")):
        log = written({"x": change(share)}, folder / f"more.{ending}")
        tests = {t.name: t.verdict for t in skewcheck.audit(known, log).features[0].tests}
        assert tests["type"] == verdict


@pytest.mark.parametrize("ending", FORMATS)
def test_words_for_no_value_are_none_in_every_format(folder: Path, ending: str) -> None:
    columns: dict[str, list[object]] = {
        "x": [*among(AMOUNTS, ["?", "-999"], 0.2)], "s": [*among(["a", "b"] * 1200, ["?"], 0.2)],
    }  # fmt: skip
    path = written(columns, folder / f"words.{ending}")
    known = skewcheck.fit(path, null_values=["?", "-999"])
    assert taken_by_fit(known, "x") == ("numeric", ROWS, ROWS - 480, 480, 0, 0)
    assert known["s"].reference.nulls == 480
    assert known.warnings == ()
    assert skewcheck.audit(known, path, null_values=["?", "-999"]).verdict in CLEAN
    assert skewcheck.audit(known, path).features[0].verdict == "skew"

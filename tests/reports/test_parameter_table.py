from dataclasses import replace

import numpy as np
from rich.cells import cell_len

from skewcheck.features.histogram import Histogram
from skewcheck.features.steps import Log1p, Vocabulary, ZScore
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    NumericReference,
    Parameters,
    TrainingError,
)
from skewcheck.reports import Options
from skewcheck.reports.parameter_table import table

FARE = NumericReference(
    60_000, 13, 2, 12.3456, 4.4, 0.0, 301.2, 0.01, 1.0,
    Histogram.discrete(np.array([1.0]), np.array([59_985])),
)  # fmt: skip
PARAMETERS = Parameters(
    (
        Feature("fare", "numeric", (Log1p(), ZScore(1.02, 0.71)), FARE),
        Feature("pay", "categorical", (Vocabulary(("Cash", "Card")),),
                CategoricalReference(10, 2, {"Cash": 6, "Card": 1}, 1), "label"),
        Feature("[red]\x1b[2J" + "x" * 10_000, "numeric"),
    ),
    "sha256:" + "0" * 64,
    {"name": "fares"},
    "params.json",
)  # fmt: skip


def flat(text: str) -> str:
    """Undo the wrapping of the cells, roughly: all words in a row."""
    return " ".join(text.split())


def test_everything_is_told() -> None:
    text = table(PARAMETERS, Options(width=200))
    assert text.startswith("params.json: 3 features, model fares, sha256:000000000000…\n")
    told = flat(text)
    assert "fare numeric log1p, zscore mean=1.02 std=0.71 60,000 rows, 13 nulls (0.0217 %)," in told
    assert "2 infinite, mean 12.3, sd 4.4, 0 to 301.2, grid 0.01" in told
    assert "categorical (label)" in told
    # 6 of the 8 rows that are not null
    assert "10 rows, 2 nulls (20 %), 2 levels, mostly 'Cash' (75 %), 1 row of others" in told
    assert "as it is" in told
    assert "not known" in told


def test_at_eighty_columns_without_control_characters() -> None:
    text = table(PARAMETERS)
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    assert r"[red]\x1b" in text
    assert len(text.splitlines()) < 30


def test_importances_and_the_error_are_told_if_known() -> None:
    assert "importance" not in table(PARAMETERS, Options(width=200))
    fare, *others = PARAMETERS.features
    known = replace(
        PARAMETERS, features=(replace(fare, importance=0.21), *others),
        error=TrainingError("log_loss", 0.31, 20_000),
    )  # fmt: skip
    told = table(known, Options(width=200))
    assert "model fares, log_loss 0.31, sha256" in told
    rows = {line.split()[0]: line.split()[-1] for line in told.splitlines() if line.strip()}
    assert (rows["feature"], rows["fare"]) == ("importance", "0.21")


def test_a_foreign_file_tells_where_it_stands_and_what_was_lost() -> None:
    known = replace(
        PARAMETERS,
        model={"format": "scikit-learn"},
        features=(
            Feature("fare", "numeric", (ZScore(1.02, 0.71),), NumericReference(0, min=0.0, max=9.0),
                    extra={"x-served": "num__fare", "x-source": "named_steps.scaler.mean_[3]"}),
            Feature("pay", "categorical", extra={"x-served": ["a", "b", "c", "d"]},
                    reference=CategoricalReference(0, 0, {"Cash": 0}), untested="not per feature"),
            Feature("rest", "numeric", guessed=True),
        ),
    )  # fmt: skip
    text = table(known)
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert text.startswith("params.json: 3 features, scikit-learn, sha256:")
    lines = [line.strip() for line in text.splitlines()]
    start = next(i for i, line in enumerate(lines) if line.startswith("fare"))
    assert " ".join(lines[start].split()) == "fare numeric zscore mean=1.02 std=0.71"
    assert lines[start + 1 : start + 4] == [
        "served as num__fare", "from named_steps.scaler.mean_[3]",
        "training: rows not known, 0 to 9",
    ]  # fmt: skip
    assert "pay      categorical  untested: not per feature" in lines
    assert "served as a, b, c and 1 more" in lines
    assert "rest     not known    as it is" in lines
    assert "0 rows" not in text

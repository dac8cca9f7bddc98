"""Rows that are all alike: no figure of --no-values says which value they have.

Whoever knows training's distribution can compute each figure of a constant, and compare.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.catalogue.tests import TESTS

RNG = np.random.default_rng(11)
ROWS = 1200


def frame(rows: int = ROWS) -> pd.DataFrame:
    return pd.DataFrame({
        "age": RNG.integers(18, 80, rows),
        "fare": RNG.lognormal(2, 0.5, rows).round(2),
        "country": RNG.choice(list("abcdefgh"), rows),
        "flag": RNG.random(rows) < 0.03,
    })  # fmt: skip


KNOWN = skewcheck.fit(frame(20_000))


def figures(tests: list[dict[str, object]]) -> dict[str, object]:
    """Return the figures of tests that depend on which values rows have."""
    return {
        str(test["name"]): test[key] for test in tests
        for key in ("statistic", "effect", "interval", "p_value")
        if key in test and not TESTS[str(test["name"])].of_all_rows
    }  # fmt: skip


def audited(log: pd.DataFrame, **options: object) -> dict[str, dict[str, object]]:
    result = skewcheck.audit(KNOWN, log, no_values=True, **options)  # type: ignore[arg-type]
    report = json.loads(skewcheck.render(result, "json"))
    return {feature["name"]: feature for feature in report["features"]}


@pytest.mark.parametrize("share", [1.0, 0.95])
@pytest.mark.parametrize(("name", "value"), [("age", 77), ("fare", 3.05), ("country", "c")])
def test_no_figure_of_a_value_that_most_rows_have(name: str, value: object, share: float) -> None:
    log = frame()
    log.loc[: int(share * ROWS) - 1, name] = value
    features = audited(log)
    assert figures(features[name]["tests"]) == {}  # type: ignore[arg-type]
    assert features[name]["verdict"] == "skew"
    assert all(figures(features[other]["tests"]) for other in features.keys() - {name})  # type: ignore[arg-type]


def test_no_figure_of_a_segment_or_a_window_whose_rows_are_alike() -> None:
    log = frame()
    log["user"] = np.repeat([f"u{i}" for i in range(6)], ROWS // 6)
    log["age"] = np.repeat([19, 31, 44, 60, 77, 50], ROWS // 6)
    age = audited(log, by=["user"], every=str(ROWS // 6))["age"]
    for segment in (*age["segments"], *age.get("worst", ())):  # type: ignore[misc]
        assert figures(segment.get("tests", [])) == {}
    codes = {code for code, spec in TESTS.items() if not spec.of_all_rows}
    assert not any(codes & window.keys() for window in age["windows"])  # type: ignore[attr-defined]
    assert not any("statistic" in change for change in age.get("changes", ()))  # type: ignore[attr-defined]


def test_a_flag_that_is_mostly_off_in_training_too_keeps_its_figures() -> None:
    assert figures(audited(frame())["flag"]["tests"])  # type: ignore[arg-type]


def test_the_history_of_a_state_has_no_figure_either(tmp_path) -> None:  # type: ignore[no-untyped-def]
    skewcheck.audit(KNOWN, frame().assign(age=77), state=str(tmp_path / "s"))
    line = json.loads((tmp_path / "s" / "history.jsonl").read_text().splitlines()[0])
    assert not line["features"]["age"]["excess"]  # that of the nulls is 0
    assert line["features"]["fare"]["excess"] > 0


@pytest.mark.parametrize("options", [{}, {"baseline": "previous"}])
def test_no_figure_of_a_change_or_of_the_window_after(options: dict[str, str]) -> None:
    """Where a window that is compared is alike, or what it is compared with is."""
    codes = {code for code, spec in TESTS.items() if not spec.of_all_rows}
    for value in (20, 70):
        log = frame(3000)
        log.loc[600:1199, "age"] = value
        age = audited(log, every="300", **options)["age"]
        windows = {window["start"]: codes & window.keys() for window in age["windows"]}  # type: ignore[attr-defined]
        hidden = {"row 600", "row 900"} | ({"row 1200"} if options else set())
        assert {start for start, figures in windows.items() if not figures} >= hidden
        assert windows["row 2700"]
        changes = age["changes"]
        assert "row 600" in [change["since"] for change in changes]  # type: ignore[attr-defined]
        assert not any("statistic" in change for change in changes)  # type: ignore[attr-defined]

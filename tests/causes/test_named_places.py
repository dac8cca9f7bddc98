"""Places by the names that users choose: of columns, of values, whatever these look like."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from servers import placed

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature
from skewcheck.reports import FORMATS
from skewcheck.reports.words.causes import sentence
from skewcheck.results.causes import Place, timeless

ROWS = 4000
STEPS = (ZScore(10.0, 2.0),)
KNOWN = skewcheck.fit(
    pd.DataFrame({n: np.random.default_rng(i).normal(10, 2, 8000) for i, n in enumerate("xy")}),
    parameters=Parameters(tuple(Feature(n, "numeric", STEPS) for n in "xy"), "sha256:0"),
)


def log(column: str, values: tuple[str, ...], bad: dict[str, set[str]]) -> pd.DataFrame:
    """Return a log whose features are served raw where the column has one of their bad values."""
    rng = np.random.default_rng(0)
    chosen = np.array(values, object)[rng.integers(0, len(values), ROWS)]
    frame = pd.DataFrame({column: chosen})
    for name in "xy":
        raw = rng.normal(10, 2, ROWS)
        wrong = np.isin(chosen, list(bad.get(name, ())))
        frame[name], frame[f"{name}_n"] = raw, np.where(wrong, raw, (raw - 10) / 2)
    return frame


def audited(frame: pd.DataFrame, **options: object) -> Audit:
    return skewcheck.audit(KNOWN, frame, served="{feature}_n", **options)


def test_two_causes_in_two_places_stay_two() -> None:
    names = ("since 2019", "since 2023", "b", "c")
    audit = audited(log("who", names, {"x": {"since 2019"}, "y": {"since 2023"}}))
    assert audit.causes == ()
    x, y = (feature.causes[0] for feature in audit.features)
    assert (placed(x), placed(y)) == ("who = since 2019", "who = since 2023")
    assert "(all rows of who = since 2019, and no others)" in sentence(x)
    same = audited(log("who", names, {"x": {"since 2019"}, "y": {"since 2019"}}))
    (root,) = same.causes
    assert sentence(root).startswith("2 of 2 features were served without normalization, in ")
    assert sentence(root).endswith(" of the rows (all rows of who = since 2019, and no others)")


def test_a_level_that_is_not_logged_in_is_served_all_the_same() -> None:
    bad = {"not logged in"}
    audit = audited(log("who", ("not logged in", "a", "b", "c"), {"x": bad, "y": bad}))
    (root,) = audit.causes
    assert sentence(root).startswith("2 of 2 features were served without normalization")
    assert placed(root) == "who = not logged in"
    assert "features were served" in FORMATS["terminal"](audit)
    assert "were logged" not in FORMATS["terminal"](audit)


@pytest.mark.parametrize("column", ["file", "time", "row", "served:x", "raw:x", "by:file", "who"])
@pytest.mark.parametrize("named", [True, False])
def test_a_column_may_have_any_name(column: str, named: bool) -> None:
    frame = log(column, ("a", "b", "c", "d"), {"x": {"c"}})
    frame["ts"] = pd.date_range("2026-11-01", periods=ROWS, freq="s")
    options = {"by": [column]} if named else {}
    audit = audited(frame, time_column="ts", **options)
    cause = audit.features[0].causes[0]
    assert (cause.code, placed(cause)) == ("not_normalized", f"{column} = c")
    assert cause.place == Place(column, values=("c",))


def test_a_column_called_file_is_not_the_files(tmp_path: pytest.TempPathFactory) -> None:
    for i, (value, bad) in enumerate((("web", set()), ("app", {"app"}))):
        log("file", (value,), {"x": bad}).to_parquet(f"{tmp_path}/{i}.parquet")
    audit = skewcheck.audit(KNOWN, str(tmp_path), served="{feature}_n", by="none")
    cause = audit.features[0].causes[0]
    assert cause.place is not None
    assert (cause.place.kind, cause.place.column) == ("file", None)
    audit = skewcheck.audit(KNOWN, str(tmp_path), served="{feature}_n", by="file")
    assert audit.features[0].causes[0].place == Place("file", values=("app",))


@pytest.mark.parametrize(
    "value", ["since 2019-01-01 00:00", "a = b", "until", "<b>x</b>", "two\nlines", "{0}", ""]
)
def test_a_value_may_be_any_text(value: str) -> None:
    frame = log("who", (value, "b", "c", "d"), {"x": {value}, "y": {value}})
    audit = audited(frame)
    (root,) = audit.causes
    assert root.place == Place("who", values=(value,))
    for cause in (root, *(feature.causes[0] for feature in audit.features)):
        assert pickle.loads(pickle.dumps(cause)) == cause  # noqa: S301  # our own bytes
        assert f"all rows of who = {value}, and no others" in sentence(cause)


def test_a_place_without_its_times() -> None:
    host = Place("host", values=("a",), purity=0.5, coverage=0.9)
    since = Place("version", values=("12",), since=60.0, inside=replace(host, until=9.0))
    assert timeless(None) is None
    assert timeless(Place(since=60.0)) is None
    assert timeless(host) == Place("host", values=("a",))
    assert timeless(since) == Place("version", values=("12",), inside=Place("host", values=("a",)))
    assert timeless(Place(since=60.0, inside=host)) == Place("host", values=("a",))
    assert Place("file", values=("a",)) != Place(None, "file", ("a",))

"""Encoders that were fitted again: numbers of a map that differ by little, as other parameters."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.lock.diff import changes, remarks
from skewcheck.results.tests import Verdict

ROWS = 2_000
LEVELS = [f"l{i}" for i in range(20)]
rng = np.random.default_rng(4)
VALUES = dict(zip(LEVELS, rng.normal(0.3, 0.1, len(LEVELS)).tolist(), strict=True))
DEVIATION = float(np.std([*VALUES.values()]))
LEVEL = rng.choice(LEVELS, ROWS)


def features(shift: float, scale: float = 1.0) -> dict[str, object]:
    """Return features whose numbers are off by `shift` standard deviations, or by a factor."""
    off = shift * DEVIATION
    one = {level: x * scale + off for level, x in VALUES.items()}
    two = {level: [x, 2.5] for level, x in one.items()}
    by = {"type": "categorical"}
    return {
        "one": {**by, "steps": [{"op": "map", "values": one, "unknown": 0.3}]},
        "two": {**by, "steps": [{"op": "map", "values": two, "columns": ["a", "b"]}]},
        "number": {"steps": [{"op": "zscore", "mean": 40 + 10 * shift, "std": 10 * scale}]},
    }


def written(folder: Path, name: str, shift: float, scale: float = 1.0) -> Path:
    path = folder / name
    path.write_text(json.dumps({"features": features(shift, scale)}))
    return path


def log(shift: float) -> pd.DataFrame:
    x = np.random.default_rng(5).normal(40, 10, ROWS)
    served = pd.Series(LEVEL).map(VALUES) + shift * DEVIATION
    return pd.DataFrame({
        "one": LEVEL, "two": LEVEL, "number": x, "one_n": served, "two_a_n": served, "two_b_n": 2.5,
        "number_n": (x - 40 - 10 * shift) / 10,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0.0, Verdict.OK), (3e-5, Verdict.WARN), (4.5e-5, Verdict.WARN),
                           (7e-5, Verdict.SKEW), (1e-3, Verdict.SKEW)]
)  # fmt: skip
def test_a_map_is_held_to_what_a_scaler_is(tmp_path: Path, shift: float, verdict: Verdict) -> None:
    audit = skewcheck.audit(written(tmp_path, "p.json", 0.0), log(shift), served="{feature}_n")
    parity = {f.name: next(t for t in f.tests if t.name == "parity") for f in audit.features}
    assert {name: test.verdict for name, test in parity.items()} == dict.fromkeys(
        ("one", "two", "number"), verdict
    )
    assert audit.exit_code == (1 if verdict is Verdict.SKEW else 0)
    small = verdict is Verdict.WARN
    for f in audit.features[:2] if shift else ():
        (cause,) = f.causes
        assert cause.code == "encoding_changed"
        assert cause.variant in ("other_numbers", "columns_other")
        assert cause.negligible is small
    assert ("less than matters" in " ".join(skewcheck.render(audit).split())) is small


def test_one_level_that_differs_by_more_is_skew(tmp_path: Path) -> None:
    table = log(3e-5)
    table.loc[table["one"] == "l3", "one_n"] += 1e-3
    audit = skewcheck.audit(written(tmp_path, "p.json", 0.0), table, served="{feature}_n")
    verdicts = {f.name: f.verdict for f in audit.features}
    assert verdicts == {"one": Verdict.SKEW, "two": Verdict.WARN, "number": Verdict.WARN}


def test_a_number_that_is_missing_is_skew(tmp_path: Path) -> None:
    table = log(3e-5)
    table.loc[table["one"] == "l3", "one_n"] = np.nan
    audit = skewcheck.audit(written(tmp_path, "p.json", 0.0), table, served="{feature}_n")
    assert next(f for f in audit.features if f.name == "one").verdict is Verdict.SKEW


@pytest.mark.parametrize(
    ("scale", "alike"), [(1 + 5e-8, True), (1 - 5e-8, True), (1 + 3e-7, False), (1 + 1e-5, False)]
)
def test_diff_grants_maps_one_rounding_to_float32(
    tmp_path: Path, scale: float, *, alike: bool
) -> None:
    old, new = (
        skewcheck.load(written(tmp_path, f"{i}.json", 0.0, s)) for i, s in enumerate((1.0, scale))
    )
    changed = {difference.feature for difference in changes(old, new)}
    rounded = {difference.feature for difference in remarks(old, new)}
    assert changed == (set() if alike else {"one", "two", "number"})
    assert rounded == ({"one", "two", "number"} if alike else set())


@pytest.mark.parametrize("wrong", ["level", "unknown", "columns", "before"])
def test_diff_grants_nothing_else(tmp_path: Path, wrong: str) -> None:
    tree = features(0.0, 1 + 5e-8)
    step = tree["two" if wrong == "columns" else "one"]["steps"][0]
    if wrong == "level":
        step["values"]["other"] = step["values"].pop("l3")
    elif wrong == "unknown":
        step["unknown"] = None
    elif wrong == "columns":
        step["columns"] = ["a", "c"]
    else:
        tree["one"]["steps"].insert(0, {"op": "impute", "value": "l1"})
    (tmp_path / "new.json").write_text(json.dumps({"features": tree}))
    old = skewcheck.load(written(tmp_path, "old.json", 0.0))
    changed = {
        difference.feature for difference in changes(old, skewcheck.load(tmp_path / "new.json"))
    }
    assert changed == {"two" if wrong == "columns" else "one"}

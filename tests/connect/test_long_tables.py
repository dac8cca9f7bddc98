"""Long tables: every value is in its observation, of its side, or the log is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import strategies  # noqa: F401 (the same examples for everyone)
from connect.worlds import known, lines, records, rides, served, skewed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from layout_servers import figures, parameters, rows, write_lines

import skewcheck
from skewcheck.text.errors import SkewcheckError, UsageError

RAW = rides(3)
PAIRS = {
    wrong: [*zip(records(RAW), records(served(RAW, wrong=wrong)), strict=True)]
    for wrong in (False, True)
}


def in_columns(wrong: bool, raw: str, model: str) -> list[dict[str, Any]]:
    return [
        {"request_id": f"q{i}", "row": j, "feature_name": name, raw: value, model: fed[name]}
        for i, (r, fed) in enumerate(PAIRS[wrong]) for j, (name, value) in enumerate(r.items())
    ]  # fmt: skip


def in_stages(wrong: bool, stages: Sequence[object], *, in_turn: bool = False) -> list[Any]:
    result: list[Any] = []
    for i, sides in enumerate(PAIRS[wrong]):
        cells = [
            {"id": i, "stage": stage, "name": name, "value": value}
            for stage, side in zip(stages, sides, strict=True) for name, value in side.items()
        ]  # fmt: skip
        result += sorted(cells, key=lambda cell: str(cell["name"])) if in_turn else cells
    return result


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize(
    "table",
    [
        lambda wrong: in_columns(wrong, "raw_value", "model_value"),
        lambda wrong: in_columns(wrong, "value", "scaled"),
        lambda wrong: in_columns(wrong, "before", "after"),
        lambda wrong: in_stages(wrong, ("raw", "model")),
        lambda wrong: in_stages(wrong, ("before", "after")),
        lambda wrong: in_stages(wrong, (0, 1)),
        lambda wrong: in_stages(wrong, ("raw", "model"), in_turn=True),
    ],
)
def test_both_sides_are_compared(tmp_path: Path, table: Any, wrong: bool) -> None:
    cells = table(wrong)
    pd.DataFrame(cells).to_csv(tmp_path / "log.csv", index=False)
    for log in (tmp_path / "log.csv", lines(tmp_path / "log.jsonl", cells)):
        assert skewed(log) == (int(wrong), "paired", ["fare"] if wrong else [])


def test_stages_that_are_not_both_sides_are_refused(tmp_path: Path) -> None:
    attempts = [
        {"id": i, "attempt": attempt, "name": name, "value": value}
        for i, (raw, _) in enumerate(PAIRS[False])
        for attempt in (1, 2) for name, value in raw.items()
    ]  # fmt: skip
    log = lines(tmp_path / "log.jsonl", attempts)
    with pytest.raises(UsageError, match=r"in several rows of one 'id'.*where.*attempt=\d"):
        skewed(log)
    assert skewed(log, where="attempt=2") == (0, "raw", [])
    without = lines(tmp_path / "o.jsonl", ({**c, "id": 1} for c in in_stages(True, ("a", "b"))))
    with pytest.raises(SkewcheckError):
        skewed(without)


def test_numbers_and_texts_in_columns_of_their_own(tmp_path: Path) -> None:
    levels = ["card", "cash", "app", "cash"] * 250
    parameters = skewcheck.fit(rides(1, 20_000).assign(pay=levels * 20))
    cells = [
        {"id": i, "name": name, "number": None if isinstance(value, str) else value,
         "text": value if isinstance(value, str) else None}
        for i, row in enumerate(RAW.assign(pay=levels).to_dict("records"))
        for name, value in row.items()
    ]  # fmt: skip
    audit = skewcheck.audit(parameters, lines(tmp_path / "log.jsonl", cells))
    assert (audit.exit_code, audit.logs.mode, audit.account.raw) == (0, "raw", 4)


def test_names_that_repeat_later_are_no_observation(tmp_path: Path) -> None:
    cells = [{"id": i, "name": n, "value": v} for i, r in enumerate(records(RAW))
             for n, v in r.items()]  # fmt: skip
    cells += [
        {"id": 900_000, "name": n, "value": v} for _ in (0, 1) for n, v in RAW.iloc[0].items()
    ]
    audit = skewcheck.audit(known(), lines(tmp_path / "log.jsonl", cells))
    assert audit.coverage is not None
    assert [(loss.code, loss.rows) for loss in audit.coverage.losses] == [("undecoded", 1)]
    assert audit.logs.rows == 1_000


SIDES = ("raw", "model")


@settings(
    max_examples=20,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from(["stages", "columns", "names"]), st.integers(0, 30), st.booleans(),
    st.integers(0, 9999),
)  # fmt: skip
def test_a_table_is_audited_as_its_observations_are(
    tmp_path: Path, kind: str, lost: int, wrong: bool, seed: int
) -> None:
    """Whatever cells a table has not, each is null in its own observation, and nothing else is."""
    random = np.random.default_rng(seed)
    wide: list[Any] = []
    cells: list[dict[str, Any]] = []
    for i, sides in enumerate(rows(5, 300, wrong=wrong)):
        of_row: dict[str, dict[str, Any]] = {s: dict(v) for s, v in zip(SIDES, sides, strict=True)}
        for name in list(of_row["raw"]):
            if i > 60 and random.random() < lost / 100:  # behind the sample
                of_row["raw"].pop(name)
                of_row["model"].pop(name)
        names = list(of_row["raw"])
        random.shuffle(names)
        if kind == "columns":
            made = [{"id": i, "name": n, **{s: of_row[s][n] for s in SIDES}} for n in names]
        else:
            made = [
                {"id": i, "stage": s, "name": n if kind == "stages" else f"{s}.{n}",
                 "value": of_row[s][n]}
                for n in names for s in SIDES
            ]  # fmt: skip
        cells += made if kind != "names" else [{**c, "stage": "x"} for c in made]
        wide += [of_row] if made else []
    features = []
    for place, lines_of in (("long", cells), ("wide", wide)):
        (tmp_path / place).mkdir(exist_ok=True)
        audit = skewcheck.audit(parameters(), write_lines(tmp_path / place / "log.jsonl", lines_of))
        assert audit.logs.mode == "paired"
        features.append(
            [
                (f["name"], f["verdict"], f["rows"], f["nulls"], f["parity"]["mismatched"])
                for f in json.loads(figures(audit))["features"]
            ]
        )
    assert features[0] == features[1]

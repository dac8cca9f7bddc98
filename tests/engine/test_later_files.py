"""Files of one log need not have the same columns: what only later ones have is looked at as well.

Rows of each kind are the same in all orders of the files, so that the verdict must be as well.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit

Frames = Callable[[Parameters], list[pd.DataFrame]]


def rides(seed: int, rows: int = 1_000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "fare": np.round(rng.gamma(2, 5, rows), 2),
        "dist": np.round(rng.normal(3, 1, rows), 3),
        "pay": rng.choice(list("abc"), rows),
    })  # fmt: skip


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return skewcheck.fit(rides(1, 20_000))


def wrong(raw: pd.DataFrame) -> pd.DataFrame:
    return raw.assign(fare_norm=(raw["fare"] - 13) / 5, dist_norm=(raw["dist"] - 4) / 3)


def audited(parameters: Parameters, folder: Path, frames: list[pd.DataFrame]) -> Audit:
    for place, frame in enumerate(frames):
        frame.to_csv(folder / f"{place}.csv", index=False)
    return skewcheck.audit(parameters, folder)


CLEAN: dict[str, list[pd.DataFrame]] = {
    "another number": [rides(2), rides(3).assign(version=7)],
    "a number in the first alone": [rides(2).assign(version=7), rides(3)],
    "text with a name for served values": [rides(2), rides(3).assign(fare_norm="standard")],
    "values that cannot be, where there is no raw column": [
        rides(2), rides(3), pd.DataFrame({"fare_norm": np.linspace(5_000, 5_010, 5)}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", CLEAN)
def test_other_columns_of_a_later_file_change_nothing(
    parameters: Parameters, tmp_path: Path, kind: str
) -> None:
    audit = audited(parameters, tmp_path, CLEAN[kind])
    assert (audit.verdict, audit.exit_code, audit.holds) == ("ok", 0, ())


def test_a_renamed_raw_column_is_no_error(parameters: Parameters, tmp_path: Path) -> None:
    renamed = rides(3).rename(columns={"dist": "distance"})
    audit = audited(parameters, tmp_path, [rides(2), renamed])
    # Half of the rows have no `dist`, of which training had all.
    assert [result.name for result in audit.features if result.verdict == "skew"] == ["dist"]


SERVED: dict[str, tuple[Frames, set[str]]] = {
    "wrong by name, from the second file on": (
        lambda _: [rides(2), *(wrong(rides(seed)) for seed in (3, 4))], {"fare_norm", "dist_norm"}
    ),
    "in the last file alone": (
        lambda _: [rides(2), rides(3), wrong(rides(4, 50))], {"fare_norm", "dist_norm"}
    ),
    "right, by values alone": (
        lambda known: [rides(2), rides(3).assign(x1=known.transform(rides(3))["fare"])], {"x1"}
    ),
    "on a line of the raw values": (
        lambda _: [rides(2), rides(3).assign(fare_x=lambda x: (x["fare"] - 11) / 8)], {"fare_x"}
    ),
    "of each feature in another file": (
        lambda _: [rides(2), wrong(rides(3)).drop(columns="dist_norm"),
                   wrong(rides(4)).drop(columns="fare_norm")], {"fare_norm", "dist_norm"},
    ),
    "by another name that is no text": (
        lambda _: [rides(2).assign(fare_norm="standard"),
                   rides(3).assign(fare_scaled=lambda x: (x["fare"] - 13) / 5)], {"fare_scaled"},
    ),
    "without the raw columns, in fewer rows than matter": (
        lambda _: [rides(2, 9_000), wrong(rides(4, 50))[["fare_norm", "dist_norm"]]],
        {"fare_norm", "dist_norm"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SERVED)
def test_served_values_in_any_file_hold_the_audit(
    parameters: Parameters, tmp_path: Path, kind: str
) -> None:
    frames, columns = SERVED[kind]
    for place, of_order in enumerate((frames(parameters), frames(parameters)[::-1])):
        folder = tmp_path / str(place)
        folder.mkdir()
        audit = audited(parameters, folder, of_order)
        held = [hold.served for hold in audit.holds if hold.served is not None]
        assert {column for served in held for column in served.columns} == columns
        assert (audit.verdict, audit.exit_code) == ("inconclusive", 3)
        named = skewcheck.audit(parameters, folder, served="none")
        assert named.holds == ()


def test_served_values_that_are_null_in_some_file_are_missing(
    parameters: Parameters, tmp_path: Path
) -> None:
    frames = [
        rides(2).assign(x1=np.nan),
        rides(3).assign(x1=parameters.transform(rides(3))["fare"]),
    ]
    for place, of_order in enumerate((frames, frames[::-1])):
        folder = tmp_path / str(place)
        folder.mkdir()
        audit = audited(parameters, folder, of_order)
        assert [f.name for f in audit.features if f.verdict == "skew"] == ["fare"]


def test_elements_that_begin_in_a_later_file_are_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    known = skewcheck.fit(pd.DataFrame({"e": rng.normal(5, 2, (2_000, 2)).tolist()}))
    for place, size in enumerate((2, 3)):
        vectors = rng.normal(5, 2, (1_000, size)).tolist()
        pd.DataFrame({"e": vectors}).to_parquet(tmp_path / f"{place}.parquet")
    notes = skewcheck.audit(known, tmp_path).notes
    extra = [note.parameters for note in notes if note.code == "extra_elements"]
    assert extra == [{"column": "e", "names": ("e[2]",)}]

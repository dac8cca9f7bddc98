"""What tests of joined logs share: raw and served values in two logs, or two kinds of records."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import skewcheck
from skewcheck.features.steps import forward
from skewcheck.results.audit import Audit

ROWS = 3000


def frame(seed: int, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 90, rows).astype(float),
        "fare": np.round(rng.lognormal(2, 1, rows), 2),
        "dist": rng.normal(size=rows),
    })  # fmt: skip


KNOWN = skewcheck.fit(frame(1))
RAW = frame(2)
IDS = np.random.default_rng(3).permutation(ROWS) + 10_000


def served(raw: pd.DataFrame, **faults: Callable[[pd.Series], pd.Series]) -> pd.DataFrame:
    """Return what a server makes of raw values, which has a fault for some features."""
    return pd.DataFrame({
        f.name: forward(f.steps, faults.get(f.name, pd.Series.copy)(raw[f.name]).to_numpy(float))
        for f in KNOWN.features
    })  # fmt: skip


RIGHT = served(RAW)
WRONG = served(RAW, fare=lambda fare: fare * 1.609344)


def write(frame: pd.DataFrame, path: Path) -> None:
    match path.suffix:
        case ".parquet":
            frame.to_parquet(path)
        case ".csv":
            frame.to_csv(path, index=False)
        case _:
            frame.to_json(path, orient="records", lines=True, double_precision=15)


def two(
    folder: Path, values: pd.DataFrame, *, first: str = "raw.jsonl", second: str = "served.jsonl",
    seed: int | None = 5,
) -> list[Path]:  # fmt: skip
    """Write the raw values and served ones, these in another order, to two files."""
    both = RAW.assign(request_id=IDS), values.assign(request_id=IDS)
    paths = [folder / first, folder / second]
    write(both[0], paths[0])
    write(both[1] if seed is None else both[1].sample(frac=1, random_state=seed), paths[1])
    return paths


def audit(paths: object, **options: object) -> Audit:
    return skewcheck.audit(KNOWN, paths, join="request_id", **options)  # type: ignore[arg-type]


def told(result: Audit) -> dict[str, object]:
    """Return what is found, without the files that it is found in."""
    return {
        feature.name: (
            feature.verdict.value,
            [(t.name, t.statistic, t.p_value, t.verdict.value) for t in feature.tests],
            [(c.code, dict(c.parameters)) for c in feature.causes],
        )
        for feature in result.features
    }


def losses(result: Audit) -> dict[str, dict[str, int]]:
    assert result.coverage is not None
    coverage = result.coverage
    lost = sum(loss.rows for loss in coverage.losses if loss.code != "cut")
    accounted = coverage.audited + coverage.joined + coverage.outside + coverage.other + lost
    assert coverage.parsed == accounted
    return {loss.code: dict(loss.files) for loss in coverage.losses}


def kinds(
    values: pd.DataFrame, *, shuffled: bool = True, name: str = "features"
) -> list[dict[str, object]]:
    records: list[dict[str, object]] = []
    for i, (raw, own) in enumerate(
        zip(RAW.to_dict("records"), values.to_dict("records"), strict=True)
    ):
        records.append({"kind": "request", "request_id": int(IDS[i]), "features": raw})
        records.append({"kind": "served", "request_id": int(IDS[i]), name: own})
    if shuffled:
        order = np.random.default_rng(7).permutation(len(records))
        return [records[i] for i in order]
    return records


def lines(records: list[dict[str, object]], path: Path) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path

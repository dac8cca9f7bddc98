"""`a[name=x]` is the value of a tensor, or of a pair, by its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from connect.worlds import lines, records, rides, served, skewed

RAW = rides(2)


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("kind", ["tensors", "pairs"])
def test_values_by_name(tmp_path: Path, kind: str, wrong: bool) -> None:
    def values(record: dict[str, float]) -> list[dict[str, object]]:
        if kind == "pairs":
            return [{"name": name, "value": value} for name, value in record.items()]
        return [
            {"name": name, "shape": [1, 1], "datatype": "FP64", "data": [value]}
            for name, value in record.items()
        ]

    fed = records(served(RAW, wrong=wrong))
    rows = (
        {"inputs": values(r), "model": values(s)} for r, s in zip(records(RAW), fed, strict=True)
    )
    log = lines(tmp_path / "log.jsonl", rows)
    options = {"raw": "inputs[name={feature}]", "served": "model[name={feature}]"}
    assert skewed(log, **options) == (int(wrong), "paired", ["fare"] if wrong else [])

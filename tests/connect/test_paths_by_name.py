"""`a[name=x]` is the value of a tensor or pair by its name, `a['b.c']` the field called `b.c`."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("text", [False, True], ids=["structs", "decoded"])
def test_names_with_dots_in_quotes(tmp_path: Path, text: bool, wrong: bool) -> None:
    """Beside `a.b.age` another value is at `a` -> `b` -> `age`: quotes say which is meant."""
    fed = records(served(RAW, wrong=wrong))
    rows = []
    for raw, model in zip(records(RAW), fed, strict=True):
        out = {"fed": {"k": 1.0}, **{f"fed.{k}": v for k, v in model.items()}}
        record = {"in": {f"raw.{k}": v for k, v in raw.items()}, "out": out}
        rows.append({k: json.dumps(v) for k, v in record.items()} if text else record)
    log = lines(tmp_path / "log.jsonl", rows)
    options = {"raw": "in['raw.{feature}']", "served": "['out'][\"fed.{feature}\"]"}
    assert skewed(log, **options) == (int(wrong), "paired", ["fare"] if wrong else [])

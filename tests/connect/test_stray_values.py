"""A value of another kind where a record is expected costs one value, never the side of a log."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from layout_servers import parameters, rows, skewed, write_lines

import skewcheck

WRITTEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "as it is": lambda record: record,
    "in a record": lambda record: {"log": record},
    "JSON in text": lambda record: {"log": json.dumps(record)},
    "JSON behind words": lambda record: {"log": f"INFO {json.dumps(record)}"},
    "Python": lambda record: {"log": repr(record)},
}
STRAY = ["timeout", "", [], 0, False, None, {}, {"error": 1}]


@pytest.mark.parametrize("side", ["in", "norm"])
@pytest.mark.parametrize("stray", STRAY, ids=map(repr, STRAY))
@pytest.mark.parametrize("how", WRITTEN)
def test_a_stray_value(tmp_path: Path, how: str, stray: object, side: str) -> None:
    for wrong in (False, True):
        records = [{"in": raw, "norm": served} for raw, served in rows(3, 1_200, wrong)]
        records[700] = {**records[700], side: stray}
        log = write_lines(tmp_path / "log.jsonl", [WRITTEN[how](record) for record in records])
        audit = skewcheck.audit(parameters(), log)
        assert (audit.logs.mode, audit.exit_code) == ("paired", int(wrong))
        assert skewed(audit) == ({"fare"} if wrong else set())

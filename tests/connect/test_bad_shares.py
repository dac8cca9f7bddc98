"""The share of records that cannot be decoded is that of records, however many rows each holds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from layout_servers import parameters, rows, write_lines

import skewcheck
from skewcheck.text.errors import LogError


def test_records_of_many_rows(tmp_path: Path) -> None:
    pairs = rows(3, 1000)
    lines = [
        {"log": json.dumps([{"in": raw, "norm": served} for raw, served in pairs[i : i + 20]])}
        for i in range(0, 1000, 20)
    ]
    lines.insert(7, {"log": "[{"})  # one of 51 records, that may hold 20 of 1,020 rows
    log = write_lines(tmp_path / "log.jsonl", lines)
    with pytest.raises(LogError, match=r"record 8 cannot be decoded, and 2\.0%") as e:
        skewcheck.audit(parameters(), log)
    named = re.search(r"max_bad='([\d.]+)'", str(e.value))
    assert named is not None
    audit = skewcheck.audit(parameters(), log, max_bad=float(named[1]))  # as the message says
    assert audit.coverage is not None
    assert audit.coverage.share == pytest.approx(20 / 1020)

"""The same rows give the same report, whatever records they are logged in."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import strategies  # noqa: F401 (the same examples for everyone)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layout_servers import NAMES, figures, parameters, rows, skewed, write_lines

import skewcheck

ROWS = 480


def _base64(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


SIDES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "fields": dict,
    "JSON": json.dumps,
    "Python": repr,
    "base64": _base64,
    "position": lambda values: [values[name] for name in NAMES],
    "position in JSON": lambda values: json.dumps([values[name] for name in NAMES]),
    "CSV": lambda values: ",".join(str(values[name]) for name in NAMES),
    "pairs": lambda values: [{"name": name, "value": value} for name, value in values.items()],
    "table": lambda values: {"columns": list(values), "data": [list(values.values())]},
    "in a field": lambda values: {"x": {"y": values}},
}
"""How one side of a row is written."""
AROUND: dict[str, Callable[[Any], Any]] = {
    "struct": lambda record: {"payload": record, "level": "info"},
    "JSON": lambda record: {"log": json.dumps(record), "stream": "stdout"},
    "base64": lambda record: {"data": _base64(record)},
    "words": lambda record: {"message": f"2026-11-20T10:00:00Z INFO sent {json.dumps(record)}"},
    "Python": lambda record: {"text": repr(record)},
}
"""What is around a record."""


def _written(path: Path, seed: int, wrong: bool, raw: str, served: str, around: list[str]) -> Path:
    records = [{"raw": SIDES[raw](r), "norm": SIDES[served](s)} for r, s in rows(seed, ROWS, wrong)]
    for how in around:
        records = [AROUND[how](record) for record in records]
    return write_lines(path, records)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, str]:
    """The figures of flat logs: of a right server, and of a wrong one."""
    log = tmp_path_factory.mktemp("flat") / "log.jsonl"  # rows are sampled by the file's name
    found = {}
    for wrong in (False, True):
        records = [{**r, **{f"{k}_norm": v for k, v in s.items()}} for r, s in rows(3, ROWS, wrong)]
        audit = skewcheck.audit(parameters(), write_lines(log, records))
        assert skewed(audit) == ({"fare"} if wrong else set())
        found[wrong] = figures(audit)
    return found


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(SIDES)), st.sampled_from(sorted(SIDES)),
    st.lists(st.sampled_from(sorted(AROUND)), max_size=2), st.booleans(),
)  # fmt: skip
def test_same_figures(
    tmp_path: Path, flat: dict[bool, str], raw: str, served: str, around: list[str], wrong: bool
) -> None:
    log = _written(tmp_path / "log.jsonl", 3, wrong, raw, served, around)
    assert figures(skewcheck.audit(parameters(), log)) == flat[wrong]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["fields", "JSON", "position", "Python"]),
    st.lists(st.sampled_from(sorted(AROUND)), max_size=1), st.integers(1, 7), st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_several_rows_of_a_request(
    tmp_path: Path, flat: dict[bool, str], side: str, around: list[str], most: int, wrong: bool,
    together: bool,
) -> None:  # fmt: skip
    """Rows of one list of records, or of one list for each side."""
    sides = [(SIDES[side](r), SIDES[side](s)) for r, s in rows(3, ROWS, wrong)]
    records: list[Any] = []
    while sides:
        taken, sides = sides[:most], sides[most:]
        if together:
            records.append({"rows": [{"raw": r, "norm": s} for r, s in taken]})
        else:
            records.append({"raw": [r for r, _ in taken], "norm": [s for _, s in taken]})
    for how in around:
        records = [AROUND[how](record) for record in records]
    log = write_lines(tmp_path / "log.jsonl", records)
    assert figures(skewcheck.audit(parameters(), log)) == flat[wrong]

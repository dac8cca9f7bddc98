"""Whatever stands in a history, a line that is no run costs itself only."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rides import refused

from skewcheck.cli import main
from skewcheck.engine.memory import State
from skewcheck.engine.memory.delivery import measured
from skewcheck.engine.memory.delivery import past as past_alarms
from skewcheck.engine.memory.history import (
    HISTORY,
    MAX_COUNT,
    FeatureRecord,
    Run,
    append,
    damaged,
    runs,
)
from skewcheck.logs.tree import STATE
from skewcheck.reports.history import dumps, table
from skewcheck.reports.history_page import render
from skewcheck.results.audit import Audit

RUN = Run(
    "2026-11-21T03:00:00+00:00", "skew", "p.json", "f", 1, 2, 3,
    {"fare": FeatureRecord("skew", 4.5, ("drift",)), "x": FeatureRecord("ok", None)},
)  # fmt: skip
STORED = {key: value for key, value in asdict(RUN).items() if key != "delivered"}
LINE = json.dumps(STORED)
PLACES = (
    *(f'"{key}": {json.dumps(value)}' for key, value in STORED.items() if key != "features"),
    '"excess": 4.5', '"causes": ["drift"]', '"verdict": "ok"',
)  # fmt: skip
"""Members of the line; each may hold anything."""
BY_HAND = (
    "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "9" * 5000, "9" * 4000, "-1", "1.5",
    "true", "null", "[]", "{}", "[[]]", '"x"', '["x", 1]', "[" * 50_000, '{"a":' * 50_000,
    str(MAX_COUNT + 1), '"\\ud800"',
)  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside),
    max_leaves=5,
).map(json.dumps)


def usable(folder: Path, line: bytes) -> list[Run]:
    """Return what is read of a line between two runs, after it went through all that shows it."""
    (folder / HISTORY).unlink(missing_ok=True)
    append(folder, RUN)
    with (folder / HISTORY).open("ab") as file:
        file.write(line + b"\n")
    append(folder, RUN)
    past = runs(folder)
    assert (past[0], past[-1]) == (RUN, RUN)
    lines = sum(bool(part.strip()) for part in line.splitlines())
    assert len(past) + damaged(folder) == 2 + lines
    assert past_alarms(folder, RUN).verdict == RUN.verdict
    table(past, named=True)
    json.loads(dumps(past), parse_constant=pytest.fail)  # no NaN, which is no JSON
    return past[1:-1]


@pytest.mark.parametrize("value", BY_HAND, ids=lambda value: value[:12])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.split(":")[0])
def test_any_member_may_hold_anything(tmp_path: Path, place: str, value: str) -> None:
    assert place in LINE
    key = place.partition(":")[0]
    damaged_line = LINE.replace(place, f"{key}: {value}")
    kept = usable(tmp_path, damaged_line.encode())
    assert all(0 <= run.rows <= MAX_COUNT for run in kept)


def test_the_page_shows_whatever_was_read(tmp_path: Path) -> None:
    for place in PLACES:
        key = place.partition(":")[0]
        lines = [LINE.replace(place, f"{key}: {value}") for value in BY_HAND]
        (tmp_path / HISTORY).write_text("\n".join([LINE, *lines, LINE]))
        past = runs(tmp_path)
        assert len(past) >= 2
        text = render(past)
        assert not [c for c in text if c != "\n" and not c.isprintable()]
        assert text.count("<article") == len(past)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLACES), anything)
def test_so_with_values_by_chance(place: str, value: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        line = LINE.replace(place, f"{place.partition(':')[0]}: {value}")
        kept = usable(Path(name), line.encode())
        assert all(0 <= run.rows <= MAX_COUNT for run in kept)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=40) | anything.map(str.encode), st.integers(0, len(LINE)))
def test_so_with_bytes_by_chance(content: bytes, at: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        usable(Path(name), content)
        usable(Path(name), LINE[:at].encode() + content)
        kept = usable(Path(name), LINE[:at].encode() + content + LINE[at:].encode())
        assert all(0 <= run.rows <= MAX_COUNT for run in kept)


_LATER = ("id", "coverage", "coverage_fails", "logs", "evidence", "parameter_places", "model")
"""Members that lines of older versions have not."""


@pytest.mark.parametrize("key", [*(key for key in STORED if key not in _LATER), "excess", "causes"])
def test_a_missing_member_is_damage(tmp_path: Path, key: str) -> None:
    assert usable(tmp_path, LINE.replace(f'"{key}"', '"y"').encode()) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [('"rows": 3', "-3"), ('"rows": 3', "1e999"), ('"files": 2', "9" * 5000),
     ('"excess": 4.5', "NaN"), ('"causes": ["drift"]', '"drift"'),
     ('"parameters": "p.json"', "[]")],
)  # fmt: skip
def test_what_is_no_run_is_left_out(tmp_path: Path, place: str, value: str) -> None:
    assert place in LINE
    assert usable(tmp_path, LINE.replace(place, f"{place.split(':')[0]}: {value}").encode()) == []


def test_it_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / STATE).write_text('{"skewcheck": {"kind": "state", "version": 1}}')
    (tmp_path / HISTORY).write_bytes(b"[" * 100_000 + b"\n\xff\xfe\n\n" + LINE.encode())
    assert main(["history", "--state", str(tmp_path), "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert len(json.loads(out)["runs"]) == 1
    assert err == f"note: left out, as damaged: 2 lines of {HISTORY}\n"
    (tmp_path / HISTORY).write_bytes(b"\xff\n")
    assert "left out, as damaged: 1 line of" in refused(capsys, "history", "--state", str(tmp_path))


def test_an_audit_goes_by_the_last_whole_line(audit: Audit, tmp_path: Path) -> None:
    measured(State(tmp_path, 0.0), audit, "logs", only_new=True).confirm()
    for line in (b"[" * 100_000, LINE.replace("3,", "1e999,").encode(), b"\xff"):
        with (tmp_path / HISTORY).open("ab") as file:
            file.write(line + b"\n")
        state = State(tmp_path, 0.0)
        measured(state, audit, "logs", only_new=True).confirm()
        assert not state.troubles
    assert [run.rows for run in runs(tmp_path)] == [audit.logs.rows] * 4


@pytest.mark.parametrize(("stored", "read"), [("1e308", 300.0), ("-5", 0.0), ("4.25", 4.25)])
def test_evidence_is_of_the_range_that_is_written(tmp_path: Path, stored: str, read: float) -> None:
    (tmp_path / HISTORY).write_text(
        LINE.replace('"evidence": null', f'"evidence": {stored}') + "\n"
    )
    (run,) = runs(tmp_path)
    assert (run.evidence, run.features["fare"].evidence) == (read, read)
    assert max(map(len, render([run]).splitlines())) < 3_000

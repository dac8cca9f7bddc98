"""Records that are made to break a reader or a report: bounded, one line, and no values told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from layout_servers import parameters, rows, write_lines

import skewcheck
from skewcheck.reports import FORMATS
from skewcheck.text.errors import SkewcheckError

PLACE = "s3cr3t-Zürich"
HOSTILE = [
    "<script>alert(1)</script>", "a\x1b[31m\r\nb", "x" * 10_000, "", " ", ".", "a.b", "a[]", "a[0]",
    "['a.b']", "\u202e", "{feature}", "%s", "`|`", "=1+1", "\\",
]  # fmt: skip


def _lines(number: int, **more: Any) -> list[dict[str, Any]]:
    return [{"log": json.dumps({"in": r, "norm": s, **more})} for r, s in rows(3, number)]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_of_keys(tmp_path: Path, name: str) -> None:
    lines = [
        {
            "log": json.dumps(
                {name: {"in": raw, name: [1, {name: "x"}]}, "z": {name: {"norm": served}}}
            )
        }
        for raw, served in rows(3, 800)
    ]
    log = write_lines(tmp_path / "log.jsonl", lines)
    if name.endswith("[]"):  # a path would say the elements of a list
        with pytest.raises(SkewcheckError, match="no column of any feature"):
            skewcheck.audit(parameters(), log)
        return
    audit = skewcheck.audit(parameters(), log)
    assert audit.exit_code == 0
    assert audit.logs.mode == "paired"
    for how in FORMATS:
        if how == "table":
            continue  # needs an extra
        text = skewcheck.render(audit, how)
        assert "<script>alert" not in text or how != "html"
        assert "\x1b[31m" not in text
        assert len(text) < 500_000


@pytest.mark.parametrize("broken", [PLACE, '{"in": "' + PLACE, f"[{PLACE}]"])
def test_no_values_are_told(tmp_path: Path, broken: str) -> None:
    lines = _lines(800, city=PLACE)
    lines += [{"log": broken}] * 100
    log = write_lines(tmp_path / "log.jsonl", lines)
    audit = skewcheck.audit(parameters(), log, no_values=True, max_bad=1.0)
    assert audit.coverage is not None
    assert audit.coverage.audited == 800
    for how in FORMATS:
        if how != "table":
            assert PLACE not in skewcheck.render(audit, how)
    with pytest.raises(SkewcheckError) as raised:
        skewcheck.audit(parameters(), write_lines(tmp_path / "log.jsonl", [{"log": broken}] * 100))
    assert PLACE not in str(raised.value)
    assert "\n" not in str(raised.value)


BOMBS = [
    "[" * 100_000, '{"a":' * 100_000, "{" * 1_000_000, '{"' * 500_000, "(" * 100_000,
    "[" + "1," * 500_000 + "]", json.dumps({f"k{i}": i for i in range(100_000)}),
    '{"in": {"age": ' + "9" * 100_000 + "}}", "9" * 100_000, "QUJD" * 500_000, "a=1 " * 200_000,
    '1,"' + "x" * 500_000, json.dumps({"type": 0, "size": 1 << 40, "indices": [], "values": []}),
    "{'a': " + "-" * 100_000 + "1}", "\\" * 100_000, '{"in": "' + "\\u0000" * 10_000 + '"}',
]  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_bombs(tmp_path: Path, bomb: str) -> None:
    """One among good ones is told; where all are such, one line says that nothing is found."""
    lines = _lines(800)
    lines.insert(100, {"log": bomb})
    audit = skewcheck.audit(parameters(), write_lines(tmp_path / "log.jsonl", lines))
    assert audit.coverage is not None
    assert audit.coverage.parsed == 801
    # A number of many digits is infinite, and audited.
    assert audit.coverage.audited == 800 + bomb.startswith('{"in": {"age')
    with pytest.raises(SkewcheckError) as raised:
        skewcheck.audit(parameters(), write_lines(tmp_path / "log.jsonl", [{"log": bomb}] * 3))
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 1000


def test_an_earlier_shape_is_not_recalled(tmp_path: Path) -> None:
    """Counts of a file that were kept for one shape are not those of another."""
    pairs = rows(3, 1600)
    lines = []
    for start in range(0, 1600, 2):
        (one, _), (other, _) = pairs[start : start + 2]
        lines.append({"a": [one, other], "b": [one, one]})
    log = write_lines(tmp_path / "log.jsonl", lines)
    options: dict[str, Any] = {"served": "none", "state": str(tmp_path / "state")}
    for _ in range(2):
        for raw, number in (
            ("a[].{feature}", 1600),
            ("a[1].{feature}", 800),
            ("b[].{feature}", 1600),
        ):
            audit = skewcheck.audit(parameters(), log, raw=raw, **options)
            fresh = skewcheck.audit(parameters(), log, raw=raw, served="none")
            assert audit.coverage is not None
            assert audit.coverage.audited == number
            assert [f.tests for f in audit.features] == [f.tests for f in fresh.features]

"""A place inside of a list whose other elements hold rows is told, and holds the audit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from layout_servers import parameters, rows, skewed, write_lines

import skewcheck
from skewcheck.features.types import Parameters


def _log(folder: Path, elements: int) -> Path:
    """Write requests of so many rows, of which all but the first are served wrong."""
    right, wrong = rows(3, 1000), rows(4, 1000, wrong=True)
    records: list[dict[str, Any]] = []
    for one, other in zip(right, wrong, strict=True):
        data = [{"raw": raw, "norm": served} for raw, served in (one, other)[:elements]]
        records.append({"data": data})
    return write_lines(folder / "log.jsonl", records)


def test_an_option_that_names_the_place(tmp_path: Path) -> None:
    options = {"raw": "data[0].raw.{feature}", "served": "data[0].norm.{feature}"}
    audit = skewcheck.audit(parameters(), _log(tmp_path, 2), **options)
    assert audit.exit_code == 0
    notes = [note.parameters for note in audit.notes if note.code == "unread_elements"]
    assert notes == [{"column": "data", "rows": 1000, "asked": True}]
    single = skewcheck.audit(parameters(), _log(tmp_path, 1), **options)
    assert not [note for note in single.notes if note.code == "unread_elements"]


def _named_by_place() -> Parameters:
    """Return parameters whose features are named by their place in the log."""
    stored = parameters()
    features = (replace(f, name=f"data[0].raw.{f.name}") for f in stored.features)
    return replace(stored, features=tuple(features))


@pytest.mark.parametrize(("elements", "code"), [(1, 0), (2, 3)])
def test_names_of_a_parameter_file(tmp_path: Path, elements: int, code: int) -> None:
    audit = skewcheck.audit(_named_by_place(), _log(tmp_path, elements), served="none")
    assert audit.exit_code == code
    assert [hold.lists for hold in audit.holds] == [("data",)] * (code == 3)
    if code:
        assert "data" in skewcheck.render(audit, "terminal")


def test_all_elements(tmp_path: Path) -> None:
    audit = skewcheck.audit(parameters(), _log(tmp_path, 2))
    assert skewed(audit) == {"fare"}
    assert audit.coverage is not None
    assert audit.coverage.audited == 2000
    options = {"raw": "data[].raw.{feature}", "served": "data[].norm.{feature}"}
    assert skewed(skewcheck.audit(parameters(), _log(tmp_path, 2), **options)) == {"fare"}

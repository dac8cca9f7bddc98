"""A profile without rows: it holds none, judges the same, and says what it cannot explain."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts import TEMPLATE, days, parameters, served

import skewcheck
from skewcheck.engine.profiles.format import opened
from skewcheck.reports import FORMATS
from skewcheck.results.audit import Audit

MODES: dict[str, dict[str, object]] = {
    "paired": {"served": TEMPLATE},
    "served": {"served": TEMPLATE, "raw": "no_{feature}"},
    "raw": {"served": "none"},
    "parts": {"served": TEMPLATE, "by": "host", "every": "1d", "time_column": "t"},
    "clusters": {"served": TEMPLATE, "cluster": "user"},
}


def outcomes(audit: Audit) -> object:
    return [
        (f.name, t.name, t.verdict, t.statistic, t.p_value)
        for f in audit.features for t in f.tests if t.name not in ("grid", "dependence")
    ]  # fmt: skip


@pytest.mark.parametrize("options", MODES.values(), ids=MODES)
def test_the_same_verdicts_and_a_note(tmp_path: Path, options: dict[str, object]) -> None:
    paths = days(tmp_path, parameters(tmp_path), 4)
    file = tmp_path / "p.json"
    bare, whole = tmp_path / "bare.skw", tmp_path / "whole.skw"
    skewcheck.profile(file, paths, bare, sample=False, **options)
    skewcheck.profile(file, paths, whole, **options)
    audit, other = (skewcheck.audit(file, str(path)) for path in (bare, whole))
    assert outcomes(audit) == outcomes(other)
    related = [t.reason for f in audit.features for t in f.tests if t.name == "dependence"]
    assert {reason.code for reason in related if reason} == {"rows_not_sampled"}
    grids = [t.reason for f in audit.features for t in f.tests if t.name == "grid"]
    if "raw" in options:
        # Served values alone are tested by the sample: that they were not is said.
        assert {reason.code for reason in grids if reason} == {"served_not_sampled"}
        assert (audit.exit_code, other.exit_code) == (3, 1)
        assert {hold.code for hold in audit.holds} == {"untested"}
    else:
        assert audit.exit_code == other.exit_code
    assert [n.parameters for n in audit.notes if n.code == "profiles_without_rows"] == [
        {"files": ("bare.skw",)}
    ]
    assert not [n for n in other.notes if n.code == "profiles_without_rows"]
    assert "bare.skw: no rows in the profile" in skewcheck.render(audit)
    for name in FORMATS:
        if name != "table":
            assert skewcheck.render(audit, name)


def test_no_value_of_a_row_is_in_it(tmp_path: Path) -> None:
    known = parameters(tmp_path)
    log = served(known, 3, faulty=True)
    log["who"] = "nobody"
    log.loc[7, "who"] = "an-identifier"
    log.to_parquet(tmp_path / "log.parquet")
    secret = b"an-identifier"
    for sample in (True, False):
        path = tmp_path / f"{sample}.skw"
        skewcheck.profile(
            tmp_path / "p.json", tmp_path / "log.parquet", path, sample=sample, served=TEMPLATE
        )
        data = path.read_bytes()
        assert (secret in data) == sample
        head = opened(str(path), path.name).head
        assert (head["samples"], len(head["blocks"])) == (sample, 2 if sample else 1)


def test_one_without_rows_among_others(tmp_path: Path) -> None:
    # The rows of some files alone would say that causes are there, and nowhere else.
    paths = days(tmp_path, parameters(tmp_path), 2)
    file = tmp_path / "p.json"
    skewcheck.profile(file, paths[0], tmp_path / "a.skw", served=TEMPLATE)
    skewcheck.profile(file, paths[1], tmp_path / "b.skw", served=TEMPLATE, sample=False)
    audit = skewcheck.audit(file, [str(tmp_path / n) for n in ("a.skw", "b.skw")])
    assert outcomes(audit) == outcomes(skewcheck.audit(file, paths, served=TEMPLATE))
    (note,) = (n for n in audit.notes if n.code == "profiles_without_rows")
    assert note.parameters == {"files": ("b.skw",)}

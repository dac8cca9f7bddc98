"""Series that began before the log: what a right state and another server explain alike."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.reports.words.notes import text
from skewcheck.results.audit import Audit
from skewcheck.text.errors import NothingToTestError

SEEDS = range(4)
SHORT = {"before": 83, "rows": 57}
"""So few rows before that the other ddof differs by more than a model may overlook."""
LONG = {"before": 900, "rows": 300}


def served(x: np.ndarray, kind: str) -> np.ndarray:
    """Return a series (rows) as a server has it that saw all of its rows; training's ddof is 0."""
    of = pd.Series(x).expanding()
    mean, std = of.mean(), of.std(ddof=1 if kind == "ddof" else 0)
    if kind == "decaying":
        weighted = pd.Series(x).ewm(alpha=0.003, adjust=False)
        mean, std = weighted.mean(), weighted.std(bias=True)
    if kind == "earlier":
        mean, std = mean.shift(), std.shift()
    divisors = {"centred": 1.0, "variance": std**2}
    return np.asarray((x - mean) / divisors.get(kind, std))


def audited(
    folder: Path, kind: str, *, seed: int, before: int, rows: int, digits: int | None = None,
    series: int = 3, single: bool = False,
) -> Audit:  # fmt: skip
    """Return the audit of the last rows of some series, printed with so many digits."""
    rng = np.random.default_rng([11, seed])
    logs = []
    for i in range(series):
        x = rng.lognormal(1.0, 0.8, before + rows)
        z = served(x, kind)
        logs.append(pd.DataFrame({"k": f"k{i}", "t": x[before:], "t_n": z[before:]}))
    log = pd.concat(logs)
    return of_log(folder, log.astype({"t_n": "f4"}) if single else log, digits)


def of_log(folder: Path, log: pd.DataFrame, digits: int | None = None) -> Audit:
    step = {"op": "standardize", "over": "running"}
    (folder / "p.json").write_text(json.dumps({"features": {"t": {"by": "k", "steps": [step]}}}))
    if digits is None:
        return skewcheck.audit(folder / "p.json", log, served="{feature}_n")
    log.to_csv(folder / "log.csv", index=False, float_format=f"%.{digits}g")
    return skewcheck.audit(folder / "p.json", folder / "log.csv", served="{feature}_n")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_right_server_of_few_digits_is_clean_by_its_whole_count(
    tmp_path: Path, seed: int
) -> None:
    audit = audited(tmp_path, "right", seed=seed, digits=4, **SHORT)
    parity = audit.features[0].parity
    assert parity is not None
    assert (audit.exit_code, parity.mismatched) == (0, 0)
    assert parity.rows >= 57


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["ddof", "earlier", "decaying", "centred", "variance"])
def test_no_other_server_of_few_digits_passes(tmp_path: Path, kind: str, seed: int) -> None:
    try:
        audit = audited(tmp_path, kind, seed=seed, digits=4, **SHORT)
    except NothingToTestError:
        return  # exit status 3
    assert audit.exit_code in (1, 3)


@pytest.mark.parametrize(("digits", "single"), [(None, False), (None, True)])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ddof", {"over": "running", "ddof": 1}),
        ("earlier", {"over": "earlier"}),
        ("decaying", {"over": "decaying"}),
        ("centred", {"over": "running", "method": "centred"}),
        ("variance", {"over": "running", "method": "variance"}),
    ],
)  # fmt: skip
def test_all_digits_name_the_server(
    tmp_path: Path, kind: str, expected: dict[str, object], seed: int, digits: int | None,
    single: bool,
) -> None:  # fmt: skip
    audit = audited(tmp_path, kind, seed=seed, digits=digits, single=single, **LONG)
    assert audit.exit_code == 1
    (cause,) = audit.features[0].causes
    assert cause.code == "scope_changed"
    assert {key: cause.parameters[key] for key in expected} == expected


@pytest.mark.parametrize("kind", ["right", "decaying"])
def test_what_a_decaying_server_explains_as_well_is_not_compared(tmp_path: Path, kind: str) -> None:
    # 34 rows move the statistics of 512 alike, whether the oldest rows count less or not.
    with pytest.raises(NothingToTestError, match="count less the older they are"):
        audited(tmp_path, kind, seed=0, digits=3, before=512, rows=34)


@pytest.mark.parametrize("kind", ["right", "ddof"])
def test_a_rival_that_does_no_harm_is_told(tmp_path: Path, kind: str) -> None:
    audit = audited(tmp_path, kind, seed=1, digits=4, before=1200, rows=200)
    assert audit.exit_code == 0
    (note,) = [note for note in audit.notes if note.code == "rival_scopes"]
    assert "all rows so far (ddof 1) by k" in text(note)
    # sqrt(n / (n - 1)) is 1 + 1 / 2400 of 1,200 rows, and values are up to 12 of a log-normal.
    limit = note.parameters["limit"]
    assert isinstance(limit, float)
    assert 1 / 2400 < limit < 12 / 2400


@pytest.mark.parametrize(("gaps", "compared"), [(1, True), (5, False)])
def test_series_that_nothing_explains_are_evidence_against_the_others(
    tmp_path: Path, gaps: int, *, compared: bool
) -> None:
    rng = np.random.default_rng(8)
    logs = []
    for i in range(10):
        x = rng.normal(50, 10, 500)
        log = pd.DataFrame({"k": f"k{i}", "t": x, "t_n": served(x, "right")})[300:]
        logs.append(log[rng.random(200) < 0.5] if i < gaps else log)
    if not compared:
        with pytest.raises(NothingToTestError, match="no state of the rows before"):
            of_log(tmp_path, pd.concat(logs))
        return
    audit = of_log(tmp_path, pd.concat(logs))
    parity = audit.features[0].parity
    assert parity is not None
    assert (audit.exit_code, parity.rows, parity.mismatched) == (0, 1800, 0)

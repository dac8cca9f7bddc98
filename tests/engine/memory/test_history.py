"""What is remembered of verdicts, which alarms are new, and what `skewcheck history` shows."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports.sample import AUDIT
from rides import frame, refused

from skewcheck.cli import main
from skewcheck.engine.memory import State, history
from skewcheck.engine.memory.delivery import measured
from skewcheck.engine.memory.history import FeatureRecord, Run, append, run_of, runs
from skewcheck.reports.history import sparkline, table
from skewcheck.reports.words.notes import texts
from skewcheck.results.audit import Audit, Cause
from skewcheck.results.policy import Policy
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import Options

Captured = pytest.CaptureFixture[str]
NOTHING = "no alarm is new since the last run: exit code 0 by --only-new-alarms"


def with_causes(audit: Audit, place: int, *codes: str) -> Audit:
    """Return the audit with a skewed feature of these causes."""
    features = list(audit.features)
    features[place] = replace(
        features[place],
        verdict=Verdict.SKEW,
        causes=tuple(Cause(code, 1.0, 1.0) for code in codes),
    )
    return replace(audit, features=tuple(features))


@pytest.fixture
def audit() -> Audit:
    """An audit that holds every kind of result, but no feature with too little data."""
    features = tuple(
        replace(f, verdict=Verdict.OK) if f.verdict is Verdict.INCONCLUSIVE else f
        for f in AUDIT.features
    )
    return replace(AUDIT, features=features, holds=())


def recorded(state: State, audit: Audit, *, only_new: bool) -> Audit:
    """Return the audit of a run whose report gets out."""
    delivery = measured(state, audit, "logs", only_new=only_new)
    delivery.confirm()
    return delivery.audit


def test_a_run_comes_back_from_its_line_and_holds_no_value(audit: Audit, tmp_path: Path) -> None:
    first, second = run_of(audit), replace(run_of(audit), verdict="ok", features={})
    append(tmp_path, first)
    append(tmp_path, second)
    assert runs(tmp_path) == [first, second]
    assert first.features.keys() == {feature.name for feature in audit.features}
    kinds = {
        type(value)
        for record in first.features.values()
        for value in (record.excess, record.verdict)
    }
    assert kinds <= {float, str, type(None)}
    codes = {code for record in first.features.values() for code in record.causes}
    assert codes <= {cause.code for feature in audit.features for cause in feature.causes}


def test_a_run_has_the_model_and_the_test_with_the_largest_effect(audit: Audit) -> None:
    model = {"name": "fares", "version": 3, "sha256": "ab", "error": {"rmse": 1.0}}
    run = run_of(replace(audit, model=model))
    assert run.model == {"name": "fares", "version": "3", "sha256": "ab"}
    named = 0
    for feature, record in zip(audit.features, run.features.values(), strict=True):
        sizes = {t.name: abs(t.effect or 0) / (t.threshold or np.inf) for t in feature.tests}
        if record.test:
            assert sizes[record.test] == pytest.approx(record.excess, rel=1e-3)
            named += 1
        assert (record.test == "") == (record.excess is None)
    assert named > 2


@given(st.data())
def test_half_a_line_costs_that_run_only(data: st.DataObject) -> None:
    import tempfile

    records = {"färe\n": FeatureRecord("skew", 4.5, ("drift",)), "x": FeatureRecord("ok", None)}
    run = Run("2026-11-21T03:00:00+00:00", "skew", "p.json", "f", 1, 2, 3, records)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        append(folder, run)
        append(folder, run)
        path = folder / history.HISTORY
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole) // 2 - 2))
        path.write_bytes(whole[: len(whole) // 2 + cut])
        append(folder, run)
        assert runs(folder) == [run, run]


def test_a_long_history_loses_its_older_half(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "HISTORY_BYTES", 200_000)
    for number in range(200):
        append(tmp_path, replace(run_of(audit), rows=number))
        assert (tmp_path / history.HISTORY).stat().st_size <= 200_000
    rows = [run.rows for run in runs(tmp_path)]
    assert rows == list(range(rows[0], 200))
    assert 0 < rows[0] < 199


def test_only_what_is_new_fails(audit: Audit, tmp_path: Path) -> None:
    def record(place: int, *codes: str, only_new: bool = True) -> tuple[int, str]:
        fresh = replace(with_causes(audit, place, *codes), exit_code=1)
        kept = recorded(State(tmp_path, 0.0), fresh, only_new=only_new)
        assert texts(kept.notes)[1:] == texts(fresh.notes) or not only_new
        return kept.exit_code, texts(kept.notes)[0]

    name = audit.features[0].name
    code, note = record(0, "drift")
    assert (code, note.partition(":")[0]) == (1, "new since the last run")
    assert record(0, "drift") == (0, NOTHING)
    assert record(0, "drift", "unit_change") == (
        1, f"new since the last run: {name} (unit_change)")  # fmt: skip
    assert record(0, "unit_change") == (0, NOTHING)  # one of them has gone
    assert record(0, "drift")[0] == 1  # and has come back
    assert record(0) == (1, f"new since the last run: {name} (skew)")
    assert [run.exit_code for run in runs(tmp_path)] == [1, 0, 1, 0, 1, 1]
    # Another parameter file has a last run of its own.
    other = replace(with_causes(audit, 0), exit_code=1, parameters_path="other.json")
    assert recorded(State(tmp_path, 0.0), other, only_new=True).exit_code == 1
    assert record(0) == (0, NOTHING)
    # Nothing is said, and nothing changed, where it was not asked for.
    fresh = replace(audit, exit_code=1)
    assert recorded(State(tmp_path, 0.0), fresh, only_new=False) == fresh


def test_another_verdict_is_news(audit: Audit, tmp_path: Path) -> None:
    recorded(State(tmp_path, 0.0), replace(audit, verdict=Verdict.WARN), only_new=True)
    kept = recorded(State(tmp_path, 0.0), replace(audit, exit_code=1), only_new=True)
    assert kept.exit_code == 1
    assert texts(kept.notes)[0] == "new since the last run: the verdict, which was warn"


def test_a_feature_that_gets_worse_is_news(audit: Audit, tmp_path: Path) -> None:
    """The first feature skews every night: the second one decides."""

    def night(verdict: Verdict, policy: Policy) -> tuple[int, str]:
        now = with_causes(with_causes(audit, 0, "stuck_value"), 1, "drift")
        changed = replace(now.features[1], verdict=verdict)
        features = (now.features[0], changed, *now.features[2:])
        fresh = replace(now, features=features, exit_code=1, policy=policy)
        kept = recorded(State(tmp_path, 0.0), fresh, only_new=True)
        return kept.exit_code, texts(kept.notes)[0]

    plain, strict = Policy(), Policy(fail_on="warn")
    name = audit.features[1].name
    note = f"new since the last run: {name} (drift)"
    assert night(Verdict.OK, plain)[0] == 1
    # A warning that fails no audit is told, and fails this one no more than any other.
    assert night(Verdict.WARN, plain) == (0, f"{note}: exit code 0 by --only-new-alarms")
    assert night(Verdict.SKEW, plain) == (1, note)
    assert night(Verdict.WARN, strict) == (0, NOTHING)
    assert night(Verdict.OK, strict)[0] == 0
    assert night(Verdict.WARN, strict) == (1, note)


def test_codes_other_than_1_stay(audit: Audit, tmp_path: Path) -> None:
    for code in (3, 0):
        for _ in range(2):
            assert (
                recorded(
                    State(tmp_path, 0.0), replace(audit, exit_code=code), only_new=True
                ).exit_code
                == code
            )


@pytest.fixture
def nights(folder: Path) -> Path:
    """A folder with a faulty log beside the good one."""
    bad = frame(3)
    bad["fare"] *= 100
    bad.to_parquet("bad.parquet")
    return folder


def test_audits_and_their_history_on_the_command_line(nights: Path, capsys: Captured) -> None:
    def night(log: str) -> int:
        shutil.copy(f"{log}.parquet", "night.parquet")
        return main(["audit", "p.json", "night.parquet", "--state", "s", "--only-new-alarms"])

    assert [night(log) for log in ("good", "bad", "bad", "good", "bad")] == [0, 1, 0, 0, 1]
    out = capsys.readouterr().out
    assert "(exit code 0)\n2,000 rows of night.parquet" in out
    assert "note: no alarm is new since the last run" in out
    assert main(["history", "--state", "s"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "5 runs; times are UTC"
    assert [line.split()[2] for line in lines[3:8]] == ["ok", "skew", "skew", "ok", "skew"]
    assert "fare (unit_change" in lines[4]
    bars = next(line for line in lines if line.startswith("fare"))
    assert bars.split()[1] == "▁██▁█"
    assert main(["history", "--state", "s", "--features", "cou*", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [run["exit_code"] for run in report["runs"]] == [0, 1, 0, 0, 1]
    assert [list(run["features"]) for run in report["runs"]] == [["count"]] * 5
    Path("skewcheck.toml").write_text('state = "s"\nonly_new_alarms = true\n')
    assert main(["audit", "p.json", "night.parquet", "-q"]) == 0
    assert main(["history", "-o", "h.txt"]) == 0
    assert Path("h.txt").read_text().startswith("6 runs")


def test_what_cannot_be_shown_is_said(nights: Path, capsys: Captured) -> None:
    assert "no state there" in refused(capsys, "history", "--state", "nix")
    assert "--state FOLDER is needed" in refused(capsys, "history")
    assert "needs --state FOLDER" in refused(
        capsys, "audit", "p.json", "good.parquet", "--only-new-alarms"
    )
    main(["audit", "p.json", "good.parquet", "--state", "s", "-q"])
    capsys.readouterr()
    assert "no feature 'x*'" in refused(capsys, "history", "--state", "s", "--features", "x*")
    Path("s/history.jsonl").unlink()
    assert "no audit has ended there yet" in refused(capsys, "history", "--state", "s")


def test_names_obey_nobody_and_long_histories_fit() -> None:
    hostile = "\x1b[31mred\n[bold]|`" + "x" * 10_000
    records = {
        hostile: FeatureRecord("skew", 3.0, ("drift", "\x07")),
        "fine": FeatureRecord("ok", 0.2),
    }
    past = [Run("\x1b", "skew", f"{i % 2}\n", "f", 1, 1, 10**9, records) for i in range(100)]
    for options in (Options(), Options(width=40), Options(width=120, color=True, verbose=True)):
        text = table(past, options, named=True)
        plain = text.replace("\x1b[", "") if options.color else text
        assert not [c for c in plain if c != "\n" and not c.isprintable()]
        assert "[bold]" in text.replace("\n", "").replace(" ", "") or options.width == 40
    assert table(past).startswith("100 runs, the last 30 of them")
    assert "fine" not in table(past)


@given(st.lists(st.none() | st.floats(0, 1000), min_size=1, max_size=40))
def test_bars_are_as_high_as_their_values(values: list[float | None]) -> None:
    bars = sparkline(values)
    assert [bar == "·" for bar in bars] == [value is None for value in values]
    known = [(v, b) for v, b in zip(values, bars, strict=True) if v is not None]
    heights = ["▁▂▃▄▅▆▇█".index(bar) for _, bar in known]
    most = max([1.0, *(v for v, _ in known)])
    assert np.allclose(heights, [min(7, v * 8 // most) for v, _ in known], atol=1)
    assert all(height == 7 for (v, _), height in zip(known, heights, strict=True) if v == most)

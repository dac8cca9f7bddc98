"""--where, --layout and --max-bad: which records are meant, and where they hold features."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from connect.worlds import known, lines, records, rides, served, skewed

import skewcheck
from skewcheck.config.conditions import condition
from skewcheck.config.layouts import presets
from skewcheck.config.readers import WrongValueError
from skewcheck.config.settings import settings
from skewcheck.text.errors import LogError, NothingToTestError, UsageError

RAW = rides(2)


def two_kinds(path: Path) -> Path:
    """Write right predictions, and as many wrong ones of a shadow model."""
    right, wrong = served(RAW), served(RAW, wrong=True)
    rows = [
        {"kind": kind, "meta": {"stage": kind}, "raw": raw, "scaled": fed}
        for kind, frame in (("predict", right), ("shadow", wrong))
        for raw, fed in zip(records(RAW), records(frame), strict=True)
    ]
    return lines(path / "log.jsonl", rows)


@pytest.mark.parametrize(
    ("where", "skew"),
    [
        ("kind=predict", []), ("kind=shadow", ["fare"]), ("kind!=shadow", []),
        ("meta.stage=predict", []), ("kind in predict,other", []),
        ("kind not in predict", ["fare"]), (["kind=shadow", "meta.stage!=predict"], ["fare"]),
    ],
)  # fmt: skip
def test_only_such_records_are_audited(tmp_path: Path, where: object, skew: list[str]) -> None:
    assert skewed(two_kinds(tmp_path), where=where) == (int(bool(skew)), "paired", skew)
    audit = skewcheck.audit(known(), two_kinds(tmp_path), where=where)  # type: ignore[arg-type]
    assert audit.coverage is not None
    assert (audit.coverage.audited, audit.coverage.other) == (1_000, 1_000)


def test_conditions_inside_of_text(tmp_path: Path) -> None:
    rows = [
        {"log": json.dumps({"event": event, "raw": raw, "scaled": fed})}
        for event, frame in (("ok", served(RAW)), ("test", served(RAW, wrong=True)))
        for raw, fed in zip(records(RAW), records(frame), strict=True)
    ]
    log = lines(tmp_path / "log.jsonl", rows)
    assert skewed(log, where="log.event=ok") == (0, "paired", [])
    assert skewed(log, where="log.event=test") == (1, "paired", ["fare"])


def test_no_such_record_and_no_such_column(tmp_path: Path) -> None:
    log = two_kinds(tmp_path)
    with pytest.raises(NothingToTestError, match=r"no such record in log\.jsonl"):
        skewcheck.audit(known(), log, where="kind=none")
    with pytest.raises(UsageError, match="has no column 'knd'"):
        skewcheck.audit(known(), log, where="knd=predict")
    with pytest.raises(UsageError, match="must be kind=predict"):
        skewcheck.audit(known(), log, where="predict")


@pytest.mark.parametrize("text", ["a=b", "a.b!=c d", "x in 1,2", "x not in 1,2", "a=", "a==b"])
def test_a_condition_is_written_as_it_is_read(text: str) -> None:
    assert condition(str(condition(text))) == condition(text)


def test_presets_can_be_read_and_own_ones_stand_in_a_file() -> None:
    assert {"sagemaker", "docker", "kserve-v2", "debezium", "journald"} <= presets().keys()
    assert all(layout.about and layout.inside for layout in presets().values())
    own = {"layout": "mine", "layouts": {"mine": {"inside": "body", "where": "a=b"}}}
    layout = settings(own).layout
    assert layout is not None
    assert (layout.inside, [str(c) for c in layout.where]) == (("body",), ["a=b"])
    with pytest.raises(UsageError, match="no layout 'mien'"):
        settings({**own, "layout": "mien"})
    with pytest.raises(UsageError, match="colour is no key of a layout"):
        settings({"layout": "mine", "layouts": {"mine": {"colour": "red"}}})
    with pytest.raises(WrongValueError):
        presets_of_a_list()


def presets_of_a_list() -> None:
    from skewcheck.config.layouts import layout_of

    layout_of("x", ["inside"])


def test_a_layout_says_which_of_two_places_is_meant(tmp_path: Path) -> None:
    other = rides(3)
    rows = [
        {"log": {"raw": a, "scaled": s}, "history": {"raw": b}}
        for a, s, b in zip(records(RAW), records(served(RAW)), records(other), strict=True)
    ]
    log = lines(tmp_path / "log.jsonl", rows)
    with pytest.raises(UsageError, match="several places may hold the raw values"):
        skewcheck.audit(known(), log)
    assert skewed(log, layout="docker") == (0, "paired", [])
    with pytest.raises(UsageError, match="no records in captureData"):
        skewcheck.audit(known(), log, layout="sagemaker")


def test_more_damage_than_is_let_pass_has_no_verdict(tmp_path: Path) -> None:
    good = [
        {"log": json.dumps({"raw": r, "scaled": s})}
        for r, s in zip(records(RAW), records(served(RAW)), strict=True)
    ]
    for bad, code in ((5, 0), (30, 2)):
        rows = [*good[:500], *[{"log": '{"raw": {"age": 4'}] * bad, *good[500:]]
        log = lines(tmp_path / f"{bad}.jsonl", rows)
        if code == 2:
            with pytest.raises(LogError, match=r"record 501 cannot be decoded, and 2\.9% of all"):
                skewcheck.audit(known(), log)
        audit = skewcheck.audit(known(), log, max_bad=0.1)
        assert audit.coverage is not None
        assert [(loss.code, loss.rows, loss.first) for loss in audit.coverage.losses] == [
            ("undecoded", bad, (f"{bad}.jsonl", 500))
        ]
        assert audit.coverage.verdict.value == ("ok" if bad == 5 else "warn")

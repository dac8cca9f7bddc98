"""Records that are not joined are told by file and gate; joins that cannot be are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from joined_logs import (
    IDS,
    KNOWN,
    RAW,
    RIGHT,
    ROWS,
    WRONG,
    audit,
    lines,
    losses,
    two,
    write,
)

import skewcheck
from skewcheck.cli import main
from skewcheck.text.errors import NothingToTestError, UsageError


def test_duplicates_and_unmatched_records_are_counted_by_file(tmp_path: Path) -> None:
    raw, out = RAW.assign(request_id=IDS), RIGHT.assign(request_id=IDS)
    # The first 50 requests are retried, the last 30 were never served; 20 are served without one.
    raw = pd.concat([raw, raw.iloc[:50] * [2, 2, 2, 1]], ignore_index=True)
    raw["request_id"] = raw["request_id"].astype(int)
    strangers = out.iloc[:20].assign(request_id=range(20))
    out = pd.concat([out.iloc[: ROWS - 30], strangers], ignore_index=True)
    paths = [tmp_path / "raw.jsonl", tmp_path / "served.parquet"]
    write(raw, paths[0])
    write(out.sample(frac=1, random_state=1), paths[1])
    result = audit(paths)
    assert result.coverage is not None
    assert (result.coverage.audited, result.coverage.joined) == (ROWS - 30, ROWS - 30)
    assert losses(result) == {
        "unmatched": {"raw.jsonl": 30, "served.parquet": 20}, "duplicate": {"raw.jsonl": 50},
    }  # fmt: skip
    assert {f.verdict.value for f in result.features} == {"ok"}
    assert result.verdict.value == "warn"  # 100 of 3,070: over a fifth of the threshold of 5 %
    text = skewcheck.render(result, "terminal")
    assert "50 that repeat an id" in " ".join(text.split())


def test_many_unmatched_records_are_skew_and_records_without_an_id_are_unmatched(
    tmp_path: Path,
) -> None:
    raw = RAW.assign(request_id=[None if i % 10 == 0 else str(n) for i, n in enumerate(IDS)])
    paths = [tmp_path / "raw.jsonl", tmp_path / "served.jsonl"]
    write(raw, paths[0])
    write(RIGHT.assign(request_id=IDS), paths[1])
    result = audit(paths)
    assert (result.verdict.value, result.exit_code) == ("skew", 1)
    assert losses(result) == {"unmatched": {"raw.jsonl": 300, "served.jsonl": 300}}


def test_within_tells_late_records(tmp_path: Path) -> None:
    start = pd.Timestamp("2026-11-01T00:00:00")
    times = start + pd.to_timedelta(np.arange(ROWS), unit="min")
    delay = pd.to_timedelta(np.where(np.arange(ROWS) % 100 == 0, 90_000, 5), unit="s")
    raw = RAW.assign(request_id=IDS, ts=times.astype(str))
    out = RIGHT.assign(request_id=IDS, ts=(times + delay).astype(str))
    paths = [tmp_path / "raw.csv", tmp_path / "served.jsonl"]
    write(raw, paths[0])
    write(out, paths[1])
    result = audit(paths, within="24h", time_column="ts")
    assert losses(result) == {"late": {"raw.csv": 30, "served.jsonl": 30}}
    assert losses(audit(paths, within="26h", time_column="ts")) == {}
    assert losses(audit(paths, time_column="ts")) == {}
    with pytest.raises(NothingToTestError, match="further apart than within"):
        audit(paths, within="1s", time_column="ts")
    last = audit(paths, time_column="ts", since="2026-11-02", every="6h")
    assert last.coverage is not None
    assert (last.coverage.outside, losses(last)) == (24 * 60, {})


def test_records_that_do_not_decode_and_files_that_are_cut_are_told(tmp_path: Path) -> None:
    raw = [{"message": json.dumps({"request_id": int(i), **row})}
           for i, row in zip(IDS, RAW.to_dict("records"), strict=True)]  # fmt: skip
    raw[7] = {"message": raw[7]["message"][:-9]}
    paths = [lines(raw, tmp_path / "raw.jsonl"), tmp_path / "served.csv"]
    write(RIGHT.assign(request_id=IDS), paths[1])
    result = audit(paths)
    assert losses(result) == {"undecoded": {"raw.jsonl": 1}, "unmatched": {"served.csv": 1}}
    assert result.coverage is not None
    assert result.coverage.losses[0].first == ("raw.jsonl", 7)
    stream = tmp_path / "served.arrow"
    table = pa.Table.from_pandas(RIGHT.assign(request_id=IDS))
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    stream.write_bytes(stream.read_bytes()[:-8])
    result = audit([paths[0], stream])
    assert result.coverage is not None
    assert losses(result)["cut"] == {"served.arrow": 1}
    assert result.verdict.value == "inconclusive"


def test_joined_files_are_read_anew_with_a_state(tmp_path: Path) -> None:
    paths = two(tmp_path, WRONG)
    for code in (1, 0):
        result = audit(paths, state=str(tmp_path / "state"), only_new_alarms=True)
        assert (result.verdict.value, result.exit_code) == ("skew", code)
    # The rest of the served values came later.
    write(RIGHT.iloc[:1000].assign(request_id=IDS[:1000]), paths[1])
    late = audit(paths, state=str(tmp_path / "state"))
    assert losses(late) == {"unmatched": {"raw.jsonl": 2000}}
    write(RIGHT.assign(request_id=IDS), paths[1])
    assert audit(paths, state=str(tmp_path / "state")).verdict.value == "ok"


def test_flags_and_settings_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    two(tmp_path, WRONG)
    skewcheck.save(KNOWN, "p.json")
    assert main(["audit", "p.json", "raw.jsonl", "served.jsonl", "--join", "request_id"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "6,000 rows read, 3,000 audited, 3,000 joined to others" in out
    assert "3,000 rows joined by request_id of the records of raw.jsonl, served.jsonl" in out
    Path("skewcheck.toml").write_text('join = "id=request_id"\nwithin = "1h"\n')
    assert main(["audit", "p.json", "raw.jsonl", "served.jsonl"]) == 2
    assert "skewcheck.toml: within: needs --time-column" in capsys.readouterr().err
    Path("skewcheck.toml").write_text('join = "id=request_id"\n')
    assert main(["audit", "p.json", "raw.jsonl", "served.jsonl"]) == 1
    assert main(["policy", "-o", "lock.json"]) == 0
    assert json.loads(Path("lock.json").read_text())["policy"]["join"] == "id=request_id"
    capsys.readouterr()
    lock = ["--policy-lock", "lock.json"]
    assert main(["audit", "p.json", "raw.jsonl", "served.jsonl", *lock]) == 1
    assert main(["audit", "p.json", "raw.jsonl", *lock, "--join", "request_id"]) == 2
    assert "join" in capsys.readouterr().err


def test_refusals(tmp_path: Path) -> None:
    paths = two(tmp_path, RIGHT)
    with pytest.raises(UsageError, match=r"join='order'\): no such column in raw\.jsonl, served"):
        skewcheck.audit(KNOWN, paths, join="order")
    write(RIGHT, paths[1])
    with pytest.raises(UsageError, match=r"a column of raw\.jsonl alone, not of served"):
        audit(paths)
    write(RIGHT.assign(request_id=IDS + 10**6), paths[1])
    with pytest.raises(NothingToTestError, match="no two records have the same id"):
        audit(paths)
    write(RIGHT.assign(request_id=IDS), paths[1])
    with pytest.raises(UsageError, match=r"raw\.jsonl has no column"):
        audit(paths, within="1h", time_column="ts")
    with pytest.raises(UsageError, match="needs time_column="):
        audit(paths, within="1h")
    with pytest.raises(UsageError, match="needs join="):
        skewcheck.audit(KNOWN, paths, within="1h", time_column="ts")
    with pytest.raises(UsageError, match="must be COLUMN or COLUMN=OTHER"):
        skewcheck.audit(KNOWN, paths, join="a=b=c")

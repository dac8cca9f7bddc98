"""Raw and served values of the same request in two logs, or in two kinds of records of one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.cli import main
from skewcheck.features.steps import forward
from skewcheck.results.audit import Audit
from skewcheck.text.errors import NothingToTestError, UsageError

ROWS = 3000


def frame(seed: int, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 90, rows).astype(float),
        "fare": np.round(rng.lognormal(2, 1, rows), 2),
        "dist": rng.normal(size=rows),
    })  # fmt: skip


KNOWN = skewcheck.fit(frame(1))
RAW = frame(2)
IDS = np.random.default_rng(3).permutation(ROWS) + 10_000


def served(raw: pd.DataFrame, **faults: Callable[[pd.Series], pd.Series]) -> pd.DataFrame:
    """Return what a server makes of raw values, which has a fault for some features."""
    return pd.DataFrame({
        f.name: forward(f.steps, faults.get(f.name, pd.Series.copy)(raw[f.name]).to_numpy(float))
        for f in KNOWN.features
    })  # fmt: skip


RIGHT = served(RAW)
WRONG = served(RAW, fare=lambda fare: fare * 1.609344)


def write(frame: pd.DataFrame, path: Path) -> None:
    match path.suffix:
        case ".parquet":
            frame.to_parquet(path)
        case ".csv":
            frame.to_csv(path, index=False)
        case _:
            frame.to_json(path, orient="records", lines=True, double_precision=15)


def two(
    folder: Path, values: pd.DataFrame, *, first: str = "raw.jsonl", second: str = "served.jsonl",
    seed: int | None = 5,
) -> list[Path]:  # fmt: skip
    """Write the raw values and served ones, these in another order, to two files."""
    both = RAW.assign(request_id=IDS), values.assign(request_id=IDS)
    paths = [folder / first, folder / second]
    write(both[0], paths[0])
    write(both[1] if seed is None else both[1].sample(frac=1, random_state=seed), paths[1])
    return paths


def audit(paths: object, **options: object) -> Audit:
    return skewcheck.audit(KNOWN, paths, join="request_id", **options)  # type: ignore[arg-type]


def told(result: Audit) -> dict[str, object]:
    """Return what is found, without the files that it is found in."""
    return {
        feature.name: (
            feature.verdict.value,
            [(t.name, t.statistic, t.p_value, t.verdict.value) for t in feature.tests],
            [(c.code, dict(c.parameters)) for c in feature.causes],
        )
        for feature in result.features
    }


def losses(result: Audit) -> dict[str, dict[str, int]]:
    assert result.coverage is not None
    coverage = result.coverage
    lost = sum(loss.rows for loss in coverage.losses if loss.code != "cut")
    accounted = coverage.audited + coverage.joined + coverage.outside + coverage.other + lost
    assert coverage.parsed == accounted
    return {loss.code: dict(loss.files) for loss in coverage.losses}


@pytest.mark.parametrize(
    ("first", "second"),
    [("raw.jsonl", "served.jsonl"), ("raw.parquet", "served.jsonl"), ("raw.csv", "served.parquet"),
     ("a_served.csv", "z_raw.csv")],
)  # fmt: skip
@pytest.mark.parametrize("values", [RIGHT, WRONG], ids=["right", "wrong"])
def test_two_logs_are_as_one(tmp_path: Path, first: str, second: str, values: pd.DataFrame) -> None:
    swapped = first.startswith("a_")
    raw, other = (second, first) if swapped else (first, second)
    result = audit(two(tmp_path, values, first=raw, second=other))
    verdict = "ok" if values is RIGHT else "skew"
    assert (result.verdict.value, losses(result)) == (verdict, {})
    assert result.coverage is not None
    assert (result.coverage.parsed, result.coverage.joined) == (2 * ROWS, ROWS)
    codes = {cause.code for feature in result.features for cause in feature.causes}
    assert codes == (set() if values is RIGHT else {"unit_change"})
    if not swapped:
        path = tmp_path / "both.parquet"
        write(RAW.join(values.add_suffix("_norm")), path)
        if Path(first).suffix == Path(second).suffix == ".parquet":
            assert told(result) == told(skewcheck.audit(KNOWN, path, served="{feature}_norm"))


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_joined_log_gives_the_report_of_the_merged_one(tmp_path: Path, suffix: str) -> None:
    paths = two(tmp_path, WRONG, first=f"raw{suffix}", second=f"served{suffix}")
    merged = tmp_path / f"merged{suffix}"
    write(RAW.join(WRONG.add_suffix("_norm")), merged)
    result = audit(paths, served="served.{feature}", every=1000)
    whole = skewcheck.audit(KNOWN, merged, served="{feature}_norm", every=1000)
    assert told(result) == told(whole)
    assert [f.windows for f in result.features] == [f.windows for f in whole.features]


def kinds(
    values: pd.DataFrame, *, shuffled: bool = True, name: str = "features"
) -> list[dict[str, object]]:
    records: list[dict[str, object]] = []
    for i, (raw, own) in enumerate(
        zip(RAW.to_dict("records"), values.to_dict("records"), strict=True)
    ):
        records.append({"kind": "request", "request_id": int(IDS[i]), "features": raw})
        records.append({"kind": "served", "request_id": int(IDS[i]), name: own})
    if shuffled:
        order = np.random.default_rng(7).permutation(len(records))
        return [records[i] for i in order]
    return records


def lines(records: list[dict[str, object]], path: Path) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.mark.parametrize("name", ["features", "model_input"])
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("values", [RIGHT, WRONG], ids=["right", "wrong"])
def test_two_kinds_of_records_of_one_log(
    tmp_path: Path, name: str, shuffled: bool, values: pd.DataFrame
) -> None:
    path = lines(kinds(values, shuffled=shuffled, name=name), tmp_path / "log.jsonl")
    result = audit(path)
    assert result.verdict.value == ("ok" if values is RIGHT else "skew")
    assert losses(result) == {}
    codes = {cause.code for feature in result.features for cause in feature.causes}
    assert codes == (set() if values is RIGHT else {"unit_change"})
    assert all(feature.parity is not None for feature in result.features)


@pytest.mark.parametrize("values", [RIGHT, WRONG], ids=["right", "wrong"])
def test_two_kinds_of_records_inside_of_text(tmp_path: Path, values: pd.DataFrame) -> None:
    records = [{"ts": 1, "message": json.dumps(record)} for record in kinds(values)]
    result = audit(lines(records, tmp_path / "log.jsonl"))
    assert result.verdict.value == ("ok" if values is RIGHT else "skew")
    assert losses(result) == {}
    assert all(feature.parity is not None for feature in result.features)
    joined = next(note for note in result.notes if note.code == "joined")
    assert joined.parameters["path"] == "message.kind"


def test_kinds_without_a_kind(tmp_path: Path) -> None:
    records = [{k: v for k, v in r.items() if k != "kind"} for r in kinds(WRONG, name="inputs")]
    result = audit(lines(records, tmp_path / "log.jsonl"))
    assert (result.verdict.value, losses(result)) == ("skew", {})


def test_ids_inside_of_records_under_two_names(tmp_path: Path) -> None:
    raw = [{"message": json.dumps({"meta": {"id": str(i)}, "x": row})}
           for i, row in zip(IDS, RAW.to_dict("records"), strict=True)]  # fmt: skip
    out = [{"event": {"request_id": int(i)}, "model_input": list(row)}
           for i, row in zip(IDS, WRONG.to_numpy().tolist(), strict=True)]  # fmt: skip
    paths = [lines(raw, tmp_path / "a.jsonl"), lines(out[::-1], tmp_path / "b.jsonl")]
    for join in ("message.meta.id=event.request_id", "id=request_id"):
        result = skewcheck.audit(KNOWN, paths, join=join)
        assert (result.verdict.value, losses(result)) == ("skew", {})
        assert {c.code for f in result.features for c in f.causes} == {"unit_change"}


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


@pytest.mark.parametrize("fault", ["constant", "copy"])
def test_served_values_that_show_nothing_are_never_passed_over(tmp_path: Path, fault: str) -> None:
    values = RIGHT * 0 if fault == "constant" else RAW
    records = kinds(values)
    assert audit(lines(records, tmp_path / "log.jsonl")).verdict.value == "skew"
    for record in records:  # words that say nothing
        record["kind"] = {"request": "a", "served": "b"}[str(record["kind"])]
    first = records.index(next(r for r in records if r["kind"] == "a"))
    path = lines([records[first], *records[:first], *records[first + 1 :]], tmp_path / "log.jsonl")
    with pytest.raises(UsageError, match="nothing shows which are raw and which served") as raised:
        audit(path)
    names = ("raw='features.{feature}'", "served='joined_features.{feature}'")
    assert fault == "copy" or all(name in str(raised.value) for name in names)
    result = audit(path, raw="features.{feature}", served="joined_features.{feature}")
    assert (result.verdict.value, losses(result)) == ("skew", {})
    assert audit(path, raw="features.{feature}", served="none").verdict.value == "ok"


def test_kinds_over_several_days(tmp_path: Path) -> None:
    records = kinds(WRONG)
    lines(records[:2000], tmp_path / "monday.jsonl")
    lines(records[2000:], tmp_path / "tuesday.jsonl")
    result = audit(tmp_path)
    assert (result.verdict.value, losses(result)) == ("skew", {})
    joined = next(note for note in result.notes if note.code == "joined")
    assert joined.parameters["path"] == "kind"


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


def test_tables_in_memory_and_several_files_a_side(tmp_path: Path) -> None:
    tables = [RAW.assign(request_id=IDS), WRONG.assign(request_id=IDS)[::-1]]
    assert audit(tables).verdict.value == "skew"
    for day in range(3):
        for side, table in zip(("raw", "served"), tables, strict=True):
            write(table.iloc[day * 1000 : (day + 1) * 1000], tmp_path / f"{side}-{day}.jsonl")
    result = audit(tmp_path)
    assert (result.verdict.value, losses(result)) == ("skew", {})
    assert result.logs.rows == ROWS


def test_no_values(tmp_path: Path) -> None:
    path = lines(kinds(WRONG), tmp_path / "log.jsonl")
    text = skewcheck.render(audit(path, no_values=True), "json")
    assert '"request"' not in text
    assert str(IDS[0]) not in text

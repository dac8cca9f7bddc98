"""A server's rows, counted as they are served: as a log of the same rows, and never in its way."""

from __future__ import annotations

import gc
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.profiling import counting
from skewcheck.results.audit import Audit
from skewcheck.text.errors import SkewcheckError, UsageError

TEMPLATE = "{feature}_norm"
Rows = list[tuple[dict[str, object], dict[str, object]]]


def frame(seed: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "fare": np.where(rng.random(rows) < 0.02, np.nan, rng.gamma(2, 5, rows)),
            "count": rng.poisson(3, rows).astype(float),
            "pay": rng.choice(["Cash", "Card", "é"], rows, p=[0.6, 0.3, 0.1]),
        }
    )


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Parameters:
    fitted = skewcheck.fit(frame(1, 3_000))
    path = tmp_path_factory.mktemp("known") / "p.json"
    skewcheck.save(fitted, path)
    return skewcheck.load(path)


def log_of(known: Parameters, seed: int, rows: int, *, faulty: bool = False) -> pd.DataFrame:
    """Return rows with served values; of a faulty server one in ten fares is served raw."""
    raw = frame(seed, rows)
    log = known.transform(raw, served=TEMPLATE)
    log["pay"] = raw["pay"]
    if faulty:
        wrong = np.arange(rows) % 10 == 0
        log["fare_norm"] = np.where(wrong, log["fare"], log["fare_norm"])
    log["host"] = np.where(np.arange(rows) % 3 == 0, "web-1", "web-2")
    log["t"] = pd.Timestamp("2026-11-01") + pd.to_timedelta(np.arange(rows) * 60, unit="s")
    return log


def rows_of(log: pd.DataFrame) -> Rows:
    """Return rows as a server has them: raw values by feature, and served ones by name."""
    served = [name for name in log.columns if name.endswith("_norm")]
    return [
        (
            {k: v for k, v in row.items() if k not in served},
            {k.removesuffix("_norm"): row[k] for k in served},
        )
        for row in log.to_dict("records")
    ]


def profiles(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.glob("*.skw"))


def features(audit: Audit) -> object:
    return audit.features, audit.causes, audit.coverage, audit.windows, audit.notes


OPTIONS: dict[str, dict[str, object]] = {
    "plain": {},
    "segments": {"by": "host"},
    "windows": {"every": "6h", "time_column": "t"},
    "clusters": {"cluster": "host"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_as_a_log_of_the_same_rows(
    known: Parameters, tmp_path: Path, options: dict[str, object]
) -> None:
    log = log_of(known, 5, 3_000, faulty=True)
    with skewcheck.Profiler(known, tmp_path / "profiles", **options) as profiler:
        for raw, served in rows_of(log):
            profiler.add(raw, served)
    (path,) = profiles(tmp_path / "profiles")
    # A row's key in the sample is of its file's name: that of the log must be the same.
    name = tmp_path / Path(path).stem
    kept = [c for c in log.columns if c not in ("host", "t") or c in options.values()]
    pq.write_table(pa.Table.from_pandas(log[kept], preserve_index=False), name)
    whole = skewcheck.audit(known, str(name), served=TEMPLATE, **{"by": "none", **options})
    mine = skewcheck.audit(known, path)
    assert mine.exit_code == whole.exit_code == 1
    assert features(mine) == features(whole)


def test_a_profile_after_so_many_rows(
    known: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MAX_ROWS", 512)
    log = log_of(known, 6, 5_000)
    with skewcheck.Profiler(known, tmp_path, rows=1_000, name="api") as profiler:
        for raw, served in rows_of(log):
            profiler.add(raw, served)
    paths = profiles(tmp_path)
    assert len(paths) >= 3
    assert all(Path(path).name.startswith("api-") for path in paths)
    audit = skewcheck.audit(known, paths)
    assert (audit.logs.rows, audit.exit_code) == (5_000, 0)
    # What is added to them is a log's profile, of the same columns.
    log_of(known, 7, 1_000).drop(columns=["host", "t"]).to_parquet(tmp_path / "log.parquet")
    skewcheck.profile(known, tmp_path / "log.parquet", tmp_path / "log.skw", served=TEMPLATE)
    assert skewcheck.audit(known, [*paths, str(tmp_path / "log.skw")]).logs.rows == 6_000


def test_a_profile_after_some_time(known: Parameters, tmp_path: Path) -> None:
    with skewcheck.Profiler(known, tmp_path, seconds=0.05) as profiler:
        for raw, served in rows_of(log_of(known, 8, 100)):
            profiler.add(raw, served)
        for _ in range(600):
            if profiles(tmp_path):
                break
            time.sleep(0.05)
        assert profiles(tmp_path)
    assert skewcheck.audit(known, profiles(tmp_path)).logs.rows == 100


def test_threads_share_one(known: Parameters, tmp_path: Path) -> None:
    rows = rows_of(log_of(known, 9, 2_000))
    with skewcheck.Profiler(known, tmp_path, rows=3_000) as profiler:

        def serve() -> None:
            for raw, served in rows:
                profiler.add(raw, served)

        threads = [threading.Thread(target=serve) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert skewcheck.audit(known, profiles(tmp_path)).logs.rows == 8_000


class Odd(Mapping[str, object]):
    """A mapping of a server's own, which fails."""

    def __getitem__(self, key: str) -> object:
        raise RuntimeError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(("fare",))

    def __len__(self) -> int:
        return 1


class Untold:
    """A value that has neither a number nor a text."""

    def __float__(self) -> float:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError


ODD = [
    "text", b"bytes", [1, 2], {"a": 1}, Untold(), object(), 10**400, "\ud800", 1 + 2j, math.inf,
    Decimal("1.5"), np.float32(2.5), np.datetime64("2026-11-01"), True, "",
]  # fmt: skip


def test_whatever_stands_in_a_value(known: Parameters, tmp_path: Path) -> None:
    rows = rows_of(log_of(known, 10, 3_000))
    with skewcheck.Profiler(known, tmp_path) as profiler:
        for raw, served in rows:
            profiler.add(raw, served)
        for value in ODD:
            profiler.add({**rows[0][0], "fare": value}, rows[0][1])
            profiler.add({**rows[0][0], "pay": value}, rows[0][1])
            profiler.add(rows[0][0], {**rows[0][1], "fare": value})
        for odd in (None, [], 3, Odd(), {"fare": None}, {}):
            profiler.add(odd, rows[0][1])  # type: ignore[arg-type]
            profiler.add(rows[0][0], odd)  # type: ignore[arg-type]
    audit = skewcheck.audit(known, profiles(tmp_path))
    assert audit.logs.rows == 3_000 + 3 * len(ODD) + 12
    fare = next(f for f in audit.features if f.name == "fare")
    assert fare.verdict.value == "skew"
    # Texts among numbers.
    assert next(t for t in fare.tests if t.name == "type").verdict.value == "skew"


def test_nulls_are_nulls(known: Parameters, tmp_path: Path) -> None:
    log = log_of(known, 11, 1_000)
    with skewcheck.Profiler(known, tmp_path) as profiler:
        for number, (raw, served) in enumerate(rows_of(log)):
            if number % 2:
                raw = {k: v for k, v in raw.items() if k != "fare"}
            else:
                raw = {**raw, "fare": None}
            profiler.add(raw, {**served, "fare": None})
    audit = skewcheck.audit(known, profiles(tmp_path))
    fare = next(f for f in audit.features if f.name == "fare")
    nulls = next(t for t in fare.tests if t.name == "nulls")
    assert nulls.statistic == 1.0


def test_a_key_that_no_row_has_is_no_column(known: Parameters, tmp_path: Path) -> None:
    log = log_of(known, 12, 1_500)
    with skewcheck.Profiler(known, tmp_path) as profiler:
        for raw, served in rows_of(log):
            profiler.add({k: v for k, v in raw.items() if k != "count"}, served)
    audit = skewcheck.audit(known, profiles(tmp_path))
    modes = {f.name: f.mode for f in audit.features}
    assert modes == {"fare": "paired", "count": "served", "pay": "paired"}


def test_raw_values_alone(known: Parameters, tmp_path: Path) -> None:
    with skewcheck.Profiler(known, tmp_path, served="none", sample=False) as profiler:
        for raw, _ in rows_of(log_of(known, 13, 1_000)):
            profiler.add(raw)
    assert skewcheck.audit(known, profiles(tmp_path)).exit_code == 0


def test_what_is_wrong_is_said_at_once(known: Parameters, tmp_path: Path) -> None:
    for options in (
        {"since": "2026-11-01", "time_column": "t"}, {"sql": "select 1"}, {"every": 100},
        {"features": "fairs"}, {"no_such_option": 1}, {"alpha": 0.1},
    ):  # fmt: skip
        with pytest.raises(SkewcheckError):
            skewcheck.Profiler(known, tmp_path, **options)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError):
        skewcheck.Profiler(known, tmp_path / "file")


def test_a_folder_that_is_full_keeps_the_rows(
    known: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    rows = rows_of(log_of(known, 14, 600))

    def full(*_: object, **__: object) -> None:
        raise UsageError("no space left")

    profiler = skewcheck.Profiler(known, tmp_path)
    for raw, served in rows:
        profiler.add(raw, served)
    with monkeypatch.context() as patched:
        patched.setattr(counting, "write", full)
        profiler.flush()
    assert "no space left" in caplog.text
    assert not profiles(tmp_path)
    for raw, served in rows:
        profiler.add(raw, served)
    profiler.close()
    profiler.close()
    profiler.add(*rows[0])
    assert skewcheck.audit(known, profiles(tmp_path)).logs.rows == 1_200


SERVER = """
import os, sys, skewcheck
sys.path.insert(0, sys.argv[3])
from test_profiler import log_of, rows_of
known = skewcheck.load(sys.argv[1])
profiler = skewcheck.Profiler(known, sys.argv[2], rows=10**9, seconds=10**6)
rows = rows_of(log_of(known, 1, 700))
for raw, served in rows: profiler.add(raw, served)
profiler.flush()
for raw, served in rows: profiler.add(raw, served)
if sys.argv[4] == "killed":
    print("ready", flush=True)
    sys.stdin.read()
if sys.argv[4] == "forked" and os.fork() == 0:
    for raw, served in rows[:100]: profiler.add(raw, served)
    profiler.close()
    os._exit(0)
if sys.argv[4] == "forked": os.wait()
"""


@pytest.mark.parametrize(("end", "rows"), [("killed", 700), ("ended", 1_400), ("forked", 1_500)])
def test_how_a_server_ends(known: Parameters, tmp_path: Path, end: str, rows: int) -> None:
    skewcheck.save(known, tmp_path / "p.json")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, tmp_path / "p.json", tmp_path, Path(__file__).parent, end],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    if end == "killed":
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        os.kill(server.pid, signal.SIGKILL)
    server.communicate()
    assert skewcheck.audit(known, profiles(tmp_path)).logs.rows == rows


def test_one_that_nobody_has_ends_its_thread(known: Parameters, tmp_path: Path) -> None:
    profiler = skewcheck.Profiler(known, tmp_path, seconds=0.05)
    profiler.add(*rows_of(log_of(known, 15, 1))[0])
    worker = profiler._worker
    assert worker is not None
    del profiler
    gc.collect()
    worker.join(30)
    assert not worker.is_alive()

"""Every engine gives the same report, or says in a line why there is none."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from engines import ROWS, Killing, Met, fitted, met, refusing, report, training, write_logs

import skewcheck
from skewcheck.counts.profile import Limits
from skewcheck.engine import cuts, tasks
from skewcheck.engine.engines import Engine
from skewcheck.engine.source import LogSource, open_source
from skewcheck.features.types import Parameters
from skewcheck.logs.batch import Wanted
from skewcheck.parameters.writer import dumps
from skewcheck.text.errors import EngineError, LogError, UsageError

ROOT = Path(__file__).parents[2]
WANTED = Wanted(numbers=frozenset({"fare"}))


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return fitted()


@pytest.fixture(scope="module")
def logs(parameters: Parameters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    write_logs(folder, parameters)
    return folder


@pytest.fixture(scope="module", autouse=True)
def small_tasks() -> Iterator[None]:
    """Let a task have a row group or two, as in a log of gigabytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuts, "TASK", 40_000)
        patch.setattr(cuts, "COLUMN", 1)
        patch.setattr(cuts, "FILE", 1)
        yield


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def cluster() -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed")
    with distributed.Client(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    ) as client:
        yield client.get_executor()


@pytest.fixture(params=["processes", "cluster"])
def executor(request: pytest.FixtureRequest) -> Executor:
    return request.getfixturevalue(request.param)


def source(logs: object, executor: Executor | None, workers: int = 2) -> LogSource:
    return open_source(str(logs), engine=Engine(executor, workers))


@pytest.mark.parametrize(
    ("workers", "options"),
    [
        (4, {"served": "{feature}_norm", "time_column": "ts", "every": "12h", "by": "host"}),
        (1, {"served": "auto", "cluster": "user", "every": 1_500, "baseline": "previous"}),
        (2, {"served": "none", "time_column": "ts", "since": "2026-11-19T06:00:00"}),
    ],
    ids=["parts", "cluster", "time"],
)
def test_every_engine_gives_the_same_report(
    workers: int, options: dict[str, object], parameters: Parameters, logs: Path, executor: Executor
) -> None:
    threads, elsewhere = (
        skewcheck.audit(parameters, logs, executor=each, workers=workers, **options)
        for each in (None, executor)
    )
    assert report(elsewhere) == report(threads)


def test_the_fault_of_a_host_is_named(
    parameters: Parameters, logs: Path, executor: Executor
) -> None:
    """The rows that explain a fault are sampled in several processes, as in one."""
    audit = skewcheck.audit(parameters, logs, executor=executor, served="{feature}_norm")
    fare = next(feature for feature in audit.features if feature.name == "fare")
    causes = [(cause.code, cause.place and cause.place.values) for cause in fare.causes]
    assert causes
    assert causes[0] == ("not_normalized", ("h2",))


def test_fit_and_reference(
    logs: Path, parameters: Parameters, executor: Executor, tmp_path: Path
) -> None:
    train = training(7, 3_000).assign(shop=lambda frame: frame["age"].round().astype(int) % 3)
    table = pa.Table.from_pandas(train, preserve_index=False)
    pq.write_table(table, tmp_path / "train.parquet", row_group_size=500)
    path = str(tmp_path / "train.parquet")
    for options in ({"by": "shop", "exclude": "shop"}, {"normalize": "robust"}):
        threads, elsewhere = (
            dumps(skewcheck.fit(path, executor=each, **options)) for each in (None, executor)
        )
        assert elsewhere == threads
    threads, elsewhere = (
        report(
            skewcheck.audit(
                parameters, logs, reference=path, by="host", served="none", executor=each,
                baseline=str(logs / "0.parquet"), every="1d", time_column="ts",
            )
        )
        for each in (None, executor)
    )  # fmt: skip
    assert elsewhere == threads


def test_a_state_that_an_engine_left_serves_the_others(
    parameters: Parameters, logs: Path, processes: Executor, tmp_path: Path
) -> None:
    for file in logs.iterdir():
        os.utime(file, (1e9, 1e9))
    options = {"served": "{feature}_norm", "state": str(tmp_path / "state")}
    first, known, expected = (
        skewcheck.audit(parameters, logs, executor=each, **{**options, **more})
        for each, more in ((processes, {}), (None, {}), (None, {"state": None}))
    )
    assert [feature.tests for feature in first.features] == [f.tests for f in expected.features]
    assert [feature.tests for feature in known.features] == [f.tests for f in expected.features]
    assert len([*(tmp_path / "state").rglob("*")]) > 4


def test_what_is_in_this_process_alone_is_measured_here(
    parameters: Parameters, logs: Path, processes: Executor
) -> None:
    both = [pd.read_parquet(logs / "0.parquet"), str(logs / "1.parquet")]
    options = {"served": "{feature}_norm"}
    here, there = (
        skewcheck.audit(parameters, both, executor=e, **options) for e in (None, processes)
    )
    assert report(here) == report(there)


def test_records_that_are_joined_or_decoded(
    parameters: Parameters, logs: Path, processes: Executor, tmp_path: Path
) -> None:
    log = pd.read_parquet(logs / "1.parquet").assign(id=range(ROWS))
    raw, served = log[["id", "fare", "age", "pay"]], log[["id", "fare_norm", "age_norm"]]
    raw.to_parquet(tmp_path / "requests.parquet")
    served.to_parquet(tmp_path / "predictions.parquet")
    lines = [
        f'{{"request": {line}}}'
        for line in log.drop(columns="ts").to_json(orient="records", lines=True).split()
    ]
    (tmp_path / "nested").mkdir()
    (tmp_path / "nested" / "a.jsonl").write_text("\n".join(lines))
    for where, options in (
        (sorted(tmp_path.glob("*.parquet")), {"join": "id", "served": "{feature}_norm"}),
        (tmp_path / "nested", {}),
    ):
        here, there = (
            report(skewcheck.audit(parameters, where, executor=each, **options))
            for each in (None, processes)
        )
        assert here == there


def test_parts_are_added_in_their_order(logs: Path, executor: Executor) -> None:
    totals = [
        source(logs, each, workers).fold(WANTED, Met(), met)
        for each in (None, executor) for workers in (1, 3)
    ]  # fmt: skip
    assert totals[0].rows == 4 * ROWS
    assert len({(file, start) for file, start, _ in totals[0].where}) == len(totals[0].where)
    assert all(total == totals[0] for total in totals)


def test_a_process_that_is_killed_is_an_error(logs: Path, tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        read = source(logs, pool)
        with pytest.raises(EngineError, match="a worker process ended before its work was done"):
            read.fold(WANTED, Met(), Killing(tmp_path / "mark"))
    assert (tmp_path / "mark").exists()


def test_dask_measures_again_what_a_killed_worker_lost(
    logs: Path, cluster: Executor, tmp_path: Path
) -> None:
    expected = source(logs, None).fold(WANTED, Met(), met)
    assert source(logs, cluster).fold(WANTED, Met(), Killing(tmp_path / "mark")) == expected
    assert (tmp_path / "mark").exists()


def test_errors_of_workers_are_those_of_this_process(logs: Path, executor: Executor) -> None:
    with pytest.raises(LogError) as threads:
        source(logs, None, 1).fold(WANTED, Met(), refusing)
    with pytest.raises(LogError) as elsewhere:
        source(logs, executor, 1).fold(WANTED, Met(), refusing)
    assert str(elsewhere.value) == str(threads.value) == "0.parquet: damaged in row 400"


class Here(Executor):
    """Runs tasks as another process does: from bytes, and its result goes into bytes."""

    def __init__(self) -> None:
        self.tasks: list[tasks.Task] = []
        self.sizes: list[int] = []

    def submit(self, fn, /, *args, **kwargs):  # as its base
        future: Future[object] = Future()
        self.tasks.append(args[0])
        try:
            data = pickle.dumps(fn(*pickle.loads(pickle.dumps(args)), **kwargs))  # noqa: S301
            self.sizes.append(len(data))
            future.set_result(pickle.loads(data))  # noqa: S301
        except Exception as error:
            future.set_exception(error)
        return future


def test_tasks_learn_which_rows_samples_no_longer_need(
    parameters: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Limits only leave out what the whole log's sample has not: without them it is the same."""
    rows = 60_000
    path = str(tmp_path / "a.parquet")
    table = pa.Table.from_pandas(training(3, rows), preserve_index=False)
    pq.write_table(table, path, row_group_size=2_000)
    monkeypatch.setattr(cuts, "TASK", 1)
    engine = Here()
    bounded = report(skewcheck.audit(parameters, path, executor=engine, workers=1))
    assert len(engine.tasks) == rows // 2_000
    keys = [int(task.limits.sample.key) for task in engine.tasks]
    assert keys == sorted(keys, reverse=True)
    assert keys[-1] < 2**64 // 4  # some 10,000 of 58,000 rows are in the sample
    assert engine.sizes[-1] < 0.7 * engine.sizes[0]
    monkeypatch.setattr(Limits, "learn", lambda *_: None)
    unbounded = report(skewcheck.audit(parameters, path, executor=Here(), workers=1))
    assert bounded == unbounded == report(skewcheck.audit(parameters, path))


def test_how_to_count_is_sent_to_each_process_once(
    parameters: Parameters, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that began later, or has had many others meanwhile, is told again."""

    class Forgetful(Here):
        def submit(self, fn, /, *args, **kwargs):
            tasks._KEPT.clear()
            return super().submit(fn, *args, **kwargs)

    expected = report(skewcheck.audit(parameters, logs))
    for engine, again in ((Here(), False), (Forgetful(), True)):
        monkeypatch.setattr(tasks, "_KEPT", {})
        audit = skewcheck.audit(parameters, logs, executor=engine, workers=1)
        assert report(audit) == expected
        first, later = engine.tasks[:2], engine.tasks[2:]
        assert len(later) > 2
        assert all(task.work.data for task in first)
        assert any(task.work.data for task in later) == again
        assert len({task.work.digest for task in engine.tasks}) == 1


def test_another_version_or_another_file_is_refused(logs: Path, tmp_path: Path) -> None:
    engine = Here()
    read = source(logs, engine)
    read.fold(WANTED, Met(), met)
    task = engine.tasks[0]
    with pytest.raises(EngineError, match=r"a worker has skewcheck .*, and the audit 0\.0"):
        tasks.run(replace(task, version="0.0"))
    (tmp_path / "other").write_text("fare\n1\n")
    for path, what in ((tmp_path / "none", "no such file"), (tmp_path / "other", "another file")):
        with pytest.raises(LogError, match=f"0.parquet: {what} at .*, where a worker looks for it"):
            tasks.run(replace(task, places=(("0.parquet", str(path), 12345),)))


def test_a_bundle_of_small_files_is_one_task(
    parameters: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(50):
        training(i, 40).to_csv(tmp_path / f"{i:02}.csv", index=False)
    (tmp_path / "99.csv").write_text("fare,age,pay\n")
    monkeypatch.setattr(cuts, "TASK", 40 << 10)
    monkeypatch.setattr(cuts, "FILE", 1 << 10)
    engine = Here()
    there = skewcheck.audit(parameters, tmp_path, executor=engine)
    assert 1 < len(engine.tasks) < 10
    assert report(there) == report(skewcheck.audit(parameters, tmp_path))
    assert "99.csv" in report(there)  # it has no row


def test_what_is_no_engine_is_refused(
    parameters: Parameters, logs: Path, processes: Executor
) -> None:
    with pytest.raises(
        UsageError, match=r"executor: must be a concurrent\.futures\.Executor, got str"
    ):
        skewcheck.audit(parameters, logs, executor="dask")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="an executor is an engine of its own"):
        skewcheck.audit(parameters, logs, executor=processes, engine="dask")


def test_threads_of_an_executor(parameters: Parameters, logs: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        there = skewcheck.audit(parameters, logs, executor=pool)
    assert report(there) == report(skewcheck.audit(parameters, logs))


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "skewcheck", *words]


@pytest.fixture(scope="module")
def written(parameters: Parameters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parameters") / "params.json"
    skewcheck.save(parameters, path)
    return path


def test_the_command(written: Path, logs: Path) -> None:
    outs = []
    for engine in ("threads", "processes"):
        done = subprocess.run(
            command("audit", str(written), str(logs), "--engine", engine, "--workers", "2",
                    "--format", "json", "--served", "{feature}_norm"),
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (1, "")
        outs.append({**json.loads(done.stdout), "run": None})
    assert outs[0] == outs[1]


def test_a_scheduler_that_is_not_there(written: Path, logs: Path) -> None:
    pytest.importorskip("distributed")
    environment = {
        **os.environ, "DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:9",
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s",
    }  # fmt: skip
    for more, why in (
        ((), "dask: the cluster at tcp://127.0.0.1:9 cannot be reached"),
        (
            ("--workers", "2"),
            "--workers 2: the cluster at tcp://127.0.0.1:9 has workers of its own",
        ),
    ):
        done = subprocess.run(
            command("audit", str(written), str(logs), "--engine", "dask", *more),
            capture_output=True, text=True, cwd=ROOT, check=False, env=environment,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr.startswith(f"skewcheck: {why}")
        assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="no /proc: run it on Linux")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_a_kill_leave_no_process(end: signal.Signals, written: Path, logs: Path) -> None:
    """Ctrl-C reaches all processes of a terminal; what kills may reach the first one alone."""
    code = (
        "import sys, signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from skewcheck.engine import cuts; cuts.TASK = 1;"
        "from skewcheck.__main__ import main; sys.exit(main())"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code, "audit", str(written), str(logs), "--engine", "processes",
         "--workers", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, start_new_session=True,
    )  # fmt: skip
    while not (born := _children(run.pid)) and run.poll() is None:
        time.sleep(0.01)
    if end == signal.SIGINT:
        os.killpg(run.pid, end)
    else:
        run.kill()
    out, err = run.communicate(timeout=120)
    assert run.returncode == (130 if end == signal.SIGINT else -end)
    assert out == b""
    assert err == b"" or (end == signal.SIGKILL and b"resource_tracker" in err)  # Python's own
    for _ in range(500):
        if not any(map(_alive, born)):
            break
        time.sleep(0.02)
    assert not any(map(_alive, born))


def _children(pid: int) -> list[int]:
    """Return the processes that a process started, without Python's tracker of semaphores."""
    found = []
    for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{line}/cmdline").read_bytes()
        if b"spawn_main" in words:
            found.append(int(line))
    return found


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"

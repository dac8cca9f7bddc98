"""Logs of a local S3 server are read as those of the disk are."""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from s3_server import BUCKET, Bucket, running

import skewcheck
from skewcheck.cli import main
from skewcheck.logs import Wanted, open_logs, remote
from skewcheck.logs.paths import find
from skewcheck.text.errors import LogError, NothingToTestError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of moto and botocore
SECRETS = ("AKIATEST", "s3cr3t")


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    remote._file_system.cache_clear()
    with running() as bucket:
        yield bucket
    remote._file_system.cache_clear()


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame({
        "fare": rng.gamma(2, 9, 4_000), "payment": rng.choice(["card", "cash"], 4_000),
    })  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: pd.DataFrame) -> Path:
    """A working folder with parameters."""
    monkeypatch.chdir(tmp_path)
    rows.to_csv("train.csv", index=False)
    assert main(["fit", "train.csv", "-o", "params.json"]) == 0
    return tmp_path


def write(rows: pd.DataFrame, name: str) -> bytes:
    """Return rows as the format of a file's name."""
    table = pa.Table.from_pandas(rows, preserve_index=False)
    out = io.BytesIO()
    if name.endswith((".arrow", ".feather")):
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table, max_chunksize=1_000)
    elif name.endswith(".arrows"):
        with pa.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table, max_chunksize=1_000)
    elif name.endswith(".parquet"):
        pq.write_table(table, out, row_group_size=1_500)
    elif ".json" in name:
        rows.to_json(out, orient="records", lines=True)
    else:
        rows.to_csv(out, index=False)
    data = out.getvalue()
    return gzip.compress(data, mtime=0) if name.endswith(".gz") else data


FORMATS = (
    "log.parquet", "log.arrow", "log.feather", "log.arrows", "log.csv", "log.csv.gz", "log.jsonl",
    "log.json.gz",
)  # fmt: skip


def report(log: str, *words: str) -> dict[str, object]:
    """Return the JSON report of an audit without what differs from run to run."""
    main(["audit", "params.json", log, "--format", "json", "-o", "report.json", *words])
    text = Path("report.json").read_text()
    assert not any(secret in text for secret in SECRETS)
    content = json.loads(text)
    for key in ("run", "timing", "started", "seconds", "duration_seconds"):
        content.pop(key, None)
    return content


def differing(a: object, b: object, at: str = "") -> list[str]:
    """Return where two JSON values differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        return [x for k in sorted({*a, *b}) for x in differing(a.get(k), b.get(k), f"{at}.{k}")]
    return [] if a == b else [f"{at}: {a!r} {b!r}"]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.usefixtures("here")
def test_every_format_gives_the_report_of_the_disk(
    bucket: Bucket, rows: pd.DataFrame, name: str
) -> None:
    data = write(rows.assign(fare=rows.fare * 1.3), name)
    Path(name).write_bytes(data)
    url = bucket.put(f"formats/{name}", data)
    assert differing(report(name, "--served", "none"), report(url, "--served", "none")) == []


@pytest.mark.usefixtures("here")
def test_folders_and_patterns_mean_what_they_mean_on_the_disk(
    bucket: Bucket, rows: pd.DataFrame
) -> None:
    for name in (
        "date=2026-01-01/hour=1/a.parquet", "date=2026-01-01/hour=2/a.parquet",
        "date=2026-01-02/hour=1/b.csv", "_tmp/c.csv", ".d.csv", "e.jsonl", "sp ace%3D.csv",
    ):  # fmt: skip
        Path("logs", name).parent.mkdir(parents=True, exist_ok=True)
        Path("logs", name).write_bytes(write(rows.head(50), name))
    Path("logs/_SUCCESS").touch()
    Path("logs/empty.csv").touch()
    url = bucket.upload(Path("logs"), "tree/logs")
    bucket.put("tree/logs/", b"")  # folders as consoles make them
    bucket.put("tree/logs/date=2026-01-02/", b"")
    bucket.put("tree/logs/nothing/", b"")
    for pattern in (
        "", "/", "/*.csv", "/**/*.parquet", "/date=*/hour=1/*", "/date=*", "/**", "/_tmp/*.csv",
        "/[e]*.jsonl", "/date=2026-01-0?/**/*.csv", "/e.jsonl",
    ):  # fmt: skip
        of_disk, of_bucket = open_logs(f"logs{pattern}"), open_logs(f"{url}{pattern}")
        assert of_bucket.names == of_disk.names, pattern
        assert of_bucket.unopened == of_disk.unopened, pattern
        assert [dict(f.constants) for f in of_bucket.files] == [
            dict(f.constants) for f in of_disk.files
        ]
    both = open_logs([url, f"{url}/**/*.csv"])
    assert len(both.files) == len({file.path for file in both.files})
    of_both = open_logs([f"{url}/e.jsonl", "logs/e.jsonl"])
    assert {*of_both.names} == {"logs/e.jsonl", f"{url}/e.jsonl"}


def refusal(given: str) -> str:
    with pytest.raises(LogError) as caught:
        open_logs(given)
    assert "\n" not in str(caught.value)
    assert not any(secret in str(caught.value) for secret in SECRETS)
    return str(caught.value)


def test_what_is_not_there(bucket: Bucket) -> None:
    bucket.put("some/a.csv", b"x\n1\n")
    url = f"s3://{BUCKET}"
    assert refusal(f"{url}/none.csv") == f"{url}/none.csv: no such file or folder"
    assert refusal(f"{url}/some/*.parquet").startswith(f"{url}/some/*.parquet: no file matches")
    for given in ("s3://nobody", "s3://nobody/x.csv", "s3://nobody/*.csv"):
        assert refusal(given) == f"{given}: no such bucket: mind its spelling"
    assert "names no bucket" in refusal("s3:///x.csv")


def test_a_url_has_options_and_credentials_that_nobody_sees(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("own/a.csv", b"x\n1\n")
    bucket.put("own/b.csv", b"x\n1\n")
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    query = f"endpoint_override={bucket.endpoint}&region=us-east-1"
    url = f"s3://AKIATEST:s3cr3t@{BUCKET}/own"
    assert open_logs(f"{url}/?{query}").names == ("a.csv", "b.csv")
    assert open_logs(f"{url}/?.csv?{query}").names == ("a.csv", "b.csv")
    assert refusal(f"{url}/c.csv?{query}") == f"s3://{BUCKET}/own/c.csv: no such file or folder"
    assert "no option 'regoin'" in refusal(f"{url}/c.csv?regoin=x")


def test_a_service_that_is_not_there_is_named_in_one_line(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    remote._file_system.cache_clear()
    told = refusal(f"s3://{BUCKET}/a.csv")
    remote._file_system.cache_clear()
    assert told.startswith(f"s3://{BUCKET}/a.csv: no connection to the service")


def test_an_object_that_was_cut_short(bucket: Bucket, rows: pd.DataFrame) -> None:
    for name in ("log.parquet", "log.arrow", "log.csv.gz"):
        data = write(rows, name)
        url = bucket.put(f"cut/{name}", data[: len(data) * 2 // 3])
        wanted = Wanted(numbers=frozenset(["fare"]))
        with pytest.raises(LogError, match=rf"\A{name}: [^\n]+\Z"):
            [batch.rows for batch in open_logs(url).batches(wanted)]


@pytest.mark.parametrize("name", ["log.parquet", "log.arrow", "log.arrows"])
def test_objects_that_were_put_together(bucket: Bucket, rows: pd.DataFrame, name: str) -> None:
    url = bucket.put(f"joined/{name}", write(rows, name) + write(rows.head(1_000), name))
    with pytest.raises(LogError, match=rf"\A{name}: [^\n]+ a file of its own\Z"):
        list(open_logs(url).batches(Wanted()))


def test_an_object_that_is_overwritten_while_it_is_read(bucket: Bucket, rows: pd.DataFrame) -> None:
    data = write(rows, "log.csv")
    log = open_logs(bucket.put("over/log.csv", data))
    log.files[0].check(len(rows))
    bucket.put("over/log.csv", data.replace(b"card", b"cord"))  # as long, in the same second
    with pytest.raises(LogError, match="was changed while it was read"):
        log.files[0].check(len(rows))


def test_objects_of_the_last_minutes_are_left_for_the_next_run(bucket: Bucket) -> None:
    url = bucket.put("young/a.csv", b"x\n1\n")
    with pytest.raises(NothingToTestError, match="may still grow"):
        open_logs(url, settle=timedelta(hours=1))


@pytest.mark.parametrize(
    "mark", ["_delta_log/0.json", ".hoodie/hoodie.properties", "metadata/v1.metadata.json"]
)
def test_tables_are_not_read_as_files(bucket: Bucket, mark: str) -> None:
    name = f"tables{len(mark)}"
    bucket.put(f"{name}/t/{mark}", b"{}")
    bucket.put(f"{name}/t/date=1/a.csv", b"x\n1\n")
    for given in ("", "/t", "/t/date=1/*.csv", "/t/date=1/a.csv", "/*/*/*.csv"):
        assert "hold live rows" in refusal(f"s3://{BUCKET}/{name}{given}")


def test_databases_are_not_read_from_a_url(bucket: Bucket) -> None:
    url = bucket.put("base/a.db", b"SQLite format 3\0" + bytes(500))
    assert "a database, which is read from a file on disk alone" in refusal(url)


def test_a_key_that_is_no_path_is_not_passed_over(bucket: Bucket) -> None:
    bucket.put("slashes/a//b.csv", b"x\n1\n")
    bucket.put("slashes/c.csv", b"x\n1\n")
    assert "has // in it" in refusal(f"s3://{BUCKET}/slashes")


@pytest.mark.usefixtures("here")
def test_training_data_baselines_settings_and_states(
    bucket: Bucket, rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    url = bucket.upload(Path(), "own")
    log = bucket.put("own/log.parquet", write(rows, "log.parquet"))
    assert main(["fit", f"{url}/train.csv", "-o", "again.json"]) == 0
    for name in ("again.json", "params.json"):
        Path(name).write_text(json.dumps(json.loads(Path(name).read_text())["features"]))
    assert Path("again.json").read_text() == Path("params.json").read_text()
    assert main(["fit", f"{url}/train.csv", "-o", "params.json"]) == 0
    Path("sub").mkdir()
    settings = Path("sub/skewcheck.toml")
    settings.write_text(f'reference = "{url}/train.csv"\nbaseline = "{url}/train.csv"\n')
    words = ["--config", str(settings), "--by", "payment", "--served", "none", "--state", "state"]
    capsys.readouterr()
    for _ in range(2):
        assert main(["audit", "params.json", log, "-o", "out.json", *words]) == 0
    told = capsys.readouterr()
    assert not any(secret in told.out + told.err for secret in SECRETS)
    time.sleep(2.5)
    for _ in range(2):
        assert main(["audit", "params.json", log, "-o", "out.json", *words]) == 0
    assert len(list(Path("state/files").iterdir())) == 1
    bucket.put("own/log.parquet", write(rows.assign(fare=1.0), "log.parquet"))
    assert main(["audit", "params.json", log, "-o", "out.json", *words]) == 1
    assert f"s3://{BUCKET}" not in Path("state/history.jsonl").read_text()


def test_python_takes_urls_too(bucket: Bucket, here: Path, rows: pd.DataFrame) -> None:
    url = bucket.put("python/log.parquet", write(rows, "log.parquet"))
    result = skewcheck.audit("params.json", url, served="none", reference="train.csv")
    assert result.logs.rows == len(rows)
    assert [file.path for file in find([url])[0]] == [url]

"""Processor time of an audit of Parquet on S3 (a local server) and on the disk.

Run as `python benchmarks/remote.py`; it needs moto. The server's own time does not count: it is
another process. What counts is user and system time of the audit's process.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SHAPES = {"5,000,000 x 4": (5_000_000, 4), "1,000,000 x 20": (1_000_000, 20)}
REPEATS = 3
AUDIT = """
import json, resource, sys, time
import skewcheck
began = time.perf_counter()
audit = skewcheck.audit(sys.argv[1], sys.argv[2], served="none")
use = resource.getrusage(resource.RUSAGE_SELF)
status = open("/proc/self/status").read()  # that of getrusage is the parent's, if it had more
peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
print(json.dumps({"processor": use.ru_utime + use.ru_stime, "wall": time.perf_counter() - began,
                  "peak": peak, "verdict": str(audit.verdict)}))
"""


def write(folder: Path, rows: int, columns: int) -> tuple[Path, Path]:
    """Write training parameters and a log, and return their paths."""
    rng = np.random.default_rng(1)
    table = pa.table({f"x{i}": rng.normal(i, 1 + i, rows) for i in range(columns)})
    log, train = folder / "log.parquet", folder / "train.parquet"
    pq.write_table(table, log, row_group_size=rows // 8)
    pq.write_table(table.slice(0, 100_000), train)
    parameters = folder / "params.json"
    words = ["fit", str(train), "-o", str(parameters)]
    subprocess.run([sys.executable, "-m", "skewcheck", *words], check=True, capture_output=True)
    return parameters, log


def measured(parameters: Path, log: str, environment: dict[str, str]) -> dict[str, float]:
    """Return what an audit in a process of its own takes."""
    done = subprocess.run(
        [sys.executable, "-c", AUDIT, str(parameters), log],
        check=True, capture_output=True, env=environment,
    )  # fmt: skip
    return json.loads(done.stdout)


def main() -> None:
    """Print a row for each shape."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ, "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1",
    }  # fmt: skip
    os.environ.update(environment)
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            time.sleep(3)
            client = boto3.client("s3", endpoint_url=endpoint)
            client.create_bucket(Bucket="bench")
            print("| log | disk, CPU s | S3, CPU s | ratio | disk, wall s | S3, wall s | peak MB |")
            print("|---|--:|--:|--:|--:|--:|--:|")
            for name, (rows, columns) in SHAPES.items():
                with tempfile.TemporaryDirectory() as folder:
                    parameters, log = write(Path(folder), rows, columns)
                    client.upload_file(str(log), "bench", "log.parquet")
                    runs = [
                        (measured(parameters, str(log), environment),
                         measured(parameters, "s3://bench/log.parquet", environment))
                        for _ in range(REPEATS)
                    ]  # fmt: skip
                disk, s3 = (
                    {key: statistics.median(run[i][key] for run in runs)
                     for key in ("processor", "wall", "peak")}
                    for i in (0, 1)
                )  # fmt: skip
                ratio = s3["processor"] / disk["processor"]
                print(
                    f"| {name} | {disk['processor']:.2f} | {s3['processor']:.2f} | {ratio:.2f} |"
                    f" {disk['wall']:.2f} | {s3['wall']:.2f} |"
                    f" {disk['peak']:.0f} / {s3['peak']:.0f} |"
                )
        finally:
            server.terminate()


if __name__ == "__main__":
    main()

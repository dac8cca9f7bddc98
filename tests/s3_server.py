"""A local S3 server with a bucket, for tests: moto, where it is installed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BUCKET = "prod-logs"


class Bucket:
    """The bucket of a server."""

    def __init__(self, endpoint: str, client) -> None:
        self.endpoint = endpoint
        self.client = client

    def put(self, key: str, content: bytes) -> str:
        """Write an object and return its URL."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    def upload(self, folder: Path, prefix: str) -> str:
        """Write all files of a folder below a prefix, and return the URL of that."""
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                self.put(f"{prefix}/{file.relative_to(folder).as_posix()}", file.read_bytes())
        return f"s3://{BUCKET}/{prefix}"


@contextmanager
def running() -> Iterator[Bucket]:
    """Yield a server's empty bucket, with this process and its children set up to read it."""
    server_of = pytest.importorskip("moto.server", reason="moto, a server of S3, is not installed")
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_of.ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    settings = {
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "AKIATEST",
        "AWS_SECRET_ACCESS_KEY": "s3cr3t", "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true", "no_proxy": "127.0.0.1",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        try:
            yield Bucket(endpoint, client)
        finally:
            client.close()
            server.stop()

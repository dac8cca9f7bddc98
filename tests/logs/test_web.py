"""Logs of a web server, with and without ranges of bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_s3 import FORMATS, write

from skewcheck.logs import Wanted, open_logs, web
from skewcheck.logs.spool import Spool
from skewcheck.text.errors import LogError

pytest.importorskip("aiohttp", reason="the extra https is not installed")
pytest.importorskip("fsspec", reason="the extra https is not installed")


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder; below /ranges/ by ranges, and /secret only with a password."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve(body=True)

    def do_HEAD(self) -> None:
        self._serve(body=False)

    def _serve(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/secret"):
            self.send_error(403)
            return
        if path.startswith("/broken"):
            self.send_error(500)
            return
        file = Path(self.directory, path.rpartition("/")[2])
        if not file.is_file():
            self.send_error(404)
            return
        data = file.read_bytes()
        asked = self.headers.get("Range") if path.startswith("/ranges/") else None
        if asked is None:
            self.send_response(200)
            sent = data
        else:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            sent = data[int(first) : int(last) + 1] if last else data[int(first) :]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        kind = "text/html" if file.suffix == ".html" else "application/octet-stream"
        self.send_header("Content-Type", kind)
        self.send_header("ETag", f'"{hash(data)}"')
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        if body:
            self.wfile.write(sent)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server of the temporary folder."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    web._gives_ranges.cache_clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def total(log: str) -> float:
    batches = open_logs(log).batches(Wanted(numbers=frozenset(["fare"])))
    return sum(float(np.sum(batch.columns["fare"].to_numpy(False))) for batch in batches)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read_as_from_the_disk(site: str, tmp_path: Path, name: str) -> None:
    rows = pd.DataFrame({"fare": np.arange(4_000) / 4, "payment": ["card", "cash"] * 2_000})
    (tmp_path / name).write_bytes(write(rows, name))
    there = total(str(tmp_path / name))
    assert there == rows.fare.sum()
    by_ranges = open_logs(f"{site}/ranges/{name}?X-Signature=s3cr3t")
    whole = open_logs(f"{site}/whole/{name}?X-Signature=s3cr3t")
    assert by_ranges.names == whole.names == (name,)
    assert by_ranges.files[0].size == whole.files[0].size == (tmp_path / name).stat().st_size
    assert not isinstance(by_ranges.files[0].path, Spool)
    assert isinstance(whole.files[0].path, Spool)
    assert total(f"{site}/ranges/{name}") == total(f"{site}/whole/{name}") == there
    by_ranges.files[0].check(len(rows))
    (tmp_path / name).write_bytes(write(rows * 2, name))
    if ".gz" not in name:
        with pytest.raises(LogError, match="was changed while it was read"):
            by_ranges.files[0].check(len(rows))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("none.csv", "no such file"),
        ("secret/log.csv", "no rights to read it"),
        ("broken/log.csv", "the service is out of order"),
        ("page.html", "is a web page, not a log"),
    ],
)
def test_what_is_not_given(site: str, tmp_path: Path, path: str, says: str) -> None:
    (tmp_path / "page.html").write_text("<html></html>")
    url = site.replace("//", "//user:s3cr3t@")
    with pytest.raises(LogError) as caught:
        open_logs(f"{url}/{path}?token=t0ken#x")
    assert str(caught.value).startswith(f"{site}/{path}: {says}")
    assert not any(secret in str(caught.value) for secret in ("s3cr3t", "t0ken", "\n"))


def test_no_server() -> None:
    with pytest.raises(LogError, match=r"\Ahttp://127\.0\.0\.1:1/a\.csv: no connection[^\n]*\Z"):
        open_logs("http://user:s3cr3t@127.0.0.1:1/a.csv")


def test_without_its_libraries_it_says_which_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    web._server.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "aiohttp", None)
    with pytest.raises(LogError, match=r"needs aiohttp: pip install 'skewcheck\[https\]'"):
        open_logs("https://example.org/a.csv")

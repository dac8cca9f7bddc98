"""Reports are posted to a local server: retried, kept apart from the verdict, without secrets."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rides import Captured, frame, refused

from skewcheck.cli import main
from skewcheck.outlets import webhook

SECRET = "s3cr3t-path"  # noqa: S105  # of nothing


class Server(ThreadingHTTPServer):
    """Answers as it is told, with 200 afterwards, and keeps what it got."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{SECRET}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.command, self.path, headers, body))
        status, more = self.server.answers.pop(0) if self.server.answers else (200, {})
        self.send_response(status)
        for name, value in {**more, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose address is in the environment; the working folder has a log with skew."""
    bad = frame(3)
    bad["fare"] = bad["fare"] * 1.8 + 3
    bad.to_parquet("bad.parquet")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("HOOK", running.url)
        monkeypatch.setenv("TOKEN", "Bearer t0k3n\n")
        for proxy in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.delenv(proxy, raising=False)
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, of which none is waited for."""
    found: list[float] = []
    monkeypatch.setattr(webhook.time, "sleep", found.append)
    return found


BAD = ["audit", "p.json", "bad.parquet", "--quiet"]


def test_the_report_arrives(server: Server, capsys: Captured) -> None:
    words = ["--webhook=env:HOOK", "--webhook-header=Authorization=env:TOKEN"]
    assert main([*BAD, *words, "--report=json=out.json"]) == 1
    ((method, path, headers, body),) = server.requests
    assert (method, path) == ("POST", f"/{SECRET}")
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["authorization"] == "Bearer t0k3n"
    assert body == Path("out.json").read_bytes()
    out, err = capsys.readouterr()
    assert err == ""
    assert SECRET not in out


@pytest.mark.parametrize("name", ["slack", "teams", "json"])
def test_messages_for_chats(server: Server, name: str) -> None:
    words = [f"--webhook={name}=env:HOOK", f"--report={name}=out.json"]
    assert main([*BAD, *words]) == 1
    assert [body for *_, body in server.requests] == [Path("out.json").read_bytes()]


def test_several_and_an_address_as_it_is(server: Server) -> None:
    url = f"{server.url}?a=1,2&b=x=y"
    assert main([*BAD, "--webhook", url, "--webhook", f"slack={server.url}"]) == 1
    assert [path for _, path, *_ in server.requests] == [f"/{SECRET}?a=1,2&b=x=y", f"/{SECRET}"]


@pytest.mark.parametrize("log", ["bad", "good"])
def test_only_alarms(server: Server, log: str) -> None:
    words = ["audit", "p.json", f"{log}.parquet", "--webhook=env:HOOK", "--webhook-on=alarm"]
    assert main(words) == (1 if log == "bad" else 0)
    assert len(server.requests) == (log == "bad")


def test_no_value_is_sent(server: Server) -> None:
    secret = frame(3).assign(pay="Kr7pto-4711")
    secret.to_parquet("bad.parquet")
    words = [f"--webhook={name}=env:HOOK" for name in ("json", "slack", "teams")]
    assert main([*BAD, *words]) == 1
    assert any(b"Kr7pto" in body for *_, body in server.requests)
    server.requests.clear()
    assert main([*BAD, *words, "--no-values"]) == 1
    assert len(server.requests) == 3
    assert not any(b"Kr7pto" in body for *_, body in server.requests)


@pytest.mark.parametrize(
    ("answers", "waited"),
    [
        ([(503, {})], [1.0]),
        ([(500, {}), (429, {"Retry-After": "7"})], [1.0, 7.0]),
        ([(429, {"Retry-After": "86400"})], [30.0]),
        ([(429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"})], [1.0]),
    ],
)
def test_it_is_tried_again(
    server: Server, pauses: list[float], capsys: Captured,
    answers: list[tuple[int, dict[str, str]]], waited: list[float],
) -> None:  # fmt: skip
    server.answers = [*answers]
    assert main([*BAD, "--webhook=env:HOOK"]) == 1
    assert (pauses, len(server.requests)) == (waited, len(answers) + 1)
    assert len({body for *_, body in server.requests}) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([(403, {})], "HTTP 403"),
        ([(503, {})] * 3, "HTTP 503, 3 times"),
        ([(302, {"Location": "http://127.0.0.1:1/elsewhere"})], "HTTP 302"),
        ([(307, {"Location": "file:///etc/passwd"})], "HTTP 307"),
    ],
)
def test_what_is_refused_is_told_and_changes_no_verdict(
    server: Server, pauses: list[float], capsys: Captured,
    answers: list[tuple[int, dict[str, str]]], why: str,
) -> None:  # fmt: skip
    for log, code in (("bad", 1), ("good", 0)):
        server.answers = [*answers]
        assert main(["audit", "p.json", f"{log}.parquet", "--webhook=slack=env:HOOK"]) == code
        assert capsys.readouterr().err == (
            f"skewcheck: --webhook slack=env:HOOK: not sent ({why}); the verdict stands\n"
        )
    assert len(server.requests) == 2 * len(answers)


def test_a_server_that_is_not_there_or_says_nothing(
    folder: Path, pauses: list[float], capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT", 0.05)
    words = ["audit", "p.json", "good.parquet", "--quiet", "--webhook"]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert main([*words, f"http://127.0.0.1:{port}/{SECRET}"]) == 0
        told = capsys.readouterr().err
        assert "json=http://127.0.0.1: not sent (no answer in 0.05 s, 3 times)" in told
    assert main([*words, f"http://127.0.0.1:{port}/{SECRET}"]) == 0
    told += capsys.readouterr().err
    assert "not sent (Connection refused, 3 times); the verdict stands\n" in told
    assert told.count("\n") == 2
    assert SECRET not in told
    assert pauses == [1.0, 4.0] * 2


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("--webhook=ftp://h/s3cr3t", "must be a URL of http or https, or env:NAME of"),
        ("--webhook=file:///s3cr3t", "must be a URL of http"),
        ("--webhook=slack=http:///s3cr3t", "must be a URL of http"),
        ("--webhook=http://h:s3cr3t/", "is no URL"),
        ("--webhook=http://u:s3cr3t@h/", "must have no user and password: name them by --"),
        ("--webhook=http://h/s3cr3t\x1b", "must be a URL in ASCII"),
        ("--webhook=html=http://h/s3cr3t", "no format 'html'; known are json, slack or teams"),
        ("--webhook=env:NO_SUCH", "env:NO_SUCH is not set, or empty, in the environment"),
        ("--webhook=env:BLANK", "env:BLANK is not set, or empty, in the environment"),
        ("--webhook=env:NO_URL", "env:NO_URL: must be a URL of http or https"),
        ("--webhook=env:a-b", "must name a variable of the environment after env:"),
        ("--webhook-header=A=env:NO_URL", "is for one --webhook, got 0"),
        ("--webhook=http://h/ --webhook=http://i/ --webhook-header=A=env:NO_URL",
         "is for one --webhook, got 2"),
        ("--webhook=http://h/ --webhook-header=A=s3cr3t", "must be NAME=env:VARIABLE"),
        ("--webhook=http://h/ --webhook-header=A:s3cr3t", "must be NAME=env:VARIABLE"),
        ("--webhook=http://h/ --webhook-header=A=env:LINES", "env:LINES must hold one line"),
        ("--webhook=http://h/ --webhook-header=Host=env:NO_URL", "Host is set by the request"),
        ("--webhook=http://h/ --webhook-on=skew", "must be one of always, alarm"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_told_before_the_audit(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, words: str, problem: str
) -> None:
    monkeypatch.setenv("NO_URL", "s3cr3t")
    monkeypatch.setenv("BLANK", " \n")
    monkeypatch.setenv("LINES", "s3cr3t\r\nX: y")
    told = refused(capsys, "audit", "p.json", "gone.parquet", *words.split(" "))
    assert told.startswith("--webhook")
    assert problem in told
    assert "s3cr3t" not in told


def test_a_settings_file_that_nobody_named_sends_nothing(server: Server, capsys: Captured) -> None:
    Path("skewcheck.toml").write_text('webhook = "env:HOOK"\n')
    assert refused(capsys, *BAD) == (
        "skewcheck.toml: webhook: sends data and secrets elsewhere: give it on the command line, or"
        " name this file there by --config"
    )
    Path("skewcheck.toml").write_text('webhook_header = "Authorization=env:TOKEN"\n')
    assert "skewcheck.toml: webhook_header: " in refused(capsys, *BAD, "--webhook=env:HOOK")
    Path("skewcheck.toml").write_text('webhook = ["slack=env:HOOK"]\nwebhook_on = "alarm"\n')
    assert main([*BAD, "--config=skewcheck.toml"]) == 1
    assert json.loads(server.requests[0][3])["blocks"]


def test_an_alarm_that_was_not_sent_stays_new(
    server: Server, pauses: list[float], capsys: Captured
) -> None:
    words = [*BAD, "--state=s", "--only-new-alarms", "--webhook=env:HOOK", "--webhook-on=alarm"]
    server.answers = [(403, {})]
    codes = []
    for night in range(3):
        bad = frame(4 + night)
        bad["fare"] = bad["fare"] * 1.8 + 3
        bad.to_parquet("bad.parquet")
        codes.append(main(words))
    assert codes == [1, 1, 0]
    assert len(server.requests) == 2


def test_a_file_that_cannot_be_written_keeps_no_message_back(
    server: Server, capsys: Captured
) -> None:
    assert main([*BAD, "--webhook=env:HOOK", "--report=line=no/folder"]) == 2
    assert len(server.requests) == 1


def test_an_audit_without_a_webhook_imports_no_client(folder: Path) -> None:
    code = (
        "import sys; from skewcheck.cli import main\n"
        "main(['audit', 'p.json', 'good.parquet', '--quiet'])\n"
        "clients = {'urllib.request', 'http.client', 'skewcheck.outlets.webhook'}\n"
        "print(clients & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"

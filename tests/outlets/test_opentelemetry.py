"""Gauges exported to a local collector over HTTP, and decoded by OTLP's own messages."""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rides import Captured

from skewcheck.cli import main


def test_a_missing_library_is_told_before_the_audit(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "opentelemetry.exporter", raising=False)
    for name in [name for name in sys.modules if name.startswith("opentelemetry.")]:
        monkeypatch.delitem(sys.modules, name)
    assert main(["audit", "p.json", "gone.parquet", "--opentelemetry"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("skewcheck: --opentelemetry: needs opentelemetry")
    assert told.endswith(": pip install 'skewcheck[opentelemetry]'\n")


class Collector(HTTPServer):
    """Answers with one status, and keeps the bodies that it got."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers["Content-Encoding"] == "gzip"
        self.server.bodies.append(gzip.decompress(body) if packed else body)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class TestCollector:
    """With the libraries of the extra `opentelemetry`."""

    pytestmark = pytest.mark.usefixtures("folder")

    @pytest.fixture
    def collector(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
        name = "opentelemetry.exporter.otlp.proto.http"
        pytest.importorskip(name, reason=f"no OTLP exporter: pip install {name.replace('.', '-')}")
        with Collector() as running:
            threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
            place = f"http://127.0.0.1:{running.server_port}"
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", place)
            yield running
            running.shutdown()

    def test_the_gauges_are_those_of_prometheus(
        self, collector: Collector, capsys: Captured
    ) -> None:
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
            ExportMetricsServiceRequest,
        )

        words = ["audit", "p.json", "good.parquet", "--opentelemetry", "--quiet"]
        assert main([*words, "--report=prometheus=a.prom"]) == 0
        assert capsys.readouterr().err == ""
        (body,) = collector.bodies
        (of_resource,) = ExportMetricsServiceRequest.FromString(body).resource_metrics
        attributes = {a.key: a.value.string_value for a in of_resource.resource.attributes}
        assert attributes["service.name"] == "skewcheck"
        (scope,) = of_resource.scope_metrics
        found = {
            (metric.name.replace(".", "_"), frozenset((a.key, a.value.string_value)
             for a in point.attributes)): point.as_double or float(point.as_int)
            for metric in scope.metrics for point in metric.gauge.data_points
        }  # fmt: skip
        written = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(Path("a.prom").read_text())
            for sample in family.samples
        }
        assert len(found) > 30
        assert found == written

    def test_a_collector_that_refuses_changes_no_verdict(
        self, collector: Collector, capsys: Captured
    ) -> None:
        collector.status = 400
        assert main(["audit", "p.json", "good.parquet", "--opentelemetry", "--quiet"]) == 0
        assert capsys.readouterr().err == (
            "skewcheck: --opentelemetry: not sent (the collector did not take it); the verdict"
            " stands\n"
        )

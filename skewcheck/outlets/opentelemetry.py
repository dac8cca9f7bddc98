"""OpenTelemetry: the gauges of the Prometheus report, exported once by OTLP over HTTP.

Where to, headers and time-outs are said by the exporter's own variables of the environment
(`OTEL_EXPORTER_OTLP_ENDPOINT`, `..._HEADERS`, `..._TIMEOUT`), attributes by
`OTEL_RESOURCE_ATTRIBUTES`; the exporter tries again by itself.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import skewcheck
from skewcheck.config import options as o
from skewcheck.reports.gauges import gauges, model_of
from skewcheck.results.audit import Audit
from skewcheck.text.errors import OptionName, UsageError

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricsData

_EXPORTER = "opentelemetry.exporter.otlp.proto.http.metric_exporter"


@dataclass(frozen=True, slots=True)
class OpenTelemetry:
    """The collector that the environment names; by default that of this machine."""

    @property
    def name(self) -> str:
        """Return the option."""
        return o.OPENTELEMETRY.flag

    def send(self, audit: Audit) -> str | None:
        """Export an audit; return why not: the exporter's own messages may hold addresses."""
        exporter_of = import_module(_EXPORTER).OTLPMetricExporter
        with _silent():
            try:
                exporter = exporter_of()
                result = exporter.export(measured(audit))
                exporter.shutdown()
            except Exception as error:  # whatever a client may raise: the audit stands
                return type(error).__name__
        return None if result.name == "SUCCESS" else "the collector did not take it"


def outlet() -> OpenTelemetry:
    """Return the outlet; UsageError where a library is missing."""
    try:
        import_module(_EXPORTER)
    except ModuleNotFoundError as error:
        needs = f": needs {error.name}: pip install 'skewcheck[opentelemetry]'"
        raise UsageError(OptionName("opentelemetry"), needs) from error
    return OpenTelemetry()


def measured(audit: Audit) -> MetricsData:
    """Return the gauges, named `skewcheck.NAME`, with their labels as attributes."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.resources import Resource

    reader = InMemoryMetricReader()
    named = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": "skewcheck"}
    provider = MeterProvider([reader], Resource.create(named), shutdown_on_exit=False)
    meter = provider.get_meter("skewcheck", skewcheck.__version__)
    model = model_of(audit)
    for gauge in gauges(audit):
        written = meter.create_gauge(f"skewcheck.{gauge.name}", description=gauge.description)
        for values, figure in gauge.series:
            written.set(figure, {"model": model, **dict(zip(gauge.labels, values, strict=True))})
    data = reader.get_metrics_data()
    provider.shutdown()
    if data is None:  # only of a reader that was shut down before
        raise UsageError("opentelemetry: nothing was measured")
    return data


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the exporter's log from stderr, where an audit has one line."""
    logger = logging.getLogger("opentelemetry")
    before = logger.disabled, logger.propagate, logger.handlers
    logger.propagate, logger.handlers = False, [logging.NullHandler()]
    try:
        yield
    finally:
        logger.disabled, logger.propagate, logger.handlers = before

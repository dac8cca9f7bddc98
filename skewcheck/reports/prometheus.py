"""Gauges in Prometheus' text format, for the node exporter's textfile collector.

Written by the official client; `skewcheck.reports.gauges` says what they are.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from skewcheck.reports.gauges import gauges, model_of
from skewcheck.results.audit import Audit
from skewcheck.text.printable import PLAIN, Options


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the text format; what is not known (times, thresholds) has no series."""
    registry, model = CollectorRegistry(), model_of(audit)
    for gauge in gauges(audit):
        labels = ["model", *gauge.labels]
        written = Gauge(f"skewcheck_{gauge.name}", gauge.description, labels, registry=registry)
        for values, figure in gauge.series:
            written.labels(model, *values).set(figure)
    return generate_latest(registry).decode()

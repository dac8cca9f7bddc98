"""Outlets: where an audit is sent, beside files and the screen; none changes its verdict."""

from __future__ import annotations

from typing import Protocol

from skewcheck.config import options as o
from skewcheck.config.given import Given
from skewcheck.results.audit import Audit


class Outlet(Protocol):
    """What each outlet offers."""

    @property
    def name(self) -> str:
        """How a message calls it: as it was asked for, without secrets."""
        ...

    def send(self, audit: Audit) -> str | None:
        """Send an audit; return None, or in a few words why it was not sent."""
        ...


def outlets(given: Given) -> list[Outlet]:
    """Return the outlets that options ask for; none of their libraries is imported without one.

    Raises UsageError for what cannot be sent, whatever the audit says: before it, not after.
    """
    found: list[Outlet] = []
    if o.WEBHOOK.of(given) or o.WEBHOOK_HEADER.of(given):
        from skewcheck.outlets.webhook import webhooks

        found += webhooks(given)
    if o.MLFLOW.of(given):
        from skewcheck.outlets import mlflow

        found.append(mlflow.outlet())
    if o.OPENTELEMETRY.of(given):
        from skewcheck.outlets import opentelemetry

        found.append(opentelemetry.outlet())
    return found

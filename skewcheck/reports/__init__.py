"""Reports: one module per format, each turns an audit into text."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from skewcheck.auditing import Audit
from skewcheck.reports import json, terminal
from skewcheck.reports.text import PLAIN, Options


class Report(Protocol):
    """What each format offers."""

    def __call__(self, audit: Audit, options: Options = PLAIN) -> str:
        """Return the whole report, its last line ended."""
        ...


FORMATS: Mapping[str, Report] = MappingProxyType(
    {
        "terminal": terminal.render,
        "json": json.render,
    }
)

__all__ = ["FORMATS", "PLAIN", "Options", "Report"]

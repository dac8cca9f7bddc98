"""Reports: one module per format, each turns an audit into text."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Protocol

from skewcheck.auditing import Audit
from skewcheck.reports.text import PLAIN, Options


class Report(Protocol):
    """What each format offers."""

    def __call__(self, audit: Audit, options: Options = PLAIN) -> str:
        """Return the whole report, its last line ended."""
        ...


def _report(module: str) -> Report:
    """Return a module's `render`; the module is imported when its format is asked for."""

    def render(audit: Audit, options: Options = PLAIN) -> str:
        found: Report = import_module(f"skewcheck.reports.{module}").render
        return found(audit, options)

    return render


FORMATS: Mapping[str, Report] = MappingProxyType(
    {
        "terminal": _report("terminal"),
        "json": _report("json"),
    }
)

__all__ = ["FORMATS", "PLAIN", "Options", "Report"]

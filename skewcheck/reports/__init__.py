"""Reports: one module per format, each turns an audit into text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Protocol

from skewcheck.auditing import Audit
from skewcheck.errors import UsageError
from skewcheck.reports.text import PLAIN, Options


class Report(Protocol):
    """What each format offers."""

    def __call__(self, audit: Audit, options: Options = PLAIN) -> str:
        """Return the whole report, its last line ended."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A report whose module, with all that it imports, is loaded when it is asked for."""

    name: str

    def load(self) -> Report:
        """Return it; raises UsageError that names a library which is not installed."""
        try:
            found: Report = import_module(f"skewcheck.reports.{self.name}").render
        except ModuleNotFoundError as error:
            missing = error.name or "a library"
            if missing.partition(".")[0] == "skewcheck":
                raise
            raise UsageError(
                f"--format {self.name} needs {missing}: pip install 'skewcheck[{self.name}]'"
            ) from error
        return found

    def __call__(self, audit: Audit, options: Options = PLAIN) -> str:
        """Return the whole report, its last line ended."""
        return self.load()(audit, options)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {name: Format(name) for name in ("terminal", "json", "html")}
)

__all__ = ["FORMATS", "PLAIN", "Format", "Options", "Report"]

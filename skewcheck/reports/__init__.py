"""Reports: one module per format, each turns an audit into text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Protocol

from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.printable import PLAIN, Options

if TYPE_CHECKING:
    from skewcheck.results.audit import Audit


class Report(Protocol):
    """What each format offers."""

    def __call__(self, audit: Audit, options: Options = PLAIN) -> str:
        """Return the whole report, its last line ended."""
        ...


def _report(module: str) -> Report:
    """Return a module's `render`; the module is imported when its format is asked for."""

    def render(audit: Audit, options: Options = PLAIN) -> str:
        report: Report = _module(module).render
        return report(audit, options)

    return render


FORMATS: Mapping[str, Report] = MappingProxyType(
    {
        "terminal": _report("terminal"),
        "json": _report("json"),
        "markdown": _report("markdown"),
        "html": _report("html"),
        "github": _report("github"),
        "junit": _report("junit"),
        "gitlab": _report("gitlab"),
        "sarif": _report("sarif"),
        "prometheus": _report("prometheus"),
        "line": _report("line"),
        "table": _report("table"),
        "slack": _report("slack"),
        "teams": _report("teams"),
    }
)


def check(formats: Iterable[str]) -> None:
    """Raise UsageError where the library of a format is missing: before an audit, not after."""
    for name in formats:
        _module(name)


def in_file(audit: Audit, name: str, path: str, options: Options = PLAIN) -> str | bytes:
    """Return what a file is to hold: a table is Parquet if the file's name ends so."""
    if name == "table" and path.endswith(".parquet"):
        content: bytes = _module(name).parquet(audit)
        return content
    return FORMATS[name](audit, options)


def _module(name: str) -> ModuleType:
    try:
        return import_module(f"skewcheck.reports.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("skewcheck"):
            raise
        # A format that needs a library has an extra of its own name.
        needs = f" needs {error.name}: pip install 'skewcheck[{name}]'"
        raise UsageError(OptionName("format", name), needs) from error


__all__ = ["FORMATS", "PLAIN", "Options", "Report", "check", "in_file"]

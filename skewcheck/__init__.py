"""skewcheck: what production does to your features that training did not.

`skewcheck.audit(parameters, logs)`, `skewcheck.fit(train)`, `skewcheck.load(path)`.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes time in which Ctrl-C would leave a traceback
if TYPE_CHECKING:
    from skewcheck.api import apply, diff, export, fit, inject, load, power, render, save
    from skewcheck.auditing import audit
    from skewcheck.bisecting import bisect
    from skewcheck.features.types import Parameters
    from skewcheck.lock.conformance import check_rows, rows
    from skewcheck.lock.verify import verify
    from skewcheck.profiling import profile
    from skewcheck.profiling.profiler import Profiler
    from skewcheck.reports.notebook.of_audit import html_of_audit as html_of_audit
    from skewcheck.reports.notebook.of_parameters import html_of_parameters as html_of_parameters
    from skewcheck.reports.notebook.of_power import html_of_power as html_of_power
    from skewcheck.reports.plotting import plot_of_audit as plot_of_audit
    from skewcheck.reports.settings_file import init
    from skewcheck.results.audit import Audit
    from skewcheck.results.policy import Policy
    from skewcheck.results.verdicts import Verdict
    from skewcheck.text.errors import SkewcheckError
    from skewcheck.training.capture import capture

__version__ = "1.0.0rc1"
__all__ = [
    "Audit", "Parameters", "Policy", "Profiler", "SkewcheckError", "Verdict",
    "apply", "audit", "bisect", "capture", "check_rows", "diff", "export", "fit", "init", "inject",
    "load", "power", "profile", "render", "rows", "save", "verify",
]  # fmt: skip

_HOMES = {
    "Audit": "results.audit", "audit": "auditing", "bisect": "bisecting",
    "Parameters": "features.types",
    "Policy": "results.policy", "Verdict": "results.verdicts", "SkewcheckError": "text.errors",
    "capture": "training.capture", "init": "reports.settings_file", "verify": "lock.verify",
    "profile": "profiling", "Profiler": "profiling.profiler",
    "rows": "lock.conformance", "check_rows": "lock.conformance",
}  # fmt: skip
_OF_RESULTS = {
    "html_of_audit": "reports.notebook.of_audit", "plot_of_audit": "reports.plotting",
    "html_of_parameters": "reports.notebook.of_parameters",
    "html_of_power": "reports.notebook.of_power",
}  # fmt: skip
"""What methods of results do by rooms above theirs, where a notebook asks for it: not public."""


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: `skewcheck --help` needs none of them."""
    if name not in __all__ and name not in _OF_RESULTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = _OF_RESULTS.get(name) or _HOMES.get(name, "api")
    value: object = getattr(import_module(f"skewcheck.{home}"), name)
    globals()[name] = value
    return value

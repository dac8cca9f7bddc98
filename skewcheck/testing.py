"""For tests: features that a pipeline makes must be those that the model was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from skewcheck.api import audit
from skewcheck.config.given import Origin
from skewcheck.config.keywords import settings_for
from skewcheck.reports import FORMATS, Options
from skewcheck.text.errors import SkewcheckError, naming

if TYPE_CHECKING:
    from skewcheck.auditing import Sources
    from skewcheck.config.typed import AuditOptions
    from skewcheck.config.types import Settings
    from skewcheck.features.types import Parameters
    from skewcheck.parameters import Place
    from skewcheck.results.audit import Audit

__all__ = ["assert_no_skew"]

_WIDTH = 72
"""pytest indents what it shows by eight columns."""


def assert_no_skew(
    parameters: Place | Parameters,
    logs: Sources,
    *,
    reference: Sources | None = None,
    settings: Settings | None = None,
    policy_lock: str | Path | None = None,
    **options: Unpack[AuditOptions],
) -> Audit:
    """Audit logs as `skewcheck.audit` does; AssertionError with the report if there is skew.

    Too few rows to say so fail as well, as a test that shows nothing must not pass:
    `inconclusive="pass"` lets them. `fail_on="warn"` fails on warnings. What keeps an audit from a
    verdict (no such file, no row) is raised as it is, a SkewcheckError. Returns the audit.
    """
    __tracebackhide__ = True  # pytest then points to the caller's line
    try:
        chosen = settings_for("assert_no_skew", settings, options)
        with naming(Origin("function", "assert_no_skew")):
            result = audit(
                parameters, logs, reference=reference, settings=chosen, policy_lock=policy_lock
            )
    except SkewcheckError as error:
        # Its line says all there is to know: pytest would show every function below this one.
        raise error.with_traceback(None) from None
    if result.exit_code:
        raise AssertionError(FORMATS["terminal"](result, Options(width=_WIDTH)).rstrip())
    return result

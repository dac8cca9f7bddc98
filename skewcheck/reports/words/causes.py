"""A diagnosis as a cause: one sentence of how many rows, where, and what was done to them."""

from __future__ import annotations

from dataclasses import replace

from skewcheck import causes
from skewcheck.causes import Diagnosis
from skewcheck.reports.words.places import sentence
from skewcheck.results.audit import Cause
from skewcheck.text.numbers import percent

_FAINT = frozenset({"wrong_ddof", "precision_loss"})
"""Faults so small that some rows with them round to what training serves."""
_AS_LOGGED = (
    ("from raw values that ", "with values that "), ("from raw values ", ""),
    ("from a raw column that ", "in a column that "), ("from the ", "as the "),
)  # fmt: skip
"""What was done to raw values, told without saying that anything was served."""


def cause_of(found: Diagnosis, *, raw: bool = False) -> Cause:
    """Return the cause that a report shows.

    What is no surer than drift, or a rival, only "may have been"; `raw` causes are seen in the
    raw column: its values were logged so, whatever was served.
    """
    cause = Cause(found.code, found.share, found.confidence, "", found.parameters)
    if found.where is not None:
        cause = replace(
            cause, where=found.where.text, purity=found.where.purity, coverage=found.where.coverage
        )
    if found.code == "drift":
        text = f"the distribution{sentence(cause)} moved, and no mechanism explains it as a whole"
    else:
        every, share = found.share > 0.9999, percent(found.share)
        faint = found.code in _FAINT and not every
        rows = "rows" if faint else "all rows" if every else f"{share} of the rows"
        were = "were" if found.confidence > causes.OPEN else "may have been"
        text = f"{rows}{sentence(cause)} {were} {_done(found.did, raw=raw)}"
        if faint:
            text += f", visible in {share} of the rows"
        if found.negligible:
            text += ": less than matters, or the digits that the file was written with"
    return replace(cause, message=text)


def _done(did: str, *, raw: bool) -> str:
    if not raw:
        return f"served {did}"
    for served, logged in _AS_LOGGED:
        if did.startswith(served):
            return f"logged {logged}{did.removeprefix(served)}"
    return f"logged {did}"

"""What an audit did not test, and what holds it up, in words."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.reports.words.reasons import reason_text
from skewcheck.results.audit import Audit
from skewcheck.results.gate import Hold, NotTested, UnaskedServed
from skewcheck.text.numbers import shortened

_NOT_TESTED = {
    "raw_only": "raw values only{of}: whether serving normalizes as training did was not tested",
    "served_only": (
        "served values only{of}: whether each is the training normalization of its raw value was"
        " not tested"
    ),
    "dependence": "dependence between features{of} was not tested",
}
_MOST_NAMES = 3
"""Names of features or columns in a sentence of a whole audit."""


def not_tested(audit: Audit) -> str:
    """Return in one line what no test looked at; empty where there is nothing such."""
    return "; ".join(map(not_tested_text, audit.not_tested))


def not_tested_text(left_out: NotTested) -> str:
    """Return one thing that no test looked at."""
    names = shortened(left_out.features, _MOST_NAMES)
    return _NOT_TESTED[left_out.code].format(of=f" of {names}" if names else "")


def hold_text(hold: Hold) -> str:
    """Return what keeps an audit from passing, and the option that decides it."""
    if hold.served is not None:
        return _unasked(hold.served)
    names = shortened(hold.features, _MOST_NAMES)
    why = "" if hold.reason is None else reason_text(hold.reason)
    table = f'[features."{hold.features[0]}"] untested = "pass"'
    each = "lets it pass" if len(hold.features) == 1 else "and so on let them pass"
    return f"not compared with training: {names}: {why}; {table} {each}"


def _unasked(served: UnaskedServed) -> str:
    columns = shortened(served.columns, _MOST_NAMES)
    look, them = ("looks", "it") if len(served.columns) == 1 else ("look", "them")
    return (
        f"{columns} {look} like served values, which were not tested: {_option(served)} {them},"
        " --served none says that there are none"
    )


def _option(served: UnaskedServed) -> str:
    """Return the option that would test columns, and the verb for it."""
    if served.template is not None and served.of_most:
        return f"--served '{served.template}' tests"
    column = served.template
    if column is None:
        if len(served.columns) > len(served.features):
            return "--served with a template that gives their names tests"
        column = served.columns[0]
    table = f'[features."{served.features[0]}"] served = "{column}"'
    return f"{table} tests" if len(served.features) == 1 else f"{table} and so on test"


def why_held(holds: Sequence[Hold]) -> list[str]:
    """Return in a few words why an audit without skew is inconclusive, beside too little data."""
    untested = sum(len(hold.features) for hold in holds if hold.code == "untested")
    words = []
    if any(hold.code == "served_unasked" for hold in holds):
        words.append("columns that look like served values were not tested")
    if untested:
        features = "feature was" if untested == 1 else "features were"
        words.append(f"{untested:,} {features} not compared with training")
    return words

"""What an audit did not test, and what holds it up, in words."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.reports.words.coverage import coverage_text
from skewcheck.reports.words.phrases import names
from skewcheck.reports.words.reasons import reason_text
from skewcheck.results.audit import Audit
from skewcheck.results.gate import Hold, NotTested, UnaskedServed
from skewcheck.text.printable import printable

_NOT_TESTED = {
    "raw_only": "raw values only{of}: whether serving normalizes as training did was not tested",
    "served_only": (
        "served values only{of}: whether each is the training normalization of its raw value was"
        " not tested"
    ),
    "dependence": "dependence between features{of} was not tested",
    "calendar": "whether the calendar features{of} are those of each row's time was not tested",
}
_MOST_NAMES = 3
"""Names of features or columns in a sentence of a whole audit."""
_NAME = 60
"""Characters of a name that is to be written into an option."""


def not_tested(audit: Audit) -> str:
    """Return in one line what no test looked at; empty where there is nothing such."""
    return "; ".join(map(not_tested_text, audit.not_tested))


def not_tested_text(left_out: NotTested) -> str:
    """Return one thing that no test looked at."""
    of = f" of {names(left_out.features, _MOST_NAMES)}" if left_out.features else ""
    return _NOT_TESTED[left_out.code].format(of=of)


def hold_text(hold: Hold) -> str:
    """Return what keeps an audit from passing, and the option that decides it."""
    if hold.served is not None:
        return _unasked(hold.served)
    if hold.coverage is not None:
        return coverage_text(hold.coverage)
    if hold.lists:
        path = printable(hold.lists[0], _NAME)
        return (
            f"only one element is read of {names(hold.lists, _MOST_NAMES)}, and others hold values:"
            f" --raw '{path}[].{{feature}}' and the like read all, --raw '{path}[0].{{feature}}'"
            " says that one is meant"
        )
    why = "" if hold.reason is None else printable(reason_text(hold.reason), 200)
    passes = "lets it pass" if len(hold.features) == 1 else "and so on let them pass"
    listed = names(hold.features, _MOST_NAMES)
    table = f'{_table(hold.features[0])} untested = "pass"'
    return f"not compared with training: {listed}: {why}; {table} {passes}"


def _table(feature: str) -> str:
    """Return the head of the table of options of a feature."""
    return f'[features."{printable(feature, _NAME)}"]'


def _unasked(served: UnaskedServed) -> str:
    columns = names(served.columns, _MOST_NAMES)
    if not served.likely:
        table = f"{_table(served.features[0])} served"
        return (
            f"no column holds what training makes of {names(served.features, _MOST_NAMES)}, where"
            f' columns of other features do; it may be in {columns}: {table} = "COLUMN" tests'
            f' it, {table} = "none" says that there is none'
        )
    look, them = ("looks", "it") if len(served.columns) == 1 else ("look", "them")
    return (
        f"{columns} {look} like served values, which were not tested: {_option(served)} {them},"
        " --served none says that there are none"
    )


def _option(served: UnaskedServed) -> str:
    """Return the option that would test columns, and the verb for it."""
    if served.template is not None and served.of_most:
        return f"--served '{printable(served.template, _NAME)}' tests"
    column = served.template
    if column is None:
        if len(served.columns) > len(served.features):
            return "--served with a template that gives their names tests"
        column = served.columns[0]
    table = f'{_table(served.features[0])} served = "{printable(column, _NAME)}"'
    return f"{table} tests" if len(served.features) == 1 else f"{table} and so on test"


def why_held(holds: Sequence[Hold]) -> list[str]:
    """Return in a few words why an audit without skew is inconclusive, beside too little data."""
    untested = sum(len(hold.features) for hold in holds if hold.code == "untested")
    words = []
    if any(hold.coverage is not None for hold in holds):
        words.append("rows of the log were not audited")
    if any(hold.lists for hold in holds):
        words.append("elements of lists were not read")
    if any(hold.code == "served_unasked" for hold in holds):
        words.append("columns that look like served values were not tested")
    if untested:
        features = "feature was" if untested == 1 else "features were"
        words.append(f"{untested:,} {features} not compared with training")
    return words

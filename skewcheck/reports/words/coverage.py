"""What became of the rows of a log, in words."""

from __future__ import annotations

from skewcheck.reports.words.phrases import names
from skewcheck.results.gate import Coverage, Loss
from skewcheck.text.numbers import percent
from skewcheck.text.printable import count, printable

_LOST = {
    "featureless": "{rows} without a value of any feature",
    "untimed": "{rows} without a time that can be read in {column}",
    "later": "{rows} with a time in {column} after the run's",
    "cut": "{files} without an end, from which rows may be missing",
}
_MOST_FILES = 3
"""Files named for each loss."""


def coverage_text(coverage: Coverage | None) -> str:
    """Return in one line which rows were not audited; empty where all were.

    Rows outside of the time asked for are told as well: a clock that is wrong puts them there.
    """
    if coverage is None or not (coverage.losses or coverage.outside):
        return ""
    lost = [_loss(loss, coverage) for loss in coverage.losses]
    share = f" ({percent(coverage.share)} not audited)" if coverage.share else ""
    outside = f", {coverage.outside:,} outside of the time asked for" if coverage.outside else ""
    read = f"{count(coverage.parsed, 'row')} read, {coverage.audited:,} audited{outside}"
    return f"{read}{share}: {'; '.join(lost)}" if lost else read


def _loss(loss: Loss, coverage: Coverage) -> str:
    column = "" if coverage.column is None else printable(coverage.column, 40)
    text = _LOST[loss.code].format(
        rows=f"{loss.rows:,}", files=count(loss.rows, "file"), column=column
    )
    return f"{text}, in {names(tuple(loss.files), _MOST_FILES)}" if loss.files else text

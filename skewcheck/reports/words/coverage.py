"""What became of the rows of a log, in words."""

from __future__ import annotations

from skewcheck.reports.words.phrases import names
from skewcheck.results.account import Account
from skewcheck.results.gate import Coverage, Loss
from skewcheck.text.numbers import percent
from skewcheck.text.printable import count, printable

_LOST = {
    "undecoded": "{rows} that cannot be decoded, the first record {first}",
    "unmatched": "{rows} with an id that no other has",
    "duplicate": "{rows} that repeat an id",
    "late": "{rows} too far from the other in time",
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
    if coverage is None or not (
        coverage.losses or coverage.outside or coverage.other or coverage.joined or coverage.records
    ):
        return ""
    lost = [_loss(loss, coverage) for loss in coverage.losses]
    share = f" ({percent(coverage.share)} not audited)" if coverage.share else ""
    outside = f", {coverage.outside:,} outside of the time asked for" if coverage.outside else ""
    other = f", {coverage.other:,} of another kind" if coverage.other else ""
    joined = f", {coverage.joined:,} joined to others" if coverage.joined else ""
    audited = f"{coverage.audited:,} audited{joined}{outside}{other}"
    records = "" if coverage.records is None else f" of {count(coverage.records, 'record')}"
    read = f"{count(coverage.parsed, 'row')}{records} read, {audited}"
    return f"{read}{share}: {'; '.join(lost)}" if lost else read


def account_text(account: Account) -> str:
    """Return in one line what was read, and which columns were used and which not."""
    files = f"{count(account.files, 'file')} of {_bytes(account.size)}"
    files += f" beside {count(account.marks, 'mark')} of writers" if account.marks else ""
    sides = f"features with columns: {account.raw:,} (raw), {account.served:,} (served)"
    without = f"; no column: {names(account.without, _MOST_FILES)}" if account.without else ""
    ignored = f"; {count(account.ignored, 'column')} not used" if account.ignored else ""
    if account.ignored_names:
        listed = names(account.ignored_names, _MOST_FILES)
        more = account.ignored > len(account.ignored_names)
        ignored += f": {listed}{' ...' if more else ''}"
    return f"read: {files}; {sides}{without}{ignored}"


def _bytes(size: int) -> str:
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= least:
            return f"{size / least:.3g} {unit}"
    return count(size, "byte")


def _loss(loss: Loss, coverage: Coverage) -> str:
    column = "" if coverage.column is None else printable(coverage.column, 40)
    first = "" if loss.first is None else f"{loss.first[1] + 1:,} of {printable(loss.first[0], 80)}"
    text = _LOST[loss.code].format(
        rows=f"{loss.rows:,}", files=count(loss.rows, "file"), column=column, first=first
    )
    return f"{text}, in {names(tuple(loss.files), _MOST_FILES)}" if loss.files else text

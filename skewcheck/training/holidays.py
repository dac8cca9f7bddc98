"""Read the holidays that `fit` is given: dates, or a file of these."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from skewcheck.features.calendar import Holidays
from skewcheck.features.dates import day_of
from skewcheck.parameters.holidays import MAX_HOLIDAYS
from skewcheck.text.errors import UsageError
from skewcheck.text.printable import repr_text

MAX_BYTES = 2**20
"""Size of a file: 10,000 dates with names take less."""
_HEADS = ("date", "day", "ds", "holiday_date", "datum")
"""What the column of dates is called; without a header it is the first."""


def holidays_of(given: str | Path | Sequence[date | str]) -> Holidays:
    """Return holidays: of a file, or of dates themselves.

    A file is text with a date in ISO 8601 a line, or CSV with a column of these. Blank lines and
    what follows a `#` are left out. All holidays are taken to be known from the first to the last;
    a line with an interval, `2026-01-01/2026-12-31`, says that they are in all of its days.
    UsageError names the file and the line of what is no date.
    """
    if isinstance(given, str | Path):
        return _of_cells(str(given), _cells(Path(given)))
    texts = (day.isoformat() if isinstance(day, date) else day for day in given)
    return _of_cells("holidays", enumerate(texts, 1), "value")


def _cells(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number of each line and its date, as text."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: cannot read holidays from it, as it is no UTF-8 text") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot read holidays from it ({error.strerror})") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{path}: larger than 1 MiB: holidays are one date a line")
    place, first = 0, True
    for number, line in enumerate(io.StringIO(text), 1):
        bare = line.partition("#")[0].strip()
        if not bare:
            continue
        mark = max(",;\t", key=bare.count)
        try:
            cells = [c.strip() for c in next(csv.reader([bare], delimiter=mark, strict=True))]
        except csv.Error as error:
            raise UsageError(
                f"{path}: line {number} is no line of CSV: close its quotes"
            ) from error
        heads = [cell.lower() for cell in cells]
        if first and (named := [head for head in _HEADS if head in heads]):
            place = heads.index(named[0])
        else:
            yield number, cells[place] if place < len(cells) else ""
        first = False


def _of_cells(name: str, cells: Iterable[tuple[int, str]], unit: str = "line") -> Holidays:
    days, bounds = set(), []
    for number, text in cells:
        ends = [day_of(end.strip()) for end in text.split("/")]
        known = [end for end in ends if end is not None]
        if len(known) != len(ends) or len(ends) > 2 or known != sorted(known):
            raise UsageError(
                f"{name}: {unit} {number}: {repr_text(text)} is no date: write it as 2026-12-24,"
                " and the days that the list is of as 2026-01-01/2026-12-31"
            )
        bounds += known
        if len(known) == 1:
            days.add(known[0])
        if len(days) > MAX_HOLIDAYS:
            raise UsageError(f"{name}: more than {MAX_HOLIDAYS:,} holidays")
    if not days:
        raise UsageError(f"{name}: has no date: write a holiday a line, as 2026-12-24")
    return Holidays(tuple(sorted(days)), min(bounds), max(bounds))

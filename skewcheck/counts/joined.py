"""The account of records that were joined, beside that of the rows which they became."""

from __future__ import annotations

from collections.abc import Iterable

from skewcheck.counts.intake import Intake, RowCounts
from skewcheck.logs.join.records import JoinedRecords


def intake_of(joined: Iterable[JoinedRecords]) -> Intake:
    """Return what became of the records that begin no row."""
    intake = Intake()
    for records in joined:
        counts = RowCounts(
            cut=records.cut,
            undecoded=records.undecoded,
            other=records.other,
            joined=records.joined,
            unmatched=records.unmatched,
            duplicate=records.duplicate,
            late=records.late,
        )
        intake += Intake.of(records.file, counts, records.first_undecoded)
    return intake

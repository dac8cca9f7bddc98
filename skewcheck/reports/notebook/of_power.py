"""What a notebook shows of the power of an audit: the smallest changes that it detects."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.reports.notebook.fragment import cell, fragment, paragraph, row
from skewcheck.reports.power import COLUMNS, alarms, cells, head, kept_columns
from skewcheck.simulate.power import AuditPower
from skewcheck.text.printable import printable


def html_of_power(power: AuditPower) -> str:
    """Return the fragment, under 60 kB; names of features are text in it."""
    kept = kept_columns(power)
    heads = ("feature", *(COLUMNS[i] for i in kept))
    parts = [paragraph(head(power)), paragraph(alarms(power))]
    return fragment(parts, heads, _rows(power, kept), len(power.features))


def _rows(power: AuditPower, kept: list[int]) -> Iterator[str]:
    for feature in power.features:
        changes = cells(feature)
        yield row(map(cell, [printable(feature.name), *(changes[i] or "-" for i in kept)]))

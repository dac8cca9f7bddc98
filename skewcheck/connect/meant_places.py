"""The places of a log that a layout names."""

from __future__ import annotations

from skewcheck.config.layouts import Layout
from skewcheck.connect.records import Findings
from skewcheck.text.errors import OptionName, UsageError


def inside(findings: Findings, layout: Layout, name: str) -> Findings:
    """Return the records and vectors at or below the paths of a layout; UsageError without any."""

    def lies(path: str) -> bool:
        bare = path.replace("[]", "")
        return any(
            not top or bare == top or bare.startswith((f"{top}.", f"{top}["))
            for top in layout.inside
        )

    records = tuple(r for r in findings.records if lies(r.path) or "" in layout.inside)
    vectors = tuple(v for v in findings.vectors if lies(v.path))
    if not records and not vectors:
        raise UsageError(
            OptionName("layout", layout.name),
            f": {name} has no records in {', '.join(layout.inside)}: another layout?",
        )
    return Findings(records, vectors)

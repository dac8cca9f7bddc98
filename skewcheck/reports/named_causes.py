"""What an audit names, feature by feature, without figures and bars."""

from __future__ import annotations

import textwrap

from skewcheck.reports.words.causes import sentence
from skewcheck.results.audit import Audit
from skewcheck.text.printable import printable


def named_causes(audit: Audit, width: int = 80) -> str:
    """Return the first cause of each feature that has one, in the order of the parameter file."""
    lines: list[str] = []
    for feature in audit.features:
        for cause in feature.causes[:1]:
            text = f"  {printable(feature.name, 40)}: {sentence(cause)}"
            lines += textwrap.wrap(text, width, subsequent_indent=" " * 6, break_on_hyphens=False)
    return "\n".join(lines) + "\n"

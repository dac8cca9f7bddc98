"""What one feature in one night cannot show: its figures, taken from the pages that have them.

`python benchmarks/together.py` puts them at the end of CALIBRATION.md, as `make calibration` does.
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE / "CALIBRATION.md"
HEADING = "## What one feature in one night cannot show\n"
SOURCES = {
    "DEPENDENCE.md": ("Dependence between features, beside a classifier and MMD", (0,)),
    "CALENDAR.md": ("Nights with a rhythm; then as tests without strata compare", (0, 1)),
    "NIGHTS.md": ("Clean years, nights until an alarm, bounds, whole audits", (0, 1, 2, 3)),
}
"""By page: a caption, and which of its tables."""
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)


def section() -> str:
    """Return the section; a page or a table that is missing is an error."""
    text = HEADING
    for name, (caption, chosen) in SOURCES.items():
        tables = TABLE.findall((HERE / name).read_text())
        text += f"\n{caption} ([{name}]({name})):\n\n" + "\n".join(tables[i] for i in chosen)
    return text


def main() -> None:
    """Replace the section of the page."""
    before = PAGE.read_text().partition(HEADING)[0].rstrip()
    PAGE.write_text(f"{before}\n\n{section()}")


if __name__ == "__main__":
    main()

"""Print what the changelog says of a version, whose tag it is given: `release_notes.py v1.2.3`.

Ends with 1 where the tag is not the version of the package, or the changelog has no section of it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def notes(tag: str, changelog: str, package: str) -> str:
    """Return the section `## 1.2.3` or `## 1.2.3 - 2026-12-01` of a changelog, without its heading.

    ValueError for a tag that is not `v` and the `__version__` of the package's text, and for a
    section that is missing or empty.
    """
    found = re.search(r'^__version__ = "([^"]+)"$', package, re.MULTILINE)
    version = found[1] if found else "unknown"
    if tag != f"v{version}":
        raise ValueError(f"tag {tag}: the package has version {version}")
    section = re.search(
        rf"^## {re.escape(version)}(?: - \d{{4}}-\d\d-\d\d)?\n(.*?)(?=^## |\Z)",
        changelog, re.MULTILINE | re.DOTALL,
    )  # fmt: skip
    if section is None or not section[1].strip():
        raise ValueError(f"CHANGELOG.md has no section ## {version}, or an empty one")
    return section[1].strip() + "\n"


if __name__ == "__main__":
    try:
        print(notes(sys.argv[1], (ROOT / "CHANGELOG.md").read_text("utf-8"),
                    (ROOT / "skewcheck" / "__init__.py").read_text("utf-8")), end="")  # fmt: skip
    except ValueError as error:
        sys.exit(str(error))

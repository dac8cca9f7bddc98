"""Whether two audits say the same: verdicts, causes and all figures to 1e-9."""

from __future__ import annotations

import json
import math

from skewcheck.reports.json import render
from skewcheck.results.audit import Audit

_OF_A_RUN = frozenset({"run", "account", "notes"})
"""Members of a report that tell when it was made, the bytes of files, and how rows were read."""


def report(audit: Audit) -> dict[str, object]:
    """Return the JSON report without what a run may have for itself."""
    members = json.loads(render(audit))
    return {key: value for key, value in members.items() if key not in _OF_A_RUN}


def differences(a: object, b: object, path: str = "") -> list[str]:
    """Return where two reports differ by more than the order of sums may make them."""
    if isinstance(a, dict) and isinstance(b, dict):
        if a.keys() != b.keys():
            return [f"{path}: {sorted(a.keys() ^ b.keys())}"]
        return [d for key in a for d in differences(a[key], b[key], f"{path}.{key}")]
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return [f"{path}: {len(a)} and {len(b)}"]
        pairs = zip(a, b, strict=True)
        return [d for i, (x, y) in enumerate(pairs) for d in differences(x, y, f"{path}[{i}]")]
    if isinstance(a, float) and isinstance(b, float | int):
        return [] if math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) else [f"{path}: {a} {b}"]
    return [] if a == b else [f"{path}: {a!r} {b!r}"]

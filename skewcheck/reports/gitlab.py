"""GitLab's Code Quality report: what merge requests show beside the diff.

One entry per feature in trouble. Its fingerprint stays as long as the same feature has the same
cause (or fails the same test), so that GitLab tells what is new from what was there before.
"""

from __future__ import annotations

import json

from skewcheck.reports.findings import findings
from skewcheck.reports.places import places
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options

_SEVERITIES = {Verdict.SKEW: "critical", Verdict.INCONCLUSIVE: "major", Verdict.WARN: "minor"}


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return a JSON array in ASCII; empty where nothing is wrong."""
    found = findings(audit)
    where = places(audit.parameters_path, [finding.feature for finding in found])
    entries = [
        {
            "description": finding.message,
            "check_name": finding.code,
            "fingerprint": finding.fingerprint,
            "severity": _SEVERITIES[finding.verdict],
            "location": {
                # GitLab refuses an entry without a path.
                "path": where.path or "parameters",
                "lines": {"begin": where.lines.get(finding.feature, 1)},
            },
        }
        for finding in found
    ]
    return json.dumps(entries, indent=2) + "\n"

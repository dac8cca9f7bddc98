"""GitLab Code Quality report, shown beside the diff of a merge request.

One entry per feature in trouble. Its fingerprint stays as long as the same feature has the same
cause (or fails the same test), so that GitLab tells what is new from what was there before.
"""

from __future__ import annotations

import json

from skewcheck.reports.annotations import annotated
from skewcheck.reports.places import places
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options

_SEVERITIES = {Verdict.SKEW: "critical", Verdict.INCONCLUSIVE: "major", Verdict.WARN: "minor"}


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return a JSON array in ASCII; empty where nothing is wrong."""
    annotations = annotated(audit)
    where = places(audit.parameters_path, [annotation.feature for annotation in annotations])
    entries = [
        {
            "description": annotation.message,
            "check_name": annotation.code,
            "fingerprint": annotation.fingerprint,
            "severity": _SEVERITIES[annotation.verdict],
            "location": {
                # GitLab refuses an entry without a path.
                "path": where.path or "parameters",
                "lines": {"begin": where.lines.get(annotation.feature, 1)},
            },
        }
        for annotation in annotations
    ]
    return json.dumps(entries, indent=2) + "\n"

"""GitLab Code Quality report, shown beside the diff of a merge request.

One entry per feature in trouble. Its fingerprint stays as long as the same feature has the same
cause (or fails the same test), so that GitLab tells what is new from what was there before.
"""

from __future__ import annotations

import json
from hashlib import sha256

from skewcheck.catalogue.tests import COVERAGE
from skewcheck.reports.annotations import annotated
from skewcheck.reports.places import places
from skewcheck.reports.words.coverage import coverage_text
from skewcheck.reports.words.gate import not_tested
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options, printable

_NOT_TESTED = "not_tested"
"""The check's name of what no test looked at."""
_SEVERITIES = {Verdict.SKEW: "critical", Verdict.INCONCLUSIVE: "major", Verdict.WARN: "minor"}


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return a JSON array in ASCII: what is wrong, then for information what was not tested."""
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
    informed = {_NOT_TESTED: not_tested(audit)}
    if not any(hold.coverage for hold in audit.holds):
        informed[COVERAGE.code] = coverage_text(audit.coverage)
    entries += [
        {
            "description": printable(text, 400),
            "check_name": name,
            "fingerprint": sha256(name.encode()).hexdigest(),
            "severity": "info",
            "location": {"path": where.path or "parameters", "lines": {"begin": 1}},
        }
        for name, text in informed.items()
        if text
    ]
    return json.dumps(entries, indent=2) + "\n"

"""GitLab Code Quality report, shown beside the diff of a merge request.

One entry per feature in trouble. Its fingerprint stays as long as the same feature has the same
cause (or fails the same test), so that GitLab tells what is new from what was there before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

from skewcheck.catalogue.tests import COVERAGE
from skewcheck.reports.annotations import annotated
from skewcheck.reports.places import places
from skewcheck.reports.summary import files_apart
from skewcheck.reports.words.coverage import coverage_text
from skewcheck.reports.words.gate import not_tested
from skewcheck.reports.words.policy import source_text, weaker_text
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options, printable

_NOT_TESTED = "not_tested"
"""The check's name of what no test looked at."""
_SETTINGS, _WEAKER = "settings_file", "weaker_gate"
"""Those of where settings are from, and of what weakens the gate."""
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
    entries += [
        {
            "description": text,
            "check_name": name,
            "fingerprint": sha256(name.encode()).hexdigest(),
            "severity": "info",
            "location": {"path": where.path or "parameters", "lines": {"begin": 1}},
        }
        for name, text in _informed(audit)
    ]
    return json.dumps(entries, indent=2) + "\n"


def _informed(audit: Audit) -> Iterator[tuple[str, str]]:
    """Yield checks, and what is to be known of them."""
    if audit.not_tested:
        yield _NOT_TESTED, printable(not_tested(audit), 400)
    lost = coverage_text(audit.coverage)
    if lost and not any(hold.coverage for hold in audit.holds):
        yield COVERAGE.code, printable(lost, 400)
    yield from files_apart(audit)
    if audit.in_force is not None:
        texts = {_SETTINGS: source_text(audit.in_force), _WEAKER: weaker_text(audit.in_force)}
        yield from ((name, text) for name, text in texts.items() if text)

"""Annotations of GitHub Actions: workflow commands, one line each, for the job's stdout.

GitHub shows at most ten of a kind from one step, so there are ten lines in all: one for each of
the worst features, at its line of the parameter file, and a notice that sums up. Escaped as the
runner undoes it (`ActionCommand.cs` of actions/runner): in data `%`, CR and LF; in properties
`:` and `,` as well.
"""

from __future__ import annotations

from skewcheck.reports.annotations import Annotation, annotated
from skewcheck.reports.places import Places, places
from skewcheck.reports.summary import files_apart, headline, remarks, subject
from skewcheck.reports.words.incidents import leading_lines
from skewcheck.results.audit import Audit
from skewcheck.text.printable import PLAIN, Options, count, printable

MOST_ANNOTATIONS = 9
"""Annotations beside the notice: GitHub shows ten of a kind from one step."""
MOST_LINES = 3
"""Incidents and causes in the notice, which is read in a list of others."""
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the commands, errors and warnings worst first, then the notice."""
    annotations = annotated(audit)
    shown, left = annotations[:MOST_ANNOTATIONS], len(annotations) - MOST_ANNOTATIONS
    where = places(audit.parameters_path, [annotation.feature for annotation in shown])
    summary = [headline(audit), subject(audit), *remarks(audit)]
    summary += [text for _, text in files_apart(audit)]
    summary += leading_lines(audit)[:MOST_LINES]
    if left > 0:
        summary.append(f"{count(left, 'more feature')} not annotated")
    lines = [_annotation_command(annotation, where) for annotation in shown]
    lines.append(_command("notice", {"title": "skewcheck"}, "\n".join(summary)))
    return "".join(f"{line}\n" for line in lines)


def _annotation_command(annotation: Annotation, where: Places) -> str:
    properties = {"file": where.path} if where.path else {}
    if annotation.feature in where.lines:
        properties["line"] = str(where.lines[annotation.feature])
    verdict = annotation.verdict.value
    properties["title"] = f"skewcheck: {verdict} in {printable(annotation.feature, 40)}"
    return _command(annotation.severity, properties, annotation.message)


def _command(name: str, properties: dict[str, str], data: str) -> str:
    listed = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{name} {listed}::{data.translate(_DATA)}"

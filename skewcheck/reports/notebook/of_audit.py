"""What a notebook shows of an audit: verdict, incidents, the worst features with pictures."""

from __future__ import annotations

from html import escape

from skewcheck.reports.finding_lines import Incident, Line, incident_lines
from skewcheck.reports.notebook.fragment import badge, cell, fragment, paragraph, row
from skewcheck.reports.small_pictures import HEIGHT, WIDTH, Look, small_picture
from skewcheck.reports.summary import headline, ranked, sentence, subject
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.text.printable import count, printable

_MOST_INCIDENTS, _MOST_LINES = 8, 5
"""Incidents, and lines below one."""
_HEADS = ("verdict", "feature", "training, production", "cause", "what was found")
_LOOK = Look(
    train='fill="#5b8dd6" fill-opacity=".35" stroke="#5b8dd6"',
    serve='fill="none" stroke="#e0662f" stroke-width="1.6"',
    train_bars='fill="#5b8dd6"',
    serve_bars='fill="#e0662f"',
    points='fill="none" stroke="#e0662f" stroke-width="4" stroke-linecap="round"',
    equal='fill="none" stroke="#5b8dd6" stroke-dasharray="5 3"',
    more=f' width="{WIDTH}" height="{HEIGHT}"',
)
"""Colours that are seen on white and on black: a notebook has either."""


def html_of_audit(audit: Audit) -> str:
    """Return the fragment, under 60 kB; names and values of the data are text in it."""
    rest = headline(audit).removeprefix(f"{audit.verdict.value.upper()}: ")
    incidents = incident_lines(audit)
    features = ranked(audit.features)
    parts = [
        f'<p style="font-size:110%">{badge(audit.verdict)} {escape(rest)}</p>',
        paragraph(subject(audit)),
        *map(_incident, incidents[:_MOST_INCIDENTS]),
    ]
    if len(incidents) > _MOST_INCIDENTS:
        left = count(len(incidents) - _MOST_INCIDENTS, "more incident")
        parts.append(paragraph(f"and {left}"))
    return fragment(parts, _HEADS, map(_row, features), len(features))


def _incident(incident: Incident) -> str:
    lines = "".join(f"<div>– {_line(line)}</div>" for line in incident.more[:_MOST_LINES])
    names = ", ".join(escape(printable(feature.name)) for feature in incident.others[:_MOST_LINES])
    others = f" → {names}" if names else ""
    return f"<div>{badge(incident.verdict)} {_line(incident.first)}{others}{lines}</div>"


def _line(line: Line) -> str:
    return f"{'' if line.feature is None else _name(line.feature) + ': '}{cell(line.text)}"


def _name(feature: FeatureAudit) -> str:
    return f"<b>{escape(printable(feature.name))}</b>"


def _row(feature: FeatureAudit) -> str:
    cause = feature.causes[0].code.replace("_", " ") if feature.causes else "–"
    picture = small_picture(feature, _LOOK)
    texts = cell(printable(cause)), cell(sentence(feature))
    return row((badge(feature.verdict), _name(feature), picture, *texts))

"""A message for Microsoft Teams' incoming webhooks and workflows: an Adaptive Card 1.5.

Texts stand in `TextRun`s, in which Teams reads no Markdown, as it does in `TextBlock` and facts;
what would be one of the card's own functions (`{{DATE(...)}}`) is taken apart. A message may have
28 kB.
"""

from __future__ import annotations

import json
import re

from skewcheck.reports import chat
from skewcheck.reports.summary import headline
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options

MOST_BYTES = 28_000
"""Bytes of a message, by Teams' page on webhooks and connectors (28 kB)."""
_ROOM = 24_000
"""Bytes of the lines, each with what is around it; the rest has the frame and the headline."""
_COLORS = {
    Verdict.SKEW: "attention",
    Verdict.INCONCLUSIVE: "warning",
    Verdict.WARN: "warning",
    Verdict.UNTESTED: "warning",
    Verdict.OK: "good",
}
_FUNCTION = re.compile(r"\{(?=\{)")


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the payload, JSON in one line of UTF-8."""
    color = _COLORS[audit.verdict]
    first = {"size": "large", "weight": "bolder", "color": color}
    lines = chat.lines(audit, _ROOM, lambda line: len(_dumped(_block(line)).encode()) + 2)
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "msteams": {"width": "Full"},
        "body": [_runs(_run(headline(audit), **first)), *map(_block, lines)],
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    summary = chat.title(audit)
    return _dumped({"type": "message", "summary": summary, "attachments": [attachment]}) + "\n"


def _block(line: chat.Line) -> dict[str, object]:
    text = f": {line.text}" if line.strong else line.text
    return _runs(*([_run(line.strong, weight="bolder")] if line.strong else []), _run(text))


def _runs(*runs: dict[str, str]) -> dict[str, object]:
    return {"type": "RichTextBlock", "inlines": runs}


def _run(text: str, **looks: str) -> dict[str, str]:
    return {"type": "TextRun", "text": _FUNCTION.sub("{ ", text), **looks}


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

"""A message for Slack's incoming webhooks and `chat.postMessage`, in blocks of Block Kit.

All texts are of the type `plain_text`, in which Slack looks for no formatting, and without `emoji`
for none of these; `&`, `<` and `>`, of which mentions and links are made, are escaped as its
guide to formatting asks. Limits by its reference of blocks: 150 characters of a header, 3,000 of a
section, 50 blocks a message.
"""

from __future__ import annotations

import json

from skewcheck.reports import chat
from skewcheck.reports.summary import headline
from skewcheck.results.audit import Audit
from skewcheck.text.printable import PLAIN, Options, printable

MOST_OF_HEADER = 150
"""Characters, escaped."""
MOST_OF_MESSAGE = 9_000
"""Characters of all sections, escaped and with what is around them. Slack refuses longer messages
(`msg_blocks_too_long`) at a sum that its reference does not give: 11,341 characters of text were
refused, and 13,200 always are (slackapi/bolt-js, issues 2867 and 2509)."""
_AROUND = 100
"""Characters of a section beside its text."""
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the payload, JSON in ASCII: a header, then one section a line."""
    lines = chat.lines(audit, MOST_OF_MESSAGE, lambda line: len(_escaped(line.whole)) + _AROUND)
    message = {
        # Shown in notifications, where blocks are not; it holds counts and no text of the data.
        "text": _escaped(chat.title(audit)),
        "mrkdwn": False,
        "unfurl_links": False,
        "blocks": [
            {"type": "header", "text": _plain(_header(headline(audit)))},
            *({"type": "section", "text": _plain(line.whole)} for line in lines),
        ],
    }
    return json.dumps(message, indent=2) + "\n"


def _header(text: str) -> str:
    """Return a text that is no longer than a header when it is escaped."""
    width = MOST_OF_HEADER
    while len(_escaped(printable(text, width))) > MOST_OF_HEADER:
        width -= 1
    return printable(text, width)


def _plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": _escaped(text), "emoji": False}


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)

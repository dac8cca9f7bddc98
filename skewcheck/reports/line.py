"""One line for syslog and cron mail: `key=value` pairs, as logfmt has them.

Values that are empty or have spaces, quotes, `=` or backslashes in them stand in double quotes, in
which `"` and the backslash are escaped by a backslash.
"""

from __future__ import annotations

import re

from skewcheck.reports.summary import files_apart, in_trouble, sentence
from skewcheck.reports.words.coverage import coverage_text
from skewcheck.reports.words.gate import hold_text, not_tested
from skewcheck.reports.words.phrases import names
from skewcheck.reports.words.policy import source_text, weaker_text
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options, printable

MOST_BYTES = 2_000
"""Bytes of the line; receivers of syslog should take 2,048 (RFC 5424, section 6.1)."""
_MOST_NAMES = 5
"""Features named as the worst: at 40 characters each, a tenth of the line."""
_POLICY_BYTES = 800
"""Bytes of where settings are from, and as many of what weakens the gate: both fit in the line."""
_BARE = re.compile(r"[^\s\"'=\\]+")


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the verdict, the counts, the worst features and their cause.

    Keys without a value are left out, and so is what would make the line too long.
    """
    troubled = in_trouble(audit)
    worst = troubled[0] if troubled else None
    lost = coverage_text(audit.coverage)
    apart = "; ".join(text for _, text in files_apart(audit))
    pairs: dict[str, object] = {
        "tool": "skewcheck",
        "verdict": audit.verdict.value,
        "exit_code": audit.exit_code,
        "rows": audit.logs.rows,
        "files": len(audit.logs.files),
        "features": len(audit.features),
        **{verdict.value: audit.count(verdict) for verdict in Verdict},
        **_policy(audit),
        "worst": troubled and names([feature.name for feature in troubled], _MOST_NAMES),
        "cause": next((cause.code for feature in troubled for cause in feature.causes), None),
        "parameters": _text(audit.parameters_path),
        "model": _text(audit.model.get("name")),
        "started": _text(audit.run.get("started")),
        "seconds": audit.run.get("seconds"),
        "held": "; ".join(
            printable(hold_text(hold), 300) for hold in audit.holds if hold.coverage is None
        ),
        "coverage": lost and printable(lost, 300),
        "files_apart": apart and printable(apart, 300),
        "not_tested": audit.not_tested and printable(not_tested(audit), 300),
        "message": worst and f"{printable(worst.name, 40)}: {sentence(worst)}",
    }
    line = ""
    for key, value in pairs.items():
        longer = f"{line} {key}={_quoted(str(value))}" if line else f"{key}={_quoted(str(value))}"
        if value not in (None, "", [], ()) and len(longer.encode()) < MOST_BYTES:
            line = longer
    return f"{line}\n"


def _policy(audit: Audit) -> dict[str, str]:
    """Return where settings are from and what weakens the gate; it stands before what may go."""
    if audit.in_force is None:
        return {}
    settings, weaker = source_text(audit.in_force), weaker_text(audit.in_force)
    if len(_quoted(weaker).encode()) > _POLICY_BYTES:
        weaker = ", ".join(weakening.key for weakening in audit.in_force.weaker)
    texts = {"settings": settings, "weaker": weaker}
    return {key: _cut(printable(text, _POLICY_BYTES), _POLICY_BYTES)
            for key, text in texts.items() if text}  # fmt: skip


def _cut(text: str, most: int) -> str:
    """Return a text that takes at most so many bytes of the line."""
    cut, width = text, most
    while len(_quoted(cut).encode()) > most:
        cut, width = printable(text, width), width * 3 // 4
    return cut


def _text(value: object) -> str | None:
    return printable(str(value), 80) if value else None


def _quoted(text: str) -> str:
    if _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

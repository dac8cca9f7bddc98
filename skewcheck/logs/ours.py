"""Files that skewcheck wrote, by their beginning: no logs, though they may lie beside them."""

from __future__ import annotations

import re

_VERDICT = rb"(?:SKEW|WARN|OK|INCONCLUSIVE|UNTESTED)"
_BEGINNINGS = (
    rb'\{\s*"skewcheck":\s*\{\s*"kind"',  # json; parameters, history
    rb'\{\s*"\$schema":.{0,400}"driver":\s*\{\s*"name":\s*"skewcheck"',  # sarif
    rb'<!doctype html>.{0,2000}<meta name="generator" content="skewcheck',
    rb"<!-- skewcheck -->",  # markdown
    rb"::(?:error|warning|notice) [^\n]{0,2000}title=skewcheck",  # github
    rb'<\?xml[^>]*>\s*<testsuites>\s*<testsuite name="skewcheck"',  # junit
    rb'\[\s*\{\s*"description":.{0,4000}"check_name":.{0,400}"fingerprint"',  # gitlab
    rb"# HELP skewcheck_",  # prometheus
    rb"tool=skewcheck verdict=",  # line
    rb"started,model,feature,type,mode,importance,rows,nulls,test,",  # table
    rb'\{\s*"(?:type": "message", "summary|text)": "skewcheck: '
    + _VERDICT
    + rb": ",  # slack, teams
    _VERDICT + rb": [^\n]{0,200}\(exit code \d\)",  # terminal
)
_OURS = re.compile(b"|".join(_BEGINNINGS), re.DOTALL)


_COUNTED = rb"(?:[\d,]+ %s \([^\n]{1,500}\), )?"
"""Features of a verdict, of which at most five are named in 40 characters each, escaped."""
_QUIET = re.compile(
    rb"(?:skew|inconclusive|warn|untested|ok): "
    + b"".join(_COUNTED % verdict for verdict in (b"skew", b"inconclusive", b"warn", b"untested"))
    + rb"[\d,]+ ok; [\d,]+ rows?(?:; [^\n]*)?"
)
"""What a run with --quiet prints: a line, which cron may append to those of other nights."""
_ERROR = b"skewcheck: "
"""With which the line begins that a run prints instead, into the same file where one says so."""
_MANY_LINES = 100
"""Lines behind which the last may be cut, as the beginning of a long file is."""


def is_ours(start: bytes) -> bool:
    """Return whether a text begins as a report, a history or a parameter file of skewcheck does.

    Lines of --quiet say so only if there is no other line among the first: none of them has a mark.
    """
    return _OURS.match(start) is not None or _is_quiet(start)


def _is_quiet(start: bytes) -> bool:
    if not (_QUIET.match(start) or start.startswith(_ERROR)):
        return False
    *lines, last = start.split(b"\n")
    if last and len(lines) <= _MANY_LINES:
        lines.append(last)
    verdicts = [line for line in lines if not line.startswith(_ERROR)]
    return bool(verdicts) and all(_QUIET.fullmatch(line.rstrip(b"\r")) for line in verdicts)

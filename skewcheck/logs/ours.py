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
    _VERDICT + rb": [^\n]{0,200}\(exit code \d\)",  # terminal
)
_OURS = re.compile(b"|".join(_BEGINNINGS), re.DOTALL)


def is_ours(start: bytes) -> bool:
    """Return whether a text begins as a report, a history or a parameter file of skewcheck does."""
    return _OURS.match(start) is not None

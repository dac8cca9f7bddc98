"""JUnit XML report, shown by nearly every CI system as test results.

One test case per feature (`classname`) and test (`name`). Skew fails, and so does what else makes
the exit code; `untested`, waived tests and doubt that is let pass are skipped; a warning passes,
and its sentence stands in `system-out`. Elements, their order and attributes are those that both
the schema of Ant's JUnit task and that of Jenkins' xUnit plugin admit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import partial
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from skewcheck.reports import series
from skewcheck.reports.annotations import ROWS, severity
from skewcheck.reports.summary import headline, remarks, sentence, subject
from skewcheck.reports.words import phrases
from skewcheck.reports.words.features import message
from skewcheck.reports.words.gate import hold_text
from skewcheck.reports.words.notes import texts
from skewcheck.reports.words.reasons import reason
from skewcheck.results.audit import Audit, FeatureAudit, JudgedTest
from skewcheck.results.gate import Hold
from skewcheck.results.policy import Policy
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options, count, printable, unique

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 (section 2.2) does not admit, not even as references."""


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return one suite with all tests of all features, in their order."""
    root = Element("testsuites")
    suite = SubElement(root, "testsuite")
    properties = SubElement(suite, "properties")
    for name, value in _properties(audit).items():
        SubElement(properties, "property", name=name, value=legal(value))
    outcomes: Counter[str] = Counter()
    for feature in audit.features:
        for case in _cases(feature, audit.policy):
            outcomes[case[0].tag if len(case) else "passed"] += 1
            suite.append(case)
    for case in map(partial(_held, policy=audit.policy), audit.holds):
        outcomes[case[0].tag] += 1
        suite.append(case)
    seconds, started = audit.run.get("seconds"), audit.run.get("started")
    attributes = {
        "name": "skewcheck",
        "package": "skewcheck",
        "id": "0",
        "hostname": "localhost",
        "timestamp": started[:19] if isinstance(started, str) else None,
        "tests": str(outcomes.total()),
        "failures": str(outcomes["failure"]),
        "errors": "0",
        "skipped": str(outcomes["skipped"]),
        "time": str(seconds) if isinstance(seconds, int | float) else "0",
    }
    suite.attrib.update({key: value for key, value in attributes.items() if value is not None})
    SubElement(suite, "system-out").text = legal("\n".join(_summary(audit)) + "\n")
    SubElement(suite, "system-err")
    indent(root)
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{tostring(root, encoding='unicode')}\n"


def _properties(audit: Audit) -> dict[str, str]:
    model = audit.model.get("name")
    return {
        "verdict": audit.verdict.value,
        "exit_code": str(audit.exit_code),
        "parameters": printable(audit.parameters_path, 200),
        "fingerprint": printable(audit.fingerprint, 100),
        **({"model": printable(str(model), 200)} if model else {}),
        "rows": str(audit.logs.rows),
    }


def _cases(feature: FeatureAudit, policy: Policy) -> Iterable[Element]:
    """Yield the tests of a feature; of one that has none, how it ended."""
    name = legal(unique(feature.name, 200))
    for test in feature.tests:
        # All tests come from one pass over the log: none has a duration of its own.
        case = Element("testcase", classname=name, name=test.name, time="0")
        outcome = _outcome(feature, test, policy)
        if outcome is not None:
            case.append(outcome)
        yield case
    if not feature.tests:
        whole = Element("testcase", classname=name, name="feature", time="0")
        if feature.verdict is Verdict.UNTESTED:
            text = legal(printable(message(feature), 400))
            whole.append(Element("skipped", message=text))
        yield whole


def _held(hold: Hold, policy: Policy) -> Element:
    """Return what holds an audit as a test of its first feature, or of the log's rows."""
    name = legal(unique(next(iter(hold.features), ROWS), 200))
    case = Element("testcase", classname=name, name=hold.code, time="0")
    text = legal(printable(hold_text(hold), 400))
    fails = policy.fail_on != "never"
    if hold.coverage is not None:
        fails = severity(hold.verdict, policy, "") == "error"
    if fails:
        case.append(Element("failure", message=text, type=hold.verdict.value))
    else:
        case.append(Element("skipped", message=text))
    return case


def _outcome(feature: FeatureAudit, test: JudgedTest, policy: Policy) -> Element | None:
    """Return why a test failed or was skipped; None where it passed."""
    if test.waived:
        waived = f"waived until {test.waived}: {phrases.phrase(test, policy.alpha)}"
        return Element("skipped", message=legal(waived))
    if test.verdict is Verdict.UNTESTED:
        return Element("skipped", message=legal(printable(reason(test) or "not tested", 400)))
    if test.verdict not in phrases.TROUBLE:
        return None
    figures = phrases.phrase(test, policy.alpha)
    if severity(test.verdict, policy, feature.name) == "error":
        text = f"{figures}: {printable(feature.name)}: {sentence(feature)}"
        failure = Element("failure", message=legal(text), type=test.verdict.value)
        failure.text = legal("\n".join(_details(feature, policy.alpha)))
        return failure
    if test.verdict is Verdict.INCONCLUSIVE:
        return Element("skipped", message=legal(figures))
    return None


def _details(feature: FeatureAudit, alpha: float) -> list[str]:
    causes = [phrases.told_cause(cause, feature) for cause in feature.causes]
    lines = [*causes, phrases.figures(feature, alpha), *phrases.bars(feature.bars)]
    lines += [*phrases.parity_lines(feature.parity), *series.time_lines(feature)]
    return [line for line in lines if line]


def _summary(audit: Audit) -> Iterable[str]:
    yield headline(audit)
    yield subject(audit)
    yield from remarks(audit)
    yield from map(phrases.cause_line, audit.causes)
    yield from (f"note: {printable(note, 400)}" for note in texts(audit.notes))
    warned = [feature for feature in audit.features if feature.verdict is Verdict.WARN]
    if warned:
        yield f"{count(len(warned), 'warning')}:"
    for feature in warned:
        yield f"{printable(feature.name)}: {sentence(feature)}"


def legal(text: str) -> str:
    """Return a text without the characters that XML does not admit."""
    return _ILLEGAL.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)

"""JSON reports of earlier audits, read back as far as two runs are compared by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from sys import float_info
from typing import Literal

from skewcheck.catalogue.tests import COVERAGE, ERROR, TESTS
from skewcheck.parameters.tree import Node, parse
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import Verdict
from skewcheck.text.errors import ParameterError, UsageError

VERSION = 1
"""Of the format that is read: that of `reports/json.py`."""
MAX_BYTES = 256 * 2**20
"""Of a report: 10,000 features with windows and segments have less."""
_HEAD = b'"report"'
_HEAD_BYTES = 4096
"""Bytes in which a report that was cut off still says that it is one."""
Subject = Literal["feature", "rows", "model", "hold"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a report says of a feature, the rows that were lost, the model, or the whole log."""

    subject: Subject
    name: str
    """The feature; for the model its metric, of what holds the verdict up the code."""
    verdict: Verdict
    message: str = ""
    """The report's sentence on it."""
    causes: Mapping[str, str] = field(default_factory=dict)
    """The report's sentences by code."""
    tests: tuple[JudgedTest, ...] = ()
    """Those that were done, without p-values and intervals."""

    @property
    def worst(self) -> JudgedTest | None:
        """Return the test with the largest effect over its threshold; None without any."""
        return max(self.tests, key=excess, default=None)


def excess(test: JudgedTest) -> float:
    """Return a test's effect over its threshold, the largest float64 at most; 0 without either."""
    if not test.effect or not test.threshold:
        return 0.0
    return min(abs(test.effect) / test.threshold, float_info.max)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """One JSON report."""

    path: str
    """The file that it was read from."""
    verdict: Verdict
    exit_code: int
    rows: int
    mode: str
    started: str
    """ISO time; empty where the report does not say when."""
    parameters: str
    """Path of the parameter file."""
    fingerprint: str
    model: Mapping[str, object]
    policy: Mapping[str, object]
    """As in the file: what the audit was held to."""
    outcomes: Mapping[tuple[Subject, str], Outcome]


def read(path: str) -> AuditReport | None:
    """Return the report in a file; None for a file that is none, or that cannot be read.

    Raises UsageError, naming file and key, for a report that is damaged or of another version.
    """
    content = _content(path)
    if content is None:
        return None
    known = _HEAD in content[:_HEAD_BYTES] and b'"skewcheck"' in content[:_HEAD_BYTES]
    try:
        node = parse(Path(path), content)
        head = node.members().get("skewcheck")
        if head is None or not isinstance(head.value, dict) or head.value.get("kind") != "report":
            return None
        known = True
        version = head.value.get("version")
        if version != VERSION:
            raise UsageError(
                f"{path}: a report of version {version!r:.20}, and this skewcheck reads"
                f" {VERSION}: write it again with `skewcheck audit --format json`"
            )
        return _report(path, node.members())
    except ParameterError as error:
        if not known:
            return None
        what = str(error).replace("parameter file", "report")
        raise UsageError(f"{what}: the report is damaged, write it again") from error


def _content(path: str) -> bytes | None:
    """Return the bytes of a file that may be JSON; None for any other, which is no report."""
    try:
        file = Path(path)
        if file.suffix == ".toml" or not file.is_file() or file.stat().st_size > MAX_BYTES:
            return None
        content = file.read_bytes()
    except (OSError, ValueError):
        return None
    return content if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else None


def _report(path: str, members: Mapping[str, Node]) -> AuditReport:
    root = Node(dict(members), path)
    parameters, logs = (_of(root, members, key).members() for key in ("parameters", "logs"))
    run = members["run"].members() if "run" in members else {}
    model = parameters["model"].members() if "model" in parameters else {}
    outcomes: dict[tuple[Subject, str], Outcome] = {}
    for outcome in _outcomes(root, members):
        # The last of two would hide the other, whose verdict may be worse.
        if (outcome.subject, outcome.name) in outcomes:
            raise root.error(f"{outcome.subject} {outcome.name!r:.60} stands twice")
        outcomes[outcome.subject, outcome.name] = outcome
    return AuditReport(
        path,
        _verdict(_of(root, members, "verdict")),
        _of(root, members, "exit_code").count(),
        _of(root, logs, "rows").count(),
        _of(root, logs, "mode").text(),
        run["started"].text() if "started" in run else "",
        _of(root, parameters, "path").text(),
        _of(root, parameters, "fingerprint").text(),
        {key: member.free() for key, member in model.items()},
        {key: m.free() for key, m in _of(root, members, "policy").members().items()},
        outcomes,
    )


def _of(node: Node, members: Mapping[str, Node], key: str) -> Node:
    """Return a member that a report must have."""
    if key not in members:
        raise node.error(f"no key {key!r}")
    return members[key]


def _verdict(node: Node) -> Verdict:
    try:
        return Verdict(node.text())
    except ValueError:
        raise node.must(f"one of {', '.join(Verdict)}") from None


def _outcomes(root: Node, members: Mapping[str, Node]) -> Iterator[Outcome]:
    for feature in _of(root, members, "features").items():
        yield _feature(feature)
    if "coverage" in members:
        of = members["coverage"].members()
        yield _single("rows", COVERAGE.code, members["coverage"], of.get("share"))
    if "error" in members:
        of = members["error"].members()
        yield _single("model", ERROR.code, members["error"], of.get("worsening"))
    for hold in members["holds"].items() if "holds" in members else ():
        of = hold.members()
        code, verdict = _of(hold, of, "code").text(), _verdict(_of(hold, of, "verdict"))
        if code != COVERAGE.code:  # that is told by itself
            yield Outcome("hold", code, verdict, _text(of, "message"))


def _feature(node: Node) -> Outcome:
    members = node.members()
    causes = {
        _of(cause, cause.members(), "code").text(): _text(cause.members(), "message")
        for cause in _of(node, members, "causes").items()
    }
    # A test of a newer version has no entry here, and so no words.
    tests = [
        _test(test) for test in _of(node, members, "tests").items()
        if _of(test, test.members(), "name").text() in TESTS
    ]  # fmt: skip
    return Outcome(
        "feature",
        _of(node, members, "name").text(),
        _verdict(_of(node, members, "verdict")),
        _text(members, "message"),
        causes,
        tuple(test for test in tests if test.verdict is not Verdict.UNTESTED),
    )


def _test(node: Node) -> JudgedTest:
    members = node.members()
    statistic, effect, threshold = (
        members[key].number() if key in members else None
        for key in ("statistic", "effect", "threshold")
    )
    verdict = _verdict(_of(node, members, "verdict"))
    name = members["name"].text()
    return JudgedTest(name, verdict, statistic, effect, threshold=threshold)


def _single(subject: Subject, code: str, node: Node, effect: Node | None) -> Outcome:
    """Return the outcome of what has one test, whose threshold stands beside its effect."""
    members = node.members()
    verdict = _verdict(_of(node, members, "verdict"))
    size = None if effect is None else effect.number()
    threshold = members["threshold"].number() if "threshold" in members else None
    test = JudgedTest(code, verdict, size, size, threshold=threshold)
    return Outcome(subject, code, verdict, _text(members, "message"), {}, (test,))


def _text(members: Mapping[str, Node], key: str) -> str:
    return members[key].text() if key in members else ""

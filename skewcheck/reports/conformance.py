"""Reports of `skewcheck check-rows`: for terminals, as JSON and as JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from skewcheck import __version__
from skewcheck.reports.junit import legal
from skewcheck.reports.redact import cause_without_values
from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.conformance import example, headline, message, remarks
from skewcheck.results.causes import Cause
from skewcheck.results.conformance import OutputCheck, RowsCheck
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import printable, unique


def without_values(check: RowsCheck) -> RowsCheck:
    """Return the same check without any value of a row."""
    outputs = tuple(_without_values(output, check.rows) for output in check.outputs)
    extra = tuple(f"output {i}" for i in range(1, len(check.extra) + 1))  # a server's keys
    return replace(check, outputs=outputs, values=False, extra=extra)


def _without_values(output: OutputCheck, rows: int) -> OutputCheck:
    causes = tuple(cause_without_values(cause, rows) for cause in output.causes)
    return replace(output, causes=causes, example=None, max_error=None)


def terminal(check: RowsCheck) -> str:
    """Return the verdict in a line, and some for each output that is wrong."""
    lines = [headline(check)]
    for output in check.outputs:
        if output.verdict is not Verdict.SKEW:
            continue
        lines.append(f"{printable(output.feature)}: {message(output)}")
        if output.example is not None:
            lines.append(f"  {example(output.example)}")
    lines += [f"note: {remark}" for remark in remarks(check)]
    return "".join(f"{line}\n" for line in lines)


def dumps(check: RowsCheck) -> str:
    """Return JSON; a key without a value is left out."""
    report = {
        "skewcheck": {"kind": "conformance", "version": 1, "tool": __version__},
        "verdict": check.verdict.value,
        "exit_code": check.exit_code,
        "parameters": {"path": check.path, "fingerprint": check.fingerprint},
        "rows": {
            "golden": check.rows, "answered": check.rows - len(check.missing),
            "missing": check.missing, "unknown": check.unknown,
        },
        "extra": check.extra,
        "left_out": check.left_out,
        "outputs": [_json(output) for output in check.outputs],
    }  # fmt: skip
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n"


def _json(output: OutputCheck) -> dict[str, object]:
    wrong, condition = output.example, output.where
    members: dict[str, object] = {
        "feature": output.feature,
        "verdict": output.verdict.value,
        "columns": output.columns,
        "rows": output.rows,
        "wrong": output.wrong or None,
        "wrong_columns": output.wrong_columns or None,
        "absent": output.absent or None,
        "no_numbers": output.no_numbers or None,
        "max_error": output.max_error,
        "where": None if condition is None else {
            "kind": condition.kind,
            **({} if condition.column is None else {"column": condition.column}),
        },
        "example": None if wrong is None else {
            "row": wrong.row, "column": wrong.column, "expected": wrong.expected,
            "answered": wrong.answered,
        },
        "message": message(output) or None,
    }  # fmt: skip
    kept = {key: value for key, value in members.items() if value is not None}
    return {**kept, "causes": [_cause(cause) for cause in output.causes]}


def _cause(cause: Cause) -> dict[str, object]:
    return {
        "code": cause.code, "share": cause.share, "confidence": cause.confidence,
        "parameters": dict(cause.parameters), "message": sentence(cause),
    }  # fmt: skip


def junit(check: RowsCheck) -> str:
    """Return JUnit XML: a test case for each output, and one for whether all rows are answered."""
    root = Element("testsuites")
    suite = SubElement(root, "testsuite")
    failures = [*map(_case, check.outputs)]
    for case in failures:
        suite.append(case)
    answered = SubElement(suite, "testcase", classname="rows", name="answered", time="0")
    if check.missing:
        text = legal(" ".join([*remarks(check)][:1]))
        SubElement(answered, "failure", message=text, type=check.verdict.value)
    cases = [*failures, answered]
    suite.attrib.update(
        name="skewcheck check-rows", package="skewcheck", id="0", hostname="localhost",
        tests=str(len(cases)), failures=str(sum(len(case) for case in cases)), errors="0",
        skipped="0", time="0",
    )  # fmt: skip
    SubElement(suite, "system-out").text = legal(terminal(check))
    SubElement(suite, "system-err")
    indent(root)
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{tostring(root, encoding='unicode')}\n"


def _case(output: OutputCheck) -> Element:
    name = legal(unique(output.feature, 200))
    case = Element("testcase", classname=name, name="rows", time="0")
    if output.verdict is Verdict.SKEW:
        text = legal(printable(f"{printable(output.feature)}: {message(output)}", 1000))
        failure = SubElement(case, "failure", message=text, type=output.verdict.value)
        failure.text = "" if output.example is None else legal(example(output.example))
    return case


FORMATS: Mapping[str, Callable[[RowsCheck], str]] = MappingProxyType(
    {"terminal": terminal, "json": dumps, "junit": junit}
)
"""By the name of `--format`."""

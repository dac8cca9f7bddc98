"""JSON report: version 1 of the format that report.schema.json describes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import SupportsFloat, SupportsIndex

import skewcheck
from skewcheck.catalogue.spec import Bounds
from skewcheck.catalogue.tests import windowed
from skewcheck.reports.json_causes import cause_members, incident_members
from skewcheck.reports.json_gate import (
    account_members,
    coverage_members,
    hold_members,
    in_force_members,
    not_tested_members,
    policy_members,
)
from skewcheck.reports.words.features import message
from skewcheck.reports.words.model_error import error_text
from skewcheck.reports.words.notes import texts
from skewcheck.reports.words.reasons import reason
from skewcheck.reports.words.windows import change_text
from skewcheck.results.audit import Audit, FeatureAudit, JudgedTest, ModelError
from skewcheck.results.parts import Change, Segment, WindowFigures
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of the report, the figures of windows among it."""
    text = resources.files("skewcheck.reports").joinpath("report.schema.json").read_text("utf-8")
    whole: dict[str, object] = json.loads(text.replace('"<figures>": {}', _figures_schema()))
    return whole


_BOUNDS: Mapping[Bounds, Mapping[str, Json]] = {
    Bounds.SHARE: {"$ref": "#/$defs/share"},
    Bounds.POSITIVE: {"type": "number", "minimum": 0},
    Bounds.REAL: {"type": "number"},
}


def _figures_schema() -> str:
    """Return the members of a window that the catalogue lists."""
    members: dict[str, Json] = {}
    for spec in windowed():
        if spec.windowed is not None:
            text = spec.windowed.description
            described: dict[str, Json] = {} if text is None else {"description": text}
            members[spec.code] = {**_BOUNDS[spec.windowed.bounds], **described}
    return json.dumps(members).removeprefix("{").removesuffix("}")


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the report as JSON in ASCII: the same audit gives the same bytes.

    What has no value is left out, but `tests`, `causes` and `incidents` are always there. A number
    that is not finite is left out as well, except in examples, where it is the text `nan`, `inf` or
    `-inf`.
    """
    report = {
        "skewcheck": {"kind": "report", "version": 1, "tool": skewcheck.__version__},
        "verdict": audit.verdict.value,
        "exit_code": audit.exit_code,
        "parameters": {
            "path": audit.parameters_path,
            "model": audit.model or None,
            "fingerprint": audit.fingerprint,
        },
        "logs": {"files": audit.logs.files, "rows": audit.logs.rows, "mode": audit.logs.mode},
        "policy": {**policy_members(audit.policy), **in_force_members(audit.in_force)},
        "summary": {
            "features": len(audit.features),
            **{verdict.value: audit.count(verdict) for verdict in _SUMMARY},
        },
        "windows": audit.windows
        and {
            "column": audit.windows.column,
            "every": audit.windows.every,
            "baseline": audit.windows.baseline,
            "starts": audit.windows.starts,
        },
        "incidents": [incident_members(incident) for incident in audit.incidents],
        "causes": [cause_members(cause) for cause in audit.causes],
        "error": audit.error and _error(audit.error),
        "features": [_feature(feature) for feature in audit.features],
        "coverage": audit.coverage and coverage_members(audit.coverage),
        "account": audit.account and account_members(audit.account),
        "holds": [hold_members(hold) for hold in audit.holds] or None,
        "not_tested": [not_tested_members(left_out) for left_out in audit.not_tested] or None,
        "notes": texts(audit.notes) or None,
        "run": audit.run or None,
    }
    return json.dumps(_plain(report), indent=2, allow_nan=False) + "\n"


_SUMMARY = (Verdict.OK, Verdict.WARN, Verdict.SKEW, Verdict.INCONCLUSIVE, Verdict.UNTESTED)


def _error(error: ModelError) -> dict[str, object]:
    test = error.test
    return {
        "metric": error.metric,
        "prediction": error.prediction,
        "label": error.label,
        "rows": error.rows,
        "nulls": error.nulls,
        "unusable": error.unusable,
        "reference": error.reference,
        "value": test.statistic,
        "interval": test.interval,
        "worsening": test.effect,
        "p_value": test.p_value,
        "p_adjusted": test.p_adjusted,
        "threshold": test.threshold,
        "verdict": test.verdict.value,
        "reason": reason(test),
        "waived": test.waived,
        "message": error_text(error),
    }


def _feature(feature: FeatureAudit) -> dict[str, object]:
    return {
        "name": feature.name,
        "type": feature.type,
        "mode": feature.mode,
        "importance": feature.importance,
        "verdict": feature.verdict.value,
        "rows": feature.rows,
        "effective_rows": feature.effective_rows,
        "nulls": feature.nulls,
        "keys": feature.keys
        and {
            "column": feature.keys.column,
            "known": feature.keys.known,
            "unknown": feature.keys.unknown,
            "null": feature.keys.nulls,
        },
        "tests": [_test(test) for test in feature.tests],
        "parity": _parity(feature),
        "causes": [cause_members(cause) for cause in feature.causes],
        "unexplained": feature.unexplained or None,
        "windows": [_figures(window) for window in feature.windows] or None,
        "changes": [_change(change) for change in feature.changes] or None,
        "trend": feature.trend and {"slope": feature.trend.slope, "p_value": feature.trend.p_value},
        "segments": [
            {**_segment(segment), "tests": [_test(test) for test in segment.tests]}
            for segment in feature.segments
        ]
        or None,
        "worst": [_segment(segment) for segment in feature.worst] or None,
        "message": message(feature),
    }


def _figures(window: WindowFigures) -> dict[str, object]:
    return {
        "start": window.start,
        "rows": window.rows,
        **window.figures,
        "verdict": window.verdict.value,
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "since": change.since,
        "until": change.until,
        "confidence": change.confidence,
        "test": change.test,
        "statistic": change.statistic,
        "message": change_text(change),
    }


def _segment(segment: Segment) -> dict[str, object]:
    return {
        "column": segment.column,
        "value": segment.value,
        "rows": segment.rows,
        "verdict": segment.verdict.value,
        "known": segment.has_counterpart,
    }


def _test(test: JudgedTest) -> dict[str, object]:
    return {
        "name": test.name,
        "statistic": test.statistic,
        "interval": test.interval,
        "expected": test.expected,
        "effect": test.effect,
        "p_value": test.p_value,
        "p_adjusted": test.p_adjusted,
        "threshold": test.threshold,
        "value": _told(test.value),
        **({} if test.partner is None else {"partner": test.partner}),
        "verdict": test.verdict.value,
        "rows": test.rows,
        "needed": test.needed,
        "reason": reason(test),
        "waived": test.waived,
    }


def _parity(feature: FeatureAudit) -> dict[str, object] | None:
    parity = feature.parity
    if parity is None:
        return None
    example = parity.example
    return {
        "rows": parity.rows,
        "mismatched": parity.mismatched,
        "max_error": parity.max_error,
        "left_out": parity.left_out or None,
        "example": example
        and {
            "file": example.file,
            "row": example.row,
            "raw": _told(example.raw),
            "expected": _told(example.expected),
            "served": _told(example.served),
        },
    }


def _told(value: float | str | None) -> float | str | None:
    """A value of the data: what JSON has no number for is told as text."""
    return str(float(value)) if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: object) -> Json:
    """Reduce a value to what JSON knows; keys without a (finite) value are left out."""
    # The types that nearly all values have come first: protocols take a hundred times as long.
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        # A file name may hold bytes that are no text; strict parsers refuse lone surrogates.
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if value is None or isinstance(value, bool) or type(value) is int:
        return value
    if isinstance(value, Mapping):
        reduced = {str(_plain(str(key))): _plain(item) for key, item in value.items()}
        return {key: item for key, item in reduced.items() if item is not None}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    if isinstance(value, SupportsIndex):
        return int(value)
    if isinstance(value, SupportsFloat):
        return _plain(float(value))
    return str(value)

"""SARIF 2.1.0 (OASIS) report, for code scanning dashboards.

One result per feature in trouble, by the rule of its likeliest cause or else of its worst test,
at its line of the parameter file. Rules have the texts of `skewcheck explain`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import skewcheck
from skewcheck.catalogue.codes import codes
from skewcheck.reports.annotations import Annotation, annotated
from skewcheck.reports.places import Places, places
from skewcheck.reports.summary import remarks
from skewcheck.reports.words.notes import texts
from skewcheck.results.audit import Audit
from skewcheck.text.printable import PLAIN, Options, printable

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return a SARIF log of one run, in ASCII."""
    annotations = annotated(audit)
    where = places(audit.parameters_path, [annotation.feature for annotation in annotations])
    rules = sorted({annotation.code for annotation in annotations})
    run = {
        "tool": {
            "driver": {
                "name": "skewcheck",
                "version": skewcheck.__version__,
                "rules": _rules(rules),
            }
        },
        "invocations": [_invocation(audit)],
        "results": [_result(annotation, where, rules) for annotation in annotations],
        "columnKind": "unicodeCodePoints",
        "properties": {"verdict": audit.verdict.value, "rows": audit.logs.rows},
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(audit: Audit) -> Mapping[str, object]:
    """Tell that the audit was done, whatever it found, and what its reader must know."""
    notes = [
        {"level": "note", "message": _message(note)}
        for note in (*remarks(audit), *(printable(note, 1000) for note in texts(audit.notes)))
    ]
    started = audit.run.get("started")
    return {
        "executionSuccessful": True,
        "exitCode": audit.exit_code,
        **({"startTimeUtc": _utc(started)} if isinstance(started, str) else {}),
        "toolExecutionNotifications": notes,
    }


def _utc(moment: str) -> str:
    return moment.removesuffix("+00:00").removesuffix("Z") + "Z"


def _rules(names: Sequence[str]) -> list[Mapping[str, object]]:
    groups = codes()
    entries = {**groups["tests"], **groups["causes"]}
    return [_rule(name, entries.get(name, {})) for name in names]


def _rule(name: str, entry: Mapping[str, str]) -> Mapping[str, object]:
    full = " ".join(entry[key] for key in ("means", "detected") if key in entry)
    return {
        "id": name,
        "shortDescription": _message(entry.get("title", name)),
        **({"fullDescription": _message(full)} if full else {}),
        **({"help": _message(entry["do"])} if "do" in entry else {}),
    }


def _result(annotation: Annotation, where: Places, rules: Sequence[str]) -> Mapping[str, object]:
    place: dict[str, object] = {"artifactLocation": {"uri": _uri(where.path)}}
    if annotation.feature in where.lines:
        place["region"] = {"startLine": where.lines[annotation.feature]}
    return {
        "ruleId": annotation.code,
        "ruleIndex": rules.index(annotation.code),
        "level": annotation.severity,
        "message": _message(annotation.message),
        "locations": [{"physicalLocation": place}] if where.path else [],
        "partialFingerprints": {"skewcheck/v1": annotation.fingerprint},
        "properties": {"verdict": annotation.verdict.value},
    }


def _uri(path: str) -> str:
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path, errors="replace")


def _message(text: str) -> Mapping[str, str]:
    """Return a message whose text has neither placeholders (3.11.5) nor links (3.11.6)."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "] (")}

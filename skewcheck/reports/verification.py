"""Result of `skewcheck verify`, as text and as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from skewcheck import __version__
from skewcheck.lock.verify import Finding, Verification
from skewcheck.reports.words.diff import line, remark_lines, short_hash
from skewcheck.text.printable import count, printable


def text(verification: Verification) -> str:
    """Return the verdict in a line, and a line for each finding."""
    parameters = verification.parameters
    path, older = (printable(str(name), 100) for name in (parameters.path, verification.against))
    model = printable(str(verification.model), 100)
    if not verification.findings:
        parts = [f"its fingerprint is that of its {count(len(parameters.features), 'feature')}"]
        parts += [f"{model} is its model"] if verification.model is not None else []
        parts += [f"it normalizes as {older}"] if verification.against is not None else []
        return f"ok: {path}: {', '.join(parts)}\n"
    heads = {"fingerprint": "its fingerprint", "model": model, "against": f"since {older}"}
    lines = [f"{heads[finding.check]}: {message(finding)}" for finding in verification.findings]
    return "".join(
        f"{line_text}\n"
        for line_text in (
            f"CHANGED: {path} is not as it was locked (exit code 1)",
            *lines,
            *_way(verification),
        )
    )


def message(finding: Finding) -> str:
    """Return what is not as it was locked; what it was compared with stands before it."""
    if finding.check == "model":
        old, new = (short_hash(str(x)) for x in (finding.difference.old, finding.difference.new))
        return f"sha256 is {new}, but {old} was stored"
    return line(finding.difference)


def _way(verification: Verification) -> Iterator[str]:
    if any(finding.check == "fingerprint" for finding in verification.findings):
        path = Path(str(verification.parameters.path))
        names = (str(path), str(path.with_suffix(".json")))  # it is written as JSON
        old, new = (printable(shlex.quote(name), 100) for name in names)
        yield f"If the change is meant, `skewcheck show {old} -o {new}` stores its fingerprint."


def dumps(files: Sequence[Verification]) -> str:
    """Return the same as JSON, with a member for each file."""
    report = {
        "skewcheck": {"kind": "verification", "version": 1, "tool": __version__},
        "verdict": "changed" if any(verification.findings for verification in files) else "ok",
        "exit_code": max(verification.exit_code for verification in files),
        "files": [_json(verification) for verification in files],
    }
    return json.dumps(report, indent=2, allow_nan=False) + "\n"


def _json(verification: Verification) -> dict[str, object]:
    parameters = verification.parameters
    given = {"model": verification.model, "against": verification.against}
    return {
        "path": parameters.path,
        "verdict": "changed" if verification.findings else "ok",
        "fingerprint": {"stored": parameters.lock, "actual": parameters.fingerprint},
        **{key: path for key, path in given.items() if path is not None},
        "findings": [{"check": f.check, "message": message(f)} for f in verification.findings],
        "remarks": list(remark_lines(verification.remarks)),
    }

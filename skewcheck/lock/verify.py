"""Whether a parameter file is what was locked: by its fingerprint, its model, an older file."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from skewcheck import __version__
from skewcheck.features.types import Parameters
from skewcheck.lock.diff import changes, remarks
from skewcheck.parameters import load
from skewcheck.parameters.model_file import model_metadata
from skewcheck.text.errors import ParameterError
from skewcheck.text.printable import count, printable

Check = Literal["fingerprint", "model", "against"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was locked."""

    check: Check
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared, and what had changed."""

    parameters: Parameters
    model: str | None = None
    """The model's file or folder, if it was asked for."""
    against: str | None = None
    """The older file, if one was asked for."""
    findings: tuple[Finding, ...] = ()
    """None where everything is as it was locked."""
    remarks: tuple[str, ...] = ()
    """What else differs from the older file, and neither normalizes nor is locked."""

    @property
    def exit_code(self) -> int:
        """1 if anything changed, else 0."""
        return 1 if self.findings else 0


def verify(
    parameters: str | Path,
    *,
    model: str | None = None,
    against: str | Path | None = None,
    names: Sequence[str] = (),
) -> Verification:
    """Compare a parameter file with its fingerprint, and with its model and an older file.

    `names` name the values of an older file of a foreign format. Of reference distributions
    nothing is said. Raises ParameterError where a file cannot be read, or holds no fingerprint, or
    with `model` no hash of one; UsageError where the model cannot be read.
    """
    known = load(parameters)
    if known.lock is None:
        raise ParameterError(
            f"{parameters}: holds no fingerprint to verify; `skewcheck show {parameters} -o FILE`"
            " writes a parameter file with one"
        )
    old = None if against is None else load(against, names)
    found = [
        *_fingerprint(known, known.lock),
        *(_model(known, model) if model is not None else ()),
        *(_against(old, known) if old is not None else ()),
    ]
    others = () if old is None else remarks(old, known)
    return Verification(
        known, model, None if against is None else str(against), tuple(found), others
    )


def _fingerprint(known: Parameters, lock: str) -> Iterator[Finding]:
    if known.fingerprint != lock:
        yield Finding(
            "fingerprint",
            f"is {_short(known.fingerprint)} by the features and steps that stand there,"
            f" but {_short(lock)} was stored",
        )


def _model(known: Parameters, path: str) -> Iterator[Finding]:
    stored = _stored_hash(known)
    if stored is None:
        raise ParameterError(
            f"{known.path}: model.sha256: is missing; `skewcheck fit --model FILE` stores it"
        )
    own = str(model_metadata(path)["sha256"])
    if own != stored:
        yield Finding("model", f"sha256 is {_short(own)}, but {_short(stored)} was stored")


def _against(old: Parameters, known: Parameters) -> Iterator[Finding]:
    for line in changes(old, known):
        yield Finding("against", line)
    before, after = _stored_hash(old), _stored_hash(known)
    if before not in (None, after):
        now = "not stored" if after is None else _short(after)
        yield Finding("against", f"model: sha256 {_short(str(before))} → {now}")


def _stored_hash(known: Parameters) -> str | None:
    stored = known.model.get("sha256")
    if stored is None:
        return None
    if not isinstance(stored, str) or not re.fullmatch("[0-9A-Fa-f]{64}", stored):
        raise ParameterError(f"{known.path}: model.sha256: must be 64 hexadecimal digits")
    return stored.lower()


def _short(fingerprint: str) -> str:
    """So many digits that nobody makes up another file with the same by accident."""
    return printable(fingerprint, 24 if fingerprint.startswith("sha256:") else 17)


def text(found: Verification) -> str:
    """Return the verdict in a line, and a line for each finding."""
    known = found.parameters
    path, older = (printable(str(name), 100) for name in (known.path, found.against))
    model = printable(str(found.model), 100)
    if not found.findings:
        parts = [f"its fingerprint is that of its {count(len(known.features), 'feature')}"]
        parts += [f"{model} is its model"] if found.model is not None else []
        parts += [f"it normalizes as {older}"] if found.against is not None else []
        return f"ok: {path}: {', '.join(parts)}\n"
    heads = {"fingerprint": "its fingerprint", "model": model, "against": f"since {older}"}
    lines = [f"{heads[finding.check]}: {finding.message}" for finding in found.findings]
    return "".join(
        f"{line}\n"
        for line in (f"CHANGED: {path} is not as it was locked (exit code 1)", *lines, *_way(found))
    )


def _way(found: Verification) -> Iterator[str]:
    if any(finding.check == "fingerprint" for finding in found.findings):
        path = Path(str(found.parameters.path))
        names = (str(path), str(path.with_suffix(".json")))  # it is written as JSON
        old, new = (printable(shlex.quote(name), 100) for name in names)
        yield f"If the change is meant, `skewcheck show {old} -o {new}` stores its fingerprint."


def dumps(files: Sequence[Verification]) -> str:
    """Return the same as JSON, with a member for each file."""
    report = {
        "skewcheck": {"kind": "verification", "version": 1, "tool": __version__},
        "verdict": "changed" if any(found.findings for found in files) else "ok",
        "exit_code": max(found.exit_code for found in files),
        "files": [_json(found) for found in files],
    }
    return json.dumps(report, indent=2, allow_nan=False) + "\n"


def _json(found: Verification) -> dict[str, object]:
    known = found.parameters
    given = {"model": found.model, "against": found.against}
    return {
        "path": known.path,
        "verdict": "changed" if found.findings else "ok",
        "fingerprint": {"stored": known.lock, "actual": known.fingerprint},
        **{key: path for key, path in given.items() if path is not None},
        "findings": [{"check": f.check, "message": f.message} for f in found.findings],
        "remarks": list(found.remarks),
    }

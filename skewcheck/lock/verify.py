"""Verification of a parameter file against its fingerprint, its model, an older file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from skewcheck.config.given import Origin
from skewcheck.features.types import Parameters
from skewcheck.lock.diff import Difference, changes, remarks
from skewcheck.lock.pairing import load_pair
from skewcheck.parameters import Place, load
from skewcheck.parameters.model_file import model_metadata
from skewcheck.text.errors import ParameterError, naming

Check = Literal["fingerprint", "model", "against"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was locked."""

    check: Check
    difference: Difference


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
    remarks: tuple[Difference, ...] = ()
    """What else differs from the older file, and neither normalizes nor is locked."""
    by_position: bool = False
    """The older file does not name its values: they were compared in their order."""

    @property
    def exit_code(self) -> int:
        """1 if anything changed, else 0."""
        return 1 if self.findings else 0


@naming(Origin("function", "verify"))
def verify(
    parameters: Place,
    *,
    model: str | None = None,
    against: Place | None = None,
    names: Sequence[str] = (),
    group: str | None = None,
) -> Verification:
    """Compare a parameter file with its fingerprint, and with its model and an older file.

    `names` name the values of an older file of a foreign format, `group` is the key whose
    parameters are compared with it. Of reference distributions
    nothing is said. Raises ParameterError where a file cannot be read, or holds no fingerprint, or
    with `model` no hash of one; UsageError where the model cannot be read.
    """
    loaded = load(parameters)
    if loaded.lock is None:
        raise ParameterError(
            f"{loaded.path}: holds no fingerprint to verify; `skewcheck show {loaded.path} -o FILE`"
            " writes a parameter file with one"
        )
    pair = None if against is None else load_pair(against, loaded, names, group)
    findings = [
        *_fingerprint(loaded, loaded.lock),
        *(_model(loaded, model) if model is not None else ()),
        *(_against(pair.old, pair.new) if pair is not None else ()),
    ]
    return Verification(
        loaded, model, None if against is None else str(against), tuple(findings),
        () if pair is None else remarks(pair.old, pair.new),
        by_position=pair is not None and pair.by_position,
    )  # fmt: skip


def _fingerprint(parameters: Parameters, lock: str) -> Iterator[Finding]:
    if parameters.fingerprint != lock:
        yield Finding("fingerprint", Difference("fingerprint", None, lock, parameters.fingerprint))


def _model(parameters: Parameters, path: str) -> Iterator[Finding]:
    stored = _stored_hash(parameters)
    if stored is None:
        raise ParameterError(
            f"{parameters.path}: model.sha256: is missing; `skewcheck fit --model FILE` stores it"
        )
    actual = str(model_metadata(path)["sha256"])
    if actual != stored:
        yield Finding("model", Difference("model_hash", None, stored, actual))


def _against(old: Parameters, parameters: Parameters) -> Iterator[Finding]:
    for change in changes(old, parameters):
        yield Finding("against", change)
    before, after = _stored_hash(old), _stored_hash(parameters)
    if before not in (None, after):
        yield Finding("against", Difference("model_hash", None, before, after))


def _stored_hash(parameters: Parameters) -> str | None:
    stored = parameters.model.get("sha256")
    if stored is None:
        return None
    if not isinstance(stored, str) or not re.fullmatch("[0-9A-Fa-f]{64}", stored):
        raise ParameterError(f"{parameters.path}: model.sha256: must be 64 hexadecimal digits")
    return stored.lower()

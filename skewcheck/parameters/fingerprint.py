"""The fingerprint of a parameter file's steps, and the form in JSON that it is of."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from skewcheck.features.steps import Step, settings
from skewcheck.features.types import Feature

VERSION = 1
"""Of skewcheck's parameter files."""


def fingerprint(features: tuple[Feature, ...]) -> str:
    """Return `sha256:` and the hash of names, types, roles and steps, in the file's order."""
    hashed = [
        # Steps that cannot be applied again differ from no steps.
        [f.name, f.type, f.role, [step_json(s) for s in f.steps] if f.untested is None else None]
        + ([f.by, {key: [*map(step_json, s)] for key, s in f.groups.items()}] if f.by else [])
        for f in features
    ]
    text = json.dumps(hashed, sort_keys=True, ensure_ascii=True, default=number)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def number(value: object) -> object:
    """Return a NumPy scalar, which a caller's steps may hold, as a Python number."""
    return value.item() if isinstance(value, np.generic) else value


def step_json(step: Step) -> dict[str, object]:
    """Return a step as a parameter file has it."""
    members: dict[str, object] = {"op": step.op}
    for key, value in settings(step).items():
        if value is not None or key == "unknown":
            members[key] = list(value) if isinstance(value, tuple) else value
    return members

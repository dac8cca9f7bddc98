"""What a code means, how it is detected and what to do, as data.

Those of tests stand in their entries, those of causes in the docstrings of the modules that find
them, all others in explain.toml.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources

from skewcheck.catalogue.spec import TestSpec
from skewcheck.catalogue.tests import TESTS

CAUSES = (
    "not_normalized", "normalized_twice", "wrong_parameters", "stale_parameters",
    "recomputed_parameters", "wrong_ddof", "wrong_method", "swapped_features", "step_missing",
    "step_changed", "unit_change", "precision_loss", "stuck_value", "encoding_changed",
    "category_renamed", "drift",
)  # fmt: skip
"""In the order in which they are listed."""
_ENTRY = re.compile(r"^(\w+): (.+)\n((?:    .+\n?)+)", re.MULTILINE)
_DETECTED = re.compile(r"Detected: (?P<detected>.+) What to do: (?P<do>.+)")


def codes() -> dict[str, dict[str, Mapping[str, str]]]:
    """Return the texts by group (`tests`, `verdicts`, `exits`, `warnings`, `causes`) and code."""
    text = resources.files("skewcheck.catalogue").joinpath("explain.toml").read_text("utf-8")
    others: dict[str, dict[str, Mapping[str, str]]] = tomllib.loads(text)
    tests = {code: _told(spec) for code, spec in TESTS.items()}
    return {"tests": tests, **others, "causes": _causes()}


def _told(spec: TestSpec) -> Mapping[str, str]:
    """Return the texts of a test with its threshold in them."""
    threshold = "" if spec.threshold is None else f"{spec.threshold:g}"
    return {key: text.replace("{threshold}", threshold) for key, text in asdict(spec.texts).items()}


def _causes() -> dict[str, Mapping[str, str]]:
    """Read what the modules of causes say of their codes, without importing NumPy for it."""
    found: dict[str, Mapping[str, str]] = {}
    for file in resources.files("skewcheck").joinpath("causes").iterdir():
        if file.name.endswith(".py"):
            text = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
            for code, title, body in _ENTRY.findall(text):
                parts = _DETECTED.fullmatch(" ".join(body.split()))
                found[code] = {"title": title} | (parts.groupdict() if parts else {})
    return {code: found[code] for code in CAUSES if code in found}

"""What a code means, how it is detected and what to do.

The texts stand in explain.toml, those of causes in the docstrings of the modules that find them.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from collections.abc import Mapping
from importlib import resources

from skewcheck.errors import UsageError
from skewcheck.options import nearest
from skewcheck.verdict import THRESHOLDS

_GROUPS = {
    "tests": "Tests",
    "verdicts": "Verdicts",
    "exits": "Exit codes",
    "warnings": "Warnings",
    "causes": "Causes",
}
_PARTS = {"means": "It means", "detected": "Detected", "do": "What to do"}

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
    text = resources.files("skewcheck").joinpath("explain.toml").read_text("utf-8")
    found: dict[str, dict[str, Mapping[str, str]]] = tomllib.loads(text)
    return {**found, "causes": _causes()}


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


def overview(width: int = 80) -> str:
    """Return all codes with their titles, a line each as far as the width allows."""
    lines: list[str] = []
    for group, entries in codes().items():
        lines += [f"{_GROUPS[group]}:"]
        for code, entry in entries.items():
            lines += _hanging(f"  {code:<22}", entry["title"], width)
        lines += [""]
    return "\n".join([*lines, "`skewcheck explain CODE` says more."]) + "\n"


def explained(code: str, width: int = 80) -> str:
    """Return what a code means; raises UsageError with the nearest code if there is none such."""
    groups = codes()
    known = [name for entries in groups.values() for name in entries]
    if code not in known:
        hint = nearest(code, known) or "; `skewcheck explain` lists all codes"
        raise UsageError(f"explain: no code {code[:60]!r}{hint}")
    told = [_told(code, group, found[code], width) for group, found in groups.items()
            if code in found]  # fmt: skip
    return "\n".join(told)


def _told(code: str, group: str, entry: Mapping[str, str], width: int) -> str:
    lines = _hanging(f"{code} ({_GROUPS[group][:-1].lower()}): ", entry["title"], width, hang=2)
    threshold = f"{THRESHOLDS[code]:g}" if code in THRESHOLDS else ""
    for part, label in _PARTS.items():
        if part in entry:
            told = entry[part].replace("{threshold}", threshold)
            lines += ["", *_hanging(f"{label}: ", told, width, hang=2)]
    return "\n".join(lines) + "\n"


def _hanging(head: str, text: str, width: int, hang: int | None = None) -> list[str]:
    pad = " " * (len(head) if hang is None else hang)
    return textwrap.wrap(head + text, width, subsequent_indent=pad, break_on_hyphens=False)

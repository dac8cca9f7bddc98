"""Texts of `skewcheck explain`: what a code means, how it is detected, what to do."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.codes import codes
from skewcheck.text.errors import UsageError
from skewcheck.text.similar import nearest

_GROUPS = {
    "tests": "Tests",
    "verdicts": "Verdicts",
    "exits": "Exit codes",
    "warnings": "Warnings",
    "causes": "Causes",
}
_PARTS = {"means": "It means", "detected": "Detected", "do": "What to do"}
_ABOVE = "Faults, and settings of their kinds (each takes a --set of its own):"
"""What stands above the list of faults that `inject` writes."""
_FIELD = re.compile(r"\{[^}]*\}")
"""A field of a phrase: a number or a name that the report tells."""


def overview(width: int = 80) -> str:
    """Return all codes with their titles, a line each as far as the width allows."""
    lines: list[str] = []
    for group, entries in codes().items():
        lines += [f"{_GROUPS[group]}:"]
        for code, entry in entries.items():
            lines += _hanging(f"  {code:<22}", entry["title"], width)
        lines += [""]
    return "\n".join([*lines, "`skewcheck explain CODE` says more."]) + "\n"


def injectable(width: int = 80) -> str:
    """Return the faults that `inject` writes, each with the settings of its kinds."""
    lines = _hanging("", _ABOVE, width)
    for spec in CAUSES.values():
        lines += _hanging(f"  {spec.code:<22}", spec.injected, width)
    return "\n".join(lines)


def explained(code: str, width: int = 80) -> str:
    """Return what a code means; raises UsageError with the nearest code if there is none such."""
    groups = codes()
    all_codes = [name for entries in groups.values() for name in entries]
    if code not in all_codes:
        hint = nearest(code, all_codes) or "; `skewcheck explain` lists all codes"
        raise UsageError(f"explain: no code {code[:60]!r}{hint}")
    texts = [_entry_text(code, group, entries[code], width) for group, entries in groups.items()
            if code in entries]  # fmt: skip
    return "\n".join(texts)


def _entry_text(code: str, group: str, entry: Mapping[str, str], width: int) -> str:
    lines = _hanging(f"{code} ({_GROUPS[group][:-1].lower()}): ", entry["title"], width, hang=2)
    for part, label in _PARTS.items():
        if part in entry:
            lines += ["", *_hanging(f"{label}: ", entry[part], width, hang=2)]
    if group == "causes":
        lines += _kinds(CAUSES[code], width)
    return "\n".join(lines) + "\n"


def _kinds(spec: CauseSpec, width: int) -> list[str]:
    """Return what a report says of each variant of a cause, and how `inject` makes them."""
    lines = ["", "Reports say:"]
    for done, phrases in (("served", spec.phrases), ("logged", spec.logged)):
        for phrase in dict.fromkeys(phrases.values()):
            said = _FIELD.sub("...", phrase)
            lines += _hanging(f"  were {done} ", said, width, hang=4)
    if spec.injected:
        lines += ["", *_hanging("To inject it, --set: ", spec.injected, width, hang=2)]
    return lines


def _hanging(head: str, text: str, width: int, hang: int | None = None) -> list[str]:
    pad = " " * (len(head) if hang is None else hang)
    return textwrap.wrap(head + text, width, subsequent_indent=pad, break_on_hyphens=False)

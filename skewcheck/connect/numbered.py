"""Names with a number each, which together are a vector: `f0`, `f1` and so on."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBERED = re.compile(r"(\D*)(\d{1,6})")
LEAST = 2
"""Names of a vector."""


def numbered(names: Iterable[str]) -> dict[str, list[str]]:
    """Return names by what stands before their numbers, in the order of these.

    Left out are those whose numbers do not begin with 0 or 1, or have gaps.
    """
    found: dict[str, dict[int, str]] = {}
    for name in names:
        match = _NUMBERED.fullmatch(name)
        if match is not None:
            found.setdefault(match[1], {}).setdefault(int(match[2]), name)
    result: dict[str, list[str]] = {}
    for before, of_number in found.items():
        first, last = min(of_number), max(of_number)
        if first <= 1 and last - first + 1 == len(of_number) >= LEAST:
            result[before] = [of_number[number] for number in sorted(of_number)]
    return result

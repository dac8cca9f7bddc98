"""Lists whose positions have a meaning that the file does not say."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.parameters.shapes.fields import number
from skewcheck.text.errors import ParameterError

_FASTSPEECH = frozenset(("pitch", "energy"))
"""FastSpeech 2 (stats.json): [min, max, mean, std], min and max of the standardized values."""


_PAIRS = [[a, b] for a in (int, float) for b in (int, float)]


def named(tree: object) -> object:
    """Return the tree with such lists as objects; ParameterError where they may mean two things."""
    if not isinstance(tree, Mapping) or not tree:
        return tree
    rows = [value for value in tree.values() if isinstance(value, list) and len(value) in (2, 4)]
    numbers = [row for row in rows if all(type(x) in (int, float) for x in row)]
    if len(numbers) < len(tree):
        return tree
    if set(tree) <= _FASTSPEECH and all(len(row) == 4 for row in numbers):
        return {name: _fastspeech(row) for name, row in zip(tree, numbers, strict=True)}
    return tree


def _fastspeech(row: list[float]) -> dict[str, object]:
    low, high, mean, std = row
    if not (low <= high and std > 0):
        raise ParameterError("must be [min, max, mean, std] for pitch and energy")
    ends = {"min": low * std + mean, "max": high * std + mean}
    return {"mean": mean, "std": std, **ends, "scaler_type": "standard"}


def unclear(tree: object) -> str | None:
    """Return the name of the first list of two where there are only such; None else."""
    if not isinstance(tree, Mapping) or not tree or any(map(number, map(str, tree))):
        return None
    pairs = all(isinstance(row, list) and list(map(type, row)) in _PAIRS for row in tree.values())
    return str(next(iter(tree))) if pairs else None

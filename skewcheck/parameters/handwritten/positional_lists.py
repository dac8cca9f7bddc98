"""Lists in which the position of a number says what it is."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.parameters.handwritten.key_names import number_kind, side_key
from skewcheck.text.errors import ParameterError

_FASTSPEECH = frozenset(("pitch", "energy"))
"""Keys of FastSpeech 2's stats.json: [min, max, mean, std], min and max of standardized values."""


_NUMBER_PAIRS = [[a, b] for a in (int, float) for b in (int, float)]
"""Types of the two numbers of a pair."""


def with_named_positions(tree: object) -> object:
    """Return the tree with known positional lists as objects; ParameterError if invalid."""
    if not isinstance(tree, Mapping) or not tree:
        return tree
    lists = [value for value in tree.values() if isinstance(value, list) and len(value) in (2, 4)]
    number_lists = [row for row in lists if all(type(x) in (int, float) for x in row)]
    if len(number_lists) < len(tree):
        return tree
    if set(tree) <= _FASTSPEECH and all(len(row) == 4 for row in number_lists):
        return {
            name: _fastspeech_numbers(row) for name, row in zip(tree, number_lists, strict=True)
        }
    return tree


def _fastspeech_numbers(row: list[float]) -> dict[str, object]:
    """Return FastSpeech's list as an object with min and max in raw units."""
    low, high, mean, std = row
    if not (low <= high and std > 0):
        raise ParameterError("must be [min, max, mean, std] for pitch and energy")
    ends = {"min": low * std + mean, "max": high * std + mean}
    return {"mean": mean, "std": std, **ends, "scaler_type": "standard"}


def ambiguous_pair(tree: object) -> str | None:
    """Return the first key of a tree that only has lists of two numbers; None otherwise."""
    if not isinstance(tree, Mapping) or not tree:
        return None
    if any(number_kind(key) or side_key(key) for key in map(str, tree)):
        return None
    pairs = all(
        isinstance(row, list) and list(map(type, row)) in _NUMBER_PAIRS for row in tree.values()
    )
    return str(next(iter(tree))) if pairs else None

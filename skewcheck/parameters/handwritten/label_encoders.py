"""Label encoders in handwritten files: the codes of levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from skewcheck.features.steps import Affine, Step, Vocabulary
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.handwritten import key_names
from skewcheck.parameters.handwritten.flatten import Leaf
from skewcheck.parameters.source import ParameterSource

Codes = Mapping[str, float]
_CONTAINER_KEYS = key_names.LEVEL_KEYS | key_names.ENCODER_KEYS


def encoders(leaves: Sequence[Leaf]) -> dict[tuple[str, ...], Codes]:
    """Return the codes of each encoder by the keys that name its feature; empty without one.

    Either a list of levels in order of their codes, under a key such as `classes`, or an object of
    codes by level: two or more distinct whole numbers that start at 0 or 1 without gaps.
    """
    listed: dict[tuple[str, ...], Codes] = {}
    mapped: dict[tuple[str, ...], dict[str, float]] = {}
    for leaf in leaves:
        if isinstance(leaf.value, float) and not leaf.value.is_integer():
            return {}
        container_indices = [
            i for i, key in enumerate(leaf.path) if key_names.normalized_key(key) in _CONTAINER_KEYS
        ]
        name_keys = tuple(key for i, key in enumerate(leaf.path) if i not in container_indices)
        if any(map(key_names.number_kind, leaf.path[:-1])) or any(leaf.sided[:-1]):
            return {}
        if (
            isinstance(leaf.value, tuple) and not leaf.value
        ):  # numbers among texts or nulls: neither levels nor codes
            continue
        if isinstance(leaf.value, tuple) and container_indices:
            listed[name_keys] = {level: float(i) for i, level in enumerate(leaf.value)}
        elif isinstance(leaf.value, float) and leaf.path:
            mapped.setdefault(name_keys[:-1], {})[leaf.path[-1]] = leaf.value
        elif leaf.numeric:
            return {}
    return listed | mapped if all(map(_are_codes, mapped.values())) else {}


def _is_number_key(level: str) -> bool:
    """Return whether a level is also the name of a kind of number."""
    return key_names.number_kind(level) is not None or key_names.split_key(level) is not None


def _are_codes(codes: Codes) -> bool:
    values = sorted(codes.values())
    if all(map(_is_number_key, codes)):
        return False
    return len(values) > 1 and values[0] in (0.0, 1.0) and all(
        b == a + 1 for a, b in pairwise(values))  # fmt: skip


def columns(
    source: ParameterSource, codes_by_path: Mapping[tuple[str, ...], Codes]
) -> list[PipelineColumn]:
    """Return a column for each encoder; UnnamedError for a single one without a name."""
    user_names = iter(source.names_for(1) if () in codes_by_path else ())
    return [
        PipelineColumn(".".join(path) if path else next(user_names), type="categorical").then(
            *_steps(codes), source=".".join(path)
        )
        for path, codes in codes_by_path.items()
    ]


def _steps(codes: Codes) -> tuple[Step, ...]:
    levels = sorted(codes, key=lambda level: codes[level])
    first_code = codes[levels[0]]
    # The file does not say which code nulls and unseen levels get.
    encoder = Vocabulary(tuple(canonical(level) for level in levels), None, unsaid=True)
    return (encoder,) if not first_code else (encoder, Affine(-first_code, 1.0))

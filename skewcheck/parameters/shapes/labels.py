"""Label encoders in JSON: the codes that levels got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from skewcheck.features.steps import Affine, Step, Vocabulary
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.shapes import fields
from skewcheck.parameters.shapes.leaves import Leaf
from skewcheck.parameters.source import ParameterSource

Codes = Mapping[str, float]
_HOLDERS = fields.LEVELS | fields.ENCODERS


def encoders(every: Sequence[Leaf]) -> dict[tuple[str, ...], Codes]:
    """Return the codes of each encoder by the keys that name its feature; none if it is no such.

    Either levels in the order of their codes, under a word such as `classes`, or each level with
    its code: two or more whole numbers, all different, that begin at 0 or 1 and leave none out.
    """
    listed: dict[tuple[str, ...], Codes] = {}
    mapped: dict[tuple[str, ...], dict[str, float]] = {}
    for leaf in every:
        if isinstance(leaf.value, float) and not leaf.value.is_integer():
            return {}
        held = [i for i, key in enumerate(leaf.path) if fields.plain(key) in _HOLDERS]
        rest = tuple(key for i, key in enumerate(leaf.path) if i not in held)
        if any(fields.number(key) for key in leaf.path[:-1]):
            return {}
        if isinstance(leaf.value, tuple) and held:
            listed[rest] = {level: float(i) for i, level in enumerate(leaf.value)}
        elif isinstance(leaf.value, float) and leaf.path:
            mapped.setdefault(rest[:-1], {})[leaf.path[-1]] = leaf.value
        elif leaf.numeric:
            return {}
    return listed | mapped if all(map(_coded, mapped.values())) else {}


def _is_kind(level: str) -> bool:
    return fields.number(level) is not None or fields.divided(level) is not None


def _coded(codes: Codes) -> bool:
    values = sorted(codes.values())
    if all(map(_is_kind, codes)):
        return False
    return len(values) > 1 and values[0] in (0.0, 1.0) and all(
        b == a + 1 for a, b in pairwise(values))  # fmt: skip


def columns(
    source: ParameterSource, found: Mapping[tuple[str, ...], Codes]
) -> list[PipelineColumn]:
    """Return a column for each encoder; UnnamedError for a single one without a name."""
    given = iter(source.names_for(1) if () in found else ())
    return [
        PipelineColumn(".".join(path) if path else next(given), type="categorical").then(
            *_steps(codes), source=".".join(path)
        )
        for path, codes in found.items()
    ]


def _steps(codes: Codes) -> tuple[Step, ...]:
    ordered = sorted(codes, key=lambda level: codes[level])
    first = codes[ordered[0]]
    # Nothing says what strangers get: no value is promised for them.
    encoder = Vocabulary(tuple(canonical(level) for level in ordered), None)
    return (encoder,) if not first else (encoder, Affine(-first, 1.0))

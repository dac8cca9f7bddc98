"""Category codes shifted, permuted, or in another order than training's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from skewcheck.catalogue.causes import ENCODING_CHANGED
from skewcheck.causes.mechanism import Known, Mechanism, with_step
from skewcheck.features.steps import Affine, Buckets
from skewcheck.results.causes import Cause, Place

KEPT = 20
"""Codes in the parameters of a cause."""


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield buckets counted from another number, and from the other end."""
    steps = known.feature.steps
    for i, step in enumerate(steps):
        if not isinstance(step, Buckets):
            continue
        codes = range(len(step.edges) + 1)
        recodings: tuple[tuple[str, dict[str, object], Affine], ...] = (
            ("shifted", {"shift": 1.0}, Affine(-1.0, 1.0)),
            ("shifted", {"shift": -1.0}, Affine(1.0, 1.0)),
            ("reverse", {}, Affine(float(codes[-1]), -1.0)),
        )
        for variant, details, recoded in recodings:
            mapping = {str(code): (code - recoded.offset) * recoded.scale for code in codes}
            changed, parameters = with_step(steps, i, step, recoded), {"mapping": mapping}
            yield Mechanism(ENCODING_CHANGED, changed, parameters, variant=variant, details=details)


def of_strangers(
    rows: Mapping[float, int], share: float, confidence: float, place: Place | None,
    mapping: Mapping[str, float] | None = None,
) -> Cause:  # fmt: skip
    """Return that so many rows have codes that training cannot give.

    `mapping` is which level each code stands for, where their shares say so.
    """
    codes = tuple(sorted(rows, key=lambda code: (-rows[code], code)))
    found = {"codes": codes[:KEPT]} if mapping is None else {"mapping": mapping}
    details = {"strange": codes}
    return Cause(ENCODING_CHANGED.code, share, confidence, found, place, "strangers", details)


def orders(vocabulary: Sequence[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield orders in which another program may number the levels, with the codes they give."""
    for order, variant in (
        (sorted(vocabulary), "alphabetical"),
        (sorted(vocabulary, key=str.casefold), "alphabetical"),
        (list(reversed(vocabulary)), "reverse"),
    ):
        for first in (0, 1):
            codes = {level: float(i + first) for i, level in enumerate(order)}
            yield f"{variant}{'_from_1' if first else ''}", codes


Named = tuple[str, dict[str, object]]
"""The phrase's variant, and its details."""


def named(pairs: Mapping[str, float], vocabulary: Sequence[str], unknown: float) -> Named | None:
    """Return what served codes are, given the code that each level got; None for training's own.

    `pairs` holds, for each level seen, the code that most of its rows were served with, `unknown`
    is training's code for levels that are not in the vocabulary.
    """
    own = {level: float(i) for i, level in enumerate(vocabulary)}
    known = {level: code for level, code in pairs.items() if level in own}
    strange = {code for level, code in pairs.items() if level not in own}
    if all(own[level] == code for level, code in known.items()):
        one = len(strange) == 1 and len(pairs) - len(known) > 1 and unknown not in strange
        return ("other_unknown", {}) if one else None
    if set(known.values()) == {unknown}:
        return "unknown", {}
    shifts = {code - own[level] for level, code in known.items()}
    # A single level that has moved by more than one place tells of no shift.
    if len(shifts) == 1 and (len(known) > 1 or abs(*shifts) == 1):
        return "shifted", {"shift": shifts.pop()}
    for variant, codes in orders(vocabulary):
        if all(codes[level] == code for level, code in known.items()):
            return variant, {}
    return ("permuted" if len(set(known.values())) == len(known) else "mixed"), {}

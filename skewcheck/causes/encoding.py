"""Codes of categories and of buckets: shifted, permuted, or numbered in another order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from skewcheck.catalogue.causes import ENCODING_CHANGED
from skewcheck.causes.mechanism import FeatureContext, Mechanism, with_step
from skewcheck.features.steps import Affine, Buckets, Map
from skewcheck.results.causes import Cause, Place

RELATIVE, ABSOLUTE = 1e-5, 1e-6
"""How far numbers of a map may be apart: more than float32 loses, less than rounding to four
digits."""
MAX_CODES_REPORTED = 20
"""Codes listed in the parameters of a cause, the most frequent: reports stay readable."""


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield buckets numbered from another first code, and in reverse."""
    steps = context.feature.steps
    for i, step in enumerate(steps):
        if not isinstance(step, Buckets):
            continue
        codes = range(len(step.edges) + 1)
        recodings: tuple[tuple[str, dict[str, object], Affine], ...] = (
            ("shifted", {"shift": 1.0}, Affine(-1.0, 1.0)),
            ("shifted", {"shift": -1.0}, Affine(1.0, 1.0)),
            ("reverse", {}, Affine(float(codes[-1]), -1.0)),
        )
        for variant, details, recoding in recodings:
            mapping = {str(code): (code - recoding.offset) * recoding.scale for code in codes}
            changed, parameters = with_step(steps, i, step, recoding), {"mapping": mapping}
            yield Mechanism(ENCODING_CHANGED, changed, parameters, variant=variant, details=details)


def of_unknown_codes(
    rows: Mapping[float, int], share: float, confidence: float, place: Place | None,
    mapping: Mapping[str, float] | None = None,
) -> Cause:  # fmt: skip
    """Return a cause for rows with codes that the training encoder never gives.

    `rows` counts rows by code. `mapping` is the code of each level, where shares identify it.
    """
    codes = tuple(sorted(rows, key=lambda code: (-rows[code], code)))
    parameters = {"codes": codes[:MAX_CODES_REPORTED]} if mapping is None else {"mapping": mapping}
    details = {"strange": codes}
    return Cause(ENCODING_CHANGED.code, share, confidence, parameters, place, "strangers", details)


def orders(vocabulary: Sequence[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield the codes of the levels in orders that other programs use, each with its variant."""
    for order, variant in (
        (sorted(vocabulary), "alphabetical"),
        (sorted(vocabulary, key=str.casefold), "alphabetical"),
        (list(reversed(vocabulary)), "reverse"),
    ):
        for first in (0, 1):
            codes = {level: float(i + first) for i, level in enumerate(order)}
            yield f"{variant}{'_from_1' if first else ''}", codes


Recoding = tuple[str, dict[str, object]]
"""Variant of the cause's phrase, and the details that it needs."""


def describe_recoding(
    pairs: Mapping[str, float], vocabulary: Sequence[str], unknown: float
) -> Recoding | None:
    """Return how served codes differ from training's; None where they do not.

    `pairs` is the most frequent served code of each raw level, `unknown` the training code of
    levels that are not in the vocabulary.
    """
    training_codes = {level: float(i) for i, level in enumerate(vocabulary)}
    served = {level: code for level, code in pairs.items() if level in training_codes}
    codes_of_unknown = {code for level, code in pairs.items() if level not in training_codes}
    if all(training_codes[level] == code for level, code in served.items()):
        another_code = (
            len(codes_of_unknown) == 1
            and len(pairs) - len(served) > 1
            and unknown not in codes_of_unknown
        )
        return ("other_unknown", {}) if another_code else None
    if set(served.values()) == {unknown}:
        return "unknown", {}
    shifts = {round(code - training_codes[level], 6) for level, code in served.items()}
    # A single level that moved by more than one place is no evidence of a shift.
    if len(shifts) == 1 and (len(served) > 1 or abs(*shifts) <= 1):
        return "shifted", {"shift": shifts.pop()}
    for variant, codes in orders(vocabulary):
        if all(codes[level] == code for level, code in served.items()):
            return variant, {}
    if not {unknown, *training_codes.values()}.issuperset(served.values()):
        return "other_numbers", {}
    return ("permuted" if len(set(served.values())) == len(served) else "mixed"), {}


def describe_mapping(pairs: Mapping[str, float], step: Map) -> Recoding | None:
    """Return how the numbers of levels differ from those of a map to one; None if they do not.

    `pairs` is the most frequent served number of each raw level.
    """
    served = np.array(list(pairs.values()))
    right = step.codes(list(pairs))
    if np.isclose(served, right, RELATIVE, ABSOLUTE).all():
        return None
    training = step.codes([*step.values])
    if np.isclose(served, step.codes(["\x00"]), RELATIVE, ABSOLUTE).all():
        return "unknown", {}
    places = [np.flatnonzero(np.isclose(training, number, RELATIVE, ABSOLUTE)) for number in served]
    if not all(map(len, places)):
        return "other_numbers", {}
    return ("permuted" if len({int(p[0]) for p in places}) == len(places) else "mixed"), {}

"""Category codes shifted, permuted, or in another order than training's.

encoding_changed: category codes permuted or shifted
    Detected: the code (or the onehot column) that each level was served with, against the
    vocabulary: shifted, in alphabetical or reverse order, permuted, or that of unknown levels.
    Without raw levels the shares of the codes tell a shift, and another order of three or more
    codes whose shares differ; codes that no list of levels or buckets gives are told as such
    where nothing explains them. Codes of buckets may be shifted or in reverse order, too; other
    edges of theirs are step_changed.
    What to do: ship the vocabulary with the model instead of building it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from skewcheck.causes.mechanism import Known, Mechanism, with_step
from skewcheck.features.steps import Affine, Buckets

LISTED, KEPT = 3, 20
"""Codes that are told in a sentence, and in the parameters of a cause."""


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield buckets counted from another number, and from the other end."""
    steps = known.feature.steps
    for i, step in enumerate(steps):
        if not isinstance(step, Buckets):
            continue
        codes = range(len(step.edges) + 1)
        for told, recoded in (
            ("shifted by +1", Affine(-1.0, 1.0)),
            ("shifted by -1", Affine(1.0, 1.0)),
            ("in reverse order", Affine(float(codes[-1]), -1.0)),
        ):
            shown = {str(code): (code - recoded.offset) * recoded.scale for code in codes}
            changed = with_step(steps, i, step, recoded)
            did = f"with codes {told}"
            yield Mechanism("encoding_changed", changed, did, {"mapping": shown})


def strangers(rows: Mapping[float, int]) -> tuple[str, dict[str, object]]:
    """Return, in words and as parameters, codes that training cannot give, with their rows."""
    codes = sorted(rows, key=lambda code: (-rows[code], code))
    more = len(codes) - LISTED
    listed = ", ".join(f"{code:.6g}" for code in codes[:LISTED])
    did = f"with codes that training cannot give: {listed}{f' and {more} more' if more > 0 else ''}"
    return did, {"codes": codes[:KEPT]}


def orders(vocabulary: Sequence[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield orders in which another program may number the levels, with the codes they give."""
    for order, told in (
        (sorted(vocabulary), "codes in alphabetical order"),
        (sorted(vocabulary, key=str.casefold), "codes in alphabetical order"),
        (list(reversed(vocabulary)), "codes in reverse order"),
    ):
        for first in (0, 1):
            codes = {level: float(i + first) for i, level in enumerate(order)}
            yield f"{told}{', from 1' if first else ''}", codes


def named(pairs: Mapping[str, float], vocabulary: Sequence[str], unknown: float) -> str | None:
    """Return what served codes are, given the code that each level got; None for training's own.

    `pairs` holds, for each level seen, the code that most of its rows were served with, `unknown`
    is training's code for levels that are not in the vocabulary.
    """
    own = {level: float(i) for i, level in enumerate(vocabulary)}
    known = {level: code for level, code in pairs.items() if level in own}
    strange = {code for level, code in pairs.items() if level not in own}
    if all(own[level] == code for level, code in known.items()):
        one = len(strange) == 1 and len(pairs) - len(known) > 1 and unknown not in strange
        return "another code for unknown levels" if one else None
    if set(known.values()) == {unknown}:
        return "the code for unknown levels"
    shifts = {code - own[level] for level, code in known.items()}
    # A single level that has moved by more than one place tells of no shift.
    if len(shifts) == 1 and (len(known) > 1 or abs(*shifts) == 1):
        return f"codes shifted by {shifts.pop():+g}"
    for told, codes in orders(vocabulary):
        if all(codes[level] == code for level, code in known.items()):
            return told
    return "codes permuted" if len(set(known.values())) == len(known) else "codes mixed up"

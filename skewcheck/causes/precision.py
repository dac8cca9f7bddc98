"""Values rounded, or in a narrower type than the file says.

precision_loss: values rounded, or cast to a narrower type than the file says
    Detected: the training values, rounded or cast before or after the steps, are those served.
    Not looked for where the file itself has a cast, round or quantize step.
    What to do: keep the type until the model's input, or add the step to the parameter file and
    train with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.causes.mechanism import Known, Mechanism
from skewcheck.steps import Cast, Quantize, Round, Step

_ON_PURPOSE = (Cast, Round, Quantize)


def narrowed(known: Known, told: str) -> Mechanism:
    """Return the cause of served values that all fit into a narrow type, or few decimals."""
    step: Step = Round(int(told)) if told.isdigit() else Cast(told)
    did = f"rounded to {told} decimals" if told.isdigit() else f"cast to {told}"
    found: dict[str, object] = {"decimals": int(told)} if told.isdigit() else {"dtype": told}
    return Mechanism("precision_loss", (*known.feature.steps, step), did, found)


_TYPES = ("float16", "bfloat16", "int64", "int8")


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield rounding and casts of the served value, then of the raw one.

    Nothing where the file itself rounds or casts: that is on purpose.
    """
    steps = known.feature.steps
    if known.feature.type != "numeric" or any(isinstance(s, _ON_PURPOSE) for s in steps):
        return
    # The widest that explains the rows is named: 3 decimals before 2, float16 before bfloat16.
    # Of more than 4 decimals the arithmetic's own rounding leaves nothing to see.
    narrow: list[tuple[Step, str, dict[str, object]]] = [
        (Round(d), f"rounded to {d} decimals", {"decimals": d}) for d in (4, 3, 2, 1, 0)
    ]
    narrow += [(Cast(t), f"cast to {t}", {"dtype": t}) for t in _TYPES]
    for step, did, found in narrow:
        yield Mechanism("precision_loss", (*steps, step), did, found)
    if steps:
        for step, did, found in narrow:
            text = f"from raw values {did}"
            yield Mechanism("precision_loss", (step, *steps), text, {**found, "raw": True})

"""One Arrow array becomes NumPy: as numbers, or as codes of labels."""

from skewcheck.logs.arrays.categorical import Labels, canonical, label, labels, levels, spelled
from skewcheck.logs.arrays.numeric import (
    Digits,
    FloatArray,
    IntArray,
    NumberArray,
    Numbers,
    digits,
    numbers,
)

__all__ = [
    "Digits", "FloatArray", "IntArray", "Labels", "NumberArray", "Numbers", "canonical", "digits",
    "label", "labels", "levels", "numbers", "spelled",
]  # fmt: skip

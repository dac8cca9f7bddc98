"""One Arrow array becomes NumPy: as numbers, or as codes of labels."""

from skewcheck.arrays.categorical import Labels, canonical, label, labels, spelled
from skewcheck.arrays.numeric import Digits, NumberArray, Numbers, digits, numbers

__all__ = [
    "Digits", "Labels", "NumberArray", "Numbers", "canonical", "digits", "label", "labels",
    "numbers", "spelled",
]  # fmt: skip

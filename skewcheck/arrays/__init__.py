"""One Arrow array becomes NumPy: as numbers, or as codes of labels."""

from skewcheck.arrays.categorical import Labels, label, labels
from skewcheck.arrays.numeric import Digits, NumberArray, Numbers, digits, numbers

__all__ = ["Digits", "Labels", "NumberArray", "Numbers", "digits", "label", "labels", "numbers"]

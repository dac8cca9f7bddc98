"""Text columns of training data: which hold numbers, and what in them is no number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa

from skewcheck.features.types import Feature, ParameterWarning
from skewcheck.logs.arrays.arrow import from_texts
from skewcheck.logs.arrays.cells import is_text
from skewcheck.logs.arrays.texts import MIN_NUMBER_SHARE, Texts, parsed
from skewcheck.training.first_pass import FirstPass, LevelSummary

MIN_TOLD_SHARE = 0.5
"""Share of numbers in the rows below which text is text, and nobody would take it for numbers."""


def spelled_numbers(first_pass: FirstPass, columns: Mapping[str, pa.DataType]) -> list[str]:
    """Return the columns of text, read as labels, that hold numbers.

    Nulls, white space and words for a missing number are set aside. At least half of the other
    rows must be numbers, and nearly all of them or of the distinct texts. A dictionary of text is
    meant as categories by who wrote it.
    """
    return [
        name
        for name, levels in first_pass.levels.items()
        if is_text(columns[name]) and _numbers(first_pass.texts.get(name, Texts()), levels)
    ]


def _numbers(texts: Texts, levels: LevelSummary) -> bool:
    if texts.mostly_numbers:
        return True
    rows = texts.numbers + texts.words
    if not texts.numbers or texts.numbers < MIN_TOLD_SHARE * rows or levels.counts is None:
        return False
    numbers, words = parsed(from_texts([*levels.counts]))
    distinct: int = len(numbers) - numbers.null_count
    return distinct >= MIN_NUMBER_SHARE * (distinct + int(np.count_nonzero(words)))


def not_numbers(features: Iterable[Feature], first_pass: FirstPass) -> Iterator[ParameterWarning]:
    """Yield a warning per feature of which most texts are numbers, and some are not."""
    for feature in features:
        texts = first_pass.texts.get(feature.name, Texts())
        column = first_pass.numeric.get(feature.name)
        # Numbers that were parsed where the file was read do not show as text.
        numbers = texts.numbers if column is None else max(texts.numbers, column.finite)
        odd = texts.blanks + texts.words
        worth_telling = odd if column else texts.words
        if not worth_telling or numbers < MIN_TOLD_SHARE * (numbers + texts.words):
            continue
        parameters = {
            "feature": feature.name, "type": feature.type, "share": numbers / (numbers + odd),
            "rows": odd, "words": texts.words, "examples": texts.examples,
        }  # fmt: skip
        yield ParameterWarning("not_numbers", parameters, (feature.name,))

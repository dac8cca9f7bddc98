"""Golden rows as a conformance test for servers: the rows, and whether their answers are right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skewcheck.config.given import Origin
from skewcheck.config.loading import loaded
from skewcheck.features.shared_names import refuse_shared
from skewcheck.features.types import Parameters
from skewcheck.results.conformance import RowsCheck
from skewcheck.text.errors import NothingToTestError, naming
from skewcheck.text.numbers import shortened
from skewcheck.training.golden_rows import Golden, golden_of


@naming(Origin("function", "rows"))
def rows(
    parameters: str | Path | Parameters, *, names: Sequence[str] = ()
) -> list[dict[str, object]]:
    """Return the golden rows of a parameter file: `{"id": 0, "input": {...}, "expected": {...}}`.

    A server is right if it gives `expected` for `input`, which `check_rows` says. At most 100 rows,
    always the same for the same file. Null stands for no value, the texts `inf` and `-inf` for
    infinities. `names` name the values of a file that does not. Raises NothingToTestError where
    nothing of the file can be computed, ParameterError for an invalid file.
    """
    return [*as_objects(golden(parameters, names))]


def golden(parameters: str | Path | Parameters, names: Sequence[str] = ()) -> Golden:
    """Return the golden rows of a file; NothingToTestError where there are none."""
    read = loaded(parameters, names)
    refuse_shared(read.features)
    result = golden_of(read)
    if not len(result.rows):
        raise NothingToTestError(
            f"{read.path or 'the parameters'}: has no golden rows, and no steps that give them:"
            f" {shortened(result.left_out)}; skewcheck.capture(object, X) stores rows"
        )
    return result


def as_objects(golden_rows: Golden) -> list[dict[str, object]]:
    """Return each row as an object of JSON."""
    table = golden_rows.rows
    return [
        {
            "id": i,
            "input": {name: values[i] for name, values in table.inputs.items()},
            "expected": {name: values[i] for name, values in table.expected.items()},
        }
        for i in range(len(table))
    ]


def dumps(golden_rows: Golden) -> str:
    """Return JSON Lines."""
    objects = as_objects(golden_rows)
    return "".join(f"{json.dumps(row, ensure_ascii=False, allow_nan=False)}\n" for row in objects)


@naming(Origin("function", "check_rows"))
def check_rows(
    parameters: str | Path | Parameters, answers: object, *, names: Sequence[str] = ()
) -> RowsCheck:
    """Say whether a server's answers to the golden rows of a parameter file are right.

    `answers` are a file of JSON Lines (`{"id": 0, "output": {...}}`, in any order), or such
    objects; an output may be a list in the order of `expected`, and ids may be left out where every
    row has its answer in its place. Numbers are right within the rounding of float32 arithmetic and
    of seven printed digits. Raises UsageError for what are no answers to these rows,
    NothingToTestError where the file has no golden rows.
    """
    from skewcheck.lock.answer_check import check  # rows are mostly written alone
    from skewcheck.lock.answers import read_answers

    read = loaded(parameters, names)
    expected = golden(read)
    given = read_answers(answers, len(expected.rows))
    name = str(answers) if isinstance(answers, str | Path) else "answers"
    with np.errstate(all="ignore"):
        return check(read, expected, given, name)

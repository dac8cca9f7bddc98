"""Values of JSON, as Python has them, become Arrow columns of the types that are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from skewcheck.logs.arrays import label
from skewcheck.logs.arrays.arrow import from_texts

Steps = tuple[str | int, ...]
"""The way to a value inside of a column, as `Path` has it."""


def asked(kind: pa.DataType, paths: Sequence[Steps], number: bool) -> pa.DataType:
    """Return the type to ask for where the first rows have `kind`: what these paths inside need.

    Numbers are asked for as float64 if `number` is True, times as text: Arrow's JSON reader knows
    fewer spellings of a time than its cast, and fails for one.
    """
    if pa.types.is_struct(kind):
        inside: dict[str, list[Steps]] = {}
        for steps in paths:
            if steps:
                inside.setdefault(str(steps[0]), []).append(steps[1:])
            else:  # the struct itself, with all of it
                inside = {kind.field(place).name: [()] for place in range(kind.num_fields)}
                break
        return pa.struct(
            [(name, asked(kind.field(name).type, rest, number)) for name, rest in inside.items()]
        )
    if pa.types.is_list(kind):
        return pa.list_(asked(kind.value_type, [steps[1:] for steps in paths], number))
    if number and (pa.types.is_integer(kind) or pa.types.is_null(kind)):
        return pa.float64()
    return pa.string() if pa.types.is_null(kind) or pa.types.is_temporal(kind) else kind


def text_of(value: object) -> str | None:
    """Return a value as the text that stands for it in a column of text; None for null."""
    match value:
        case dict():
            return "{…}"  # never a number, and one label
        case list():
            return "[…]"
        case _:
            return label(value)


def column(values: list[object], *, number: bool, truths: bool) -> pa.Array:
    """Return values of several types as text, numbers alone as the numbers that are asked for.

    Booleans are numbers in a column of booleans (`truths`), and words among numbers, as in text.
    """
    if number and truths:
        values = [int(value) if isinstance(value, bool) else value for value in values]
    texts = from_texts([text_of(value) for value in values])
    # As the other blocks of the file have it, unless there is more than numbers in it.
    only_numbers = number and not any(
        isinstance(value, str | bool | dict | list) for value in values
    )
    return texts.cast(pa.float64()) if only_numbers else texts

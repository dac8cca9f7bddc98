"""Arrays of a skops file: members in NumPy's own format, or lists of nodes for objects."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from skewcheck.parameters.handwritten.numpy_files import read_array
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.skops.nodes_of_json import damaged
from skewcheck.text.errors import ParameterError


def numpy_array(content: bytes, is_scalar: bool) -> object:
    """Return an array, or the one number of it; an opaque object for what is no plain array.

    Records, dates and complex numbers are none: no transformer of columns holds them.
    """
    try:
        array = read_array(content)
    except ParameterError:
        return PickledObject("numpy", "ndarray", opaque=True)
    return array[()] if is_scalar and array.shape == () else array


def object_array(values: Sequence[object], shape: object) -> object:
    """Return an array of objects; ParameterError unless the shape is that of the values.

    skops writes the outermost axis as values, each of them a list for further axes.
    """
    lengths = shape if isinstance(shape, tuple) else (-1,)
    sizes = [n for n in lengths if type(n) is int and 0 <= n < 2**31]
    flat = [*values]
    for length in sizes[1:]:
        if not all(isinstance(row, list) and len(row) == length for row in flat):
            raise damaged("an array in it has not the shape that it says")
        flat = [x for row in flat if isinstance(row, list) for x in row]
    if len(sizes) != len(lengths) or len(sizes) > 32 or math.prod(sizes) != len(flat):
        raise damaged("an array in it has not the shape that it says")
    array = np.empty(len(flat), object)
    for i, value in enumerate(flat):
        array[i] = value
    try:
        return array.reshape(sizes)
    except ValueError as error:  # no values, and axes whose product is beyond any
        raise damaged("an array in it has not the shape that it says") from error

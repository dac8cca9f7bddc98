"""Python literals as data: what `str(dict)`, NumPy and pandas print, read without running it."""

from __future__ import annotations

import ast
import json
import math
import re
from contextlib import suppress

_WORDS: dict[str, object] = {
    "nan": math.nan, "NaN": math.nan, "NaT": None, "inf": math.inf, "null": None, "true": True,
    "false": False,
}  # fmt: skip
"""Names that stand for a value where a number is printed."""
_WRAPPERS = frozenset([
    "array", "float64", "float32", "int64", "int32", "float16", "Timestamp", "Decimal", "str_",
    "bool_", "asarray", "tensor", "Series", "list", "tuple",
])  # fmt: skip
"""Functions whose first argument is the value that was printed."""
_ARRAY = re.compile(r"\[[-+.\deE\s,nainf\[\]]*\]")
"""An array as NumPy prints it: without commas."""
_NUMBERS = re.compile(r"\[[-+.\deE\s,\[\]]*\]")
"""Lists of numbers, which are mostly JSON as well."""
MAX_CHARACTERS = 1 << 18
"""Of a literal beside lists of numbers: Python's parser takes 500 times as much memory."""


def literal(text: str) -> object:
    """Return the value of a Python literal; ValueError for anything else.

    Known beside Python's own are `nan`, `array([...])`, `np.float64(1.5)`, `Timestamp('...')`, and
    arrays as NumPy prints them, `[1.5 2.5]`. Nothing is called.
    """
    stripped = text.strip()
    if "," not in stripped and _ARRAY.fullmatch(stripped):
        stripped = re.sub(r"(?<=[\d.naif\]])\s+(?=[-+.\dni\[])", ", ", stripped)
    if _NUMBERS.fullmatch(stripped):
        with suppress(ValueError, RecursionError):
            return json.loads(stripped)
    if len(stripped) > MAX_CHARACTERS:
        raise ValueError
    try:
        return _value(ast.parse(stripped, mode="eval").body)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError from error


def _value(node: ast.expr) -> object:
    match node:
        case ast.Constant(value):
            if isinstance(value, complex) or value is ...:
                raise ValueError
            return value
        case ast.Dict(keys, values):
            if any(key is None for key in keys):
                raise ValueError
            return {
                str(_value(key)): _value(value)
                for key, value in zip(keys, values, strict=True)
                if key is not None
            }
        case ast.List(items) | ast.Tuple(items):
            return [_value(item) for item in items]
        case ast.UnaryOp(ast.USub() | ast.UAdd() as sign, operand):
            number = _value(operand)
            if isinstance(number, bool) or not isinstance(number, int | float):
                raise ValueError
            return -number if isinstance(sign, ast.USub) else number
        case ast.Name(name) | ast.Attribute(attr=name) if name in _WORDS:
            return _WORDS[name]
        case ast.Call(ast.Name(name) | ast.Attribute(attr=name), [first, *_]) if name in _WRAPPERS:
            return _value(first)
    raise ValueError

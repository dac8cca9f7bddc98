"""The names that a fitted transformer needs, and what stands for each; every other is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from skewcheck.parameters.pickles.arrays import dtype_of, empty, of_bytes, scalar
from skewcheck.parameters.pickles.inert import ITEMS, Inert
from skewcheck.parameters.pickles.stream import Stream, damaged
from skewcheck.text.errors import ParameterError

Maker = Callable[[tuple[object, ...], Stream], object]

FOREIGN = (
    "sklearn",
    "imblearn",
    "category_encoders",
    "feature_engine",
    "lightgbm",
    "xgboost",
    "catboost",
    "scipy",
    "numpy.random",
    "numpy.ma",
    "pandas.arrays",
    "pandas.core.arrays",
    "pandas.core.dtypes",
    "pandas.core.frame",
    "pandas.core.indexes",
    "pandas.core.internals",
    "pandas.core.series",
    "pandas._libs",
)
"""Packages whose names are all kept inert: whatever they are, they only give a state a name."""
_NAMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "builtins": frozenset({"object", "int", "float", "str", "bool", "range"})
        | {"long", "unicode", "xrange"},
        "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
        "joblib.numpy_pickle": frozenset({"NumpyArrayWrapper"}),
        "numpy": frozenset({"bool", "bool_", "dtype", "matrix", "memmap", "ndarray", "record"}),
        "pandas": frozenset({"Categorical", "CategoricalDtype", "DataFrame", "Index", "RangeIndex"})
        | {"DatetimeIndex", "MultiIndex", "Series", "StringDtype", "CategoricalIndex"},
        "pyarrow.lib": frozenset({"_restore_array", "type_for_alias", "py_buffer"}),
    }
)
_SPELT: Mapping[str, str] = MappingProxyType(
    {
        "__builtin__": "builtins",
        "copy_reg": "copyreg",
        "numpy.core": "numpy._core",
        "numpy.matrixlib.defmatrix": "numpy",
        "numpy._core.memmap": "numpy",
        "numpy._core.records": "numpy",
        "numpy._core._multiarray_umath": "numpy",
        "numpy._core.umath": "numpy",
        "sklearn.externals.joblib": "joblib",
    }
)
"""How Python 2, NumPy before 2.0 and scikit-learn before 0.21 spell what has a newer name."""
_BESIDE = frozenset({"NDArrayWrapper", "ZNDArrayWrapper"})


def named(module: str, name: str) -> Inert:
    """Return what stands for a class or function of this name; ParameterError refuses it."""
    for old, new in _SPELT.items():
        if module == old or module.startswith(f"{old}."):
            module = new + module[len(old) :]
    if not all(part.isidentifier() for part in (*module.split("."), name)):
        raise _refused(ascii(f"{module}.{name}")[:80])
    if module.startswith("joblib.") and name in _BESIDE:
        raise ParameterError(
            "keeps its arrays in files beside it: save it anew with a newer joblib"
        )
    if module.startswith(tuple(f"{package}." for package in FOREIGN)) or module in FOREIGN:
        return Inert(module, name)
    if (module, name) in MAKERS or name in _NAMES.get(module, ()):
        return Inert(module, name)
    if module == "numpy" and _of_numpy(name):
        return Inert(module, name)
    raise _refused(f"{module}.{name}")


def _refused(what: str) -> ParameterError:
    return ParameterError(
        f"refused: it wants {what}, which is no part of a fitted transformer; nothing was executed"
    )


def _of_numpy(name: str) -> bool:
    """Whether NumPy has an element-wise function (`log1p`) or a type of scalars of this name."""
    found = vars(np).get(name)
    return isinstance(found, np.ufunc) or (
        isinstance(found, type) and issubclass(found, np.generic)
    )


def made(what: Inert, args: tuple[object, ...], stream: Stream) -> object:
    """Return what stands for `what(*args)`: an inert object, or the plain value that it means."""
    maker = MAKERS.get((what.module, what.name))
    return Inert(what.module, what.name, args) if maker is None else maker(args, stream)


def plain_key(value: object) -> bool:
    """Whether a value may be the key of a dict or a member of a set.

    Deep tuples would exhaust the stack as they are hashed, and huge integers and complex numbers
    can be chosen to have one hash, which makes a dict of n keys take n**2 steps.
    """
    if isinstance(value, tuple):
        return all(_plain(part) for part in value)
    return _plain(value)


def _plain(value: object) -> bool:
    if isinstance(value, int):
        return -(2**64) < value < 2**64
    if isinstance(value, np.generic):
        return value.dtype.kind not in "cVO"
    return value is None or isinstance(value, str | bytes | float | Inert)


def _elements(args: tuple[object, ...], stream: Stream) -> list[object]:
    if not args:
        return []
    if len(args) > 1 or not isinstance(args[0], list | tuple | set | frozenset):
        raise damaged("a collection in it has no elements")
    stream.spend(64 * len(args[0]))
    return list(args[0])


def _members(args: tuple[object, ...], stream: Stream) -> list[object]:
    found = _elements(args, stream)
    if not all(map(plain_key, found)):
        raise damaged("a set in it holds what no set can hold")
    return found


def _dict(args: tuple[object, ...], stream: Stream) -> dict[object, object]:
    """Return a dict of another dict or of pairs; a default factory before them is left out."""
    given = args[-1] if args else {}
    if isinstance(given, Inert | None):  # defaultdict(list)
        given = {}
    if isinstance(given, dict):
        stream.spend(128 * len(given))
        return dict(given)
    found: dict[object, object] = {}
    for pair in _elements((given,), stream):
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not plain_key(pair[0]):
            raise damaged("a dict in it has no pairs")
        found[pair[0]] = pair[1]
    return found


def _bytes(args: tuple[object, ...], stream: Stream) -> bytes:
    """Return bytes of bytes or, as protocols 0 to 2 write them, of Latin-1 text; no size."""
    given = args[0] if args else b""
    codecs = [one.lower() for one in args[1:] if isinstance(one, str)]
    if isinstance(given, bytes | bytearray) and len(args) <= 1:
        stream.spend(len(given))
        return bytes(given)
    if isinstance(given, str) and len(args) == 2 and codecs in (["latin1"], ["latin-1"]):
        stream.spend(len(given))
        try:
            return given.encode("latin-1")
        except UnicodeEncodeError as error:
            raise damaged("bytes in it are none") from error
    raise damaged("bytes in it are none")


def _slice(args: tuple[object, ...], _: Stream) -> slice:
    if not 1 <= len(args) <= 3:
        raise damaged("a slice in it has no ends")
    return slice(*args)


def _complex(args: tuple[object, ...], _: Stream) -> complex:
    real, imaginary = args if len(args) == 2 else (None, None)
    if not isinstance(real, float) or not isinstance(imaginary, float):
        raise damaged("a complex number in it has no parts")
    return complex(real, imaginary)


def _object(args: tuple[object, ...], _: Stream) -> Inert:
    """Return the object of (class, ...); with (class, base, items) that of a list or a dict."""
    cls = args[0] if args else None
    if not isinstance(cls, Inert):
        raise damaged("an object in it has no class")
    found = Inert(cls.module, cls.name)
    if len(args) == 3 and args[2] is not None:
        found.state[ITEMS] = args[2]
    return found


def _ufunc(args: tuple[object, ...], _: Stream) -> Inert:
    module, name = args if len(args) == 2 else (None, None)
    if not isinstance(module, str) or not isinstance(name, str):
        raise damaged("a function in it has no name")
    return named(module, name)


def _of_buffer(args: tuple[object, ...], stream: Stream) -> object:
    if len(args) != 4 or not isinstance(args[0], bytes | bytearray):
        raise damaged("an array in it has no bytes")
    stream.spend(len(args[0]))
    return of_bytes(bytes(args[0]), 0, dtype_of(args[1]), args[2], args[3])


MAKERS: Mapping[tuple[str, str], Maker] = MappingProxyType(
    {
        ("builtins", "set"): lambda args, stream: set(_members(args, stream)),
        ("builtins", "frozenset"): lambda args, stream: frozenset(_members(args, stream)),
        ("builtins", "list"): _elements,
        ("builtins", "tuple"): lambda args, stream: tuple(_elements(args, stream)),
        ("builtins", "dict"): _dict,
        ("builtins", "bytes"): _bytes,
        ("builtins", "bytearray"): lambda args, stream: bytearray(_bytes(args, stream)),
        ("builtins", "slice"): _slice,
        ("builtins", "complex"): _complex,
        ("collections", "OrderedDict"): _dict,
        ("collections", "defaultdict"): _dict,
        ("collections", "Counter"): _dict,
        ("_codecs", "encode"): _bytes,
        ("copyreg", "_reconstructor"): _object,
        ("numpy._core.multiarray", "_reconstruct"): lambda _args, _stream: empty(),
        ("numpy._core.multiarray", "scalar"): scalar,
        ("numpy._core.numeric", "_frombuffer"): _of_buffer,
        ("numpy._core", "_ufunc_reconstruct"): _ufunc,
    }
)
"""Names that mean a plain value, and how it is made of what the file gives them."""

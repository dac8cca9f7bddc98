"""Names in a pickle: which may be called, and which belong to packages of the user's."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from skewcheck.parameters.pickles.pickled_object import PickledObject
from skewcheck.text.errors import ParameterError

ALLOWED_PACKAGES = (
    "sklearn",
    "imblearn",
    "category_encoders",
    "feature_engine",
    "sklearn_pandas",
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
"""Packages all of whose names are allowed: they become PickledObjects without behaviour."""
_ALLOWED_NAMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "_frozen_importlib": frozenset({"ModuleSpec"}),
        "_frozen_importlib_external": frozenset({"SourceFileLoader"}),
        "abc": frozenset({"ABCMeta"}),
        "builtins": frozenset({"object", "int", "float", "str", "bool", "range"})
        | {"long", "unicode", "xrange", "property", "classmethod", "staticmethod", "super"},
        "collections": frozenset({"deque", "UserDict", "UserList", "ChainMap"}),
        "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
        "decimal": frozenset({"Decimal"}),
        "fractions": frozenset({"Fraction"}),
        "functools": frozenset({"partial", "lru_cache"}),
        "joblib.numpy_pickle": frozenset({"NumpyArrayWrapper"}),
        "numpy": frozenset({"bool", "bool_", "dtype", "matrix", "memmap", "ndarray", "record"}),
        "logging": frozenset({"getLogger"}),
        "operator": frozenset({"itemgetter"}),
        "pathlib": frozenset({"Path", "PosixPath", "PurePath", "PurePosixPath"})
        | {"PureWindowsPath", "WindowsPath"},
        "pathlib._local": frozenset({"Path", "PosixPath", "PurePath", "WindowsPath"}),
        "pandas": frozenset({"Categorical", "CategoricalDtype", "DataFrame", "Index", "RangeIndex"})
        | {"DatetimeIndex", "MultiIndex", "Series", "StringDtype", "CategoricalIndex"},
        "pyarrow.lib": frozenset({"_restore_array", "type_for_alias", "py_buffer"}),
        "random": frozenset({"Random"}),
        "re": frozenset({"_compile"}),
        "types": frozenset({"MappingProxyType", "MethodType", "SimpleNamespace"}),
        "uuid": frozenset({"UUID", "SafeUUID"}),
    }
)
"""Other names that may be called: what they make is a value and does nothing."""
_RENAMED_MODULES: Mapping[str, str] = MappingProxyType(
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
        "joblib.externals.cloudpickle": "cloudpickle",
        "pyspark.cloudpickle": "cloudpickle",
        "cloudpickle.cloudpickle_fast": "cloudpickle.cloudpickle",
        "dill.dill": "dill._dill",
    }
)
"""Old module names of Python 2, NumPy before 2.0, scikit-learn before 0.21 and dill before 0.3,
and copies of cloudpickle, with the new ones."""
_KNOWN_PACKAGES = (
    sys.stdlib_module_names
    | {package.split(".")[0] for package in ALLOWED_PACKAGES}
    | {"joblib", "dill", "cloudpickle", "pyarrow", "torch", "pip", "setuptools", "pkg_resources"}
    | {"commands", "imp", "os2", "pipes", "popen2"}  # Python had them, and they start programs
)
"""Packages of which nothing but the allowed is called; all others are the user's own."""
_SEPARATE_FILE_WRAPPERS = frozenset({"NDArrayWrapper", "ZNDArrayWrapper"})
"""Classes of joblib before 0.10, which stored arrays in separate files."""


def object_of_name(module: str, name: str) -> PickledObject:
    """Return the PickledObject of a class, function or module; ParameterError if it is no name.

    Any may be referred to, as the functions of the user's that a file holds refer to the library;
    what is called is checked by `calls.call_result`.
    """
    for old, new in _RENAMED_MODULES.items():
        if module == old or module.startswith(f"{old}."):
            module = new + module[len(old) :]
    parts = name.split(".")
    is_nested = is_own(module) and not any(part in _KNOWN_PACKAGES for part in parts)
    if not is_nested:
        parts = [name]
    if not all(part.isidentifier() for part in (*module.split("."), *parts)):
        raise refused(ascii(f"{module}.{name}")[:80])
    if module.startswith("joblib.") and name in _SEPARATE_FILE_WRAPPERS:
        raise ParameterError(
            "keeps its arrays in files beside it: save it anew with a newer joblib"
        )
    return PickledObject(module, name)


@lru_cache(1000)  # a file with a table for each column names the same classes thousands of times
def is_allowed(module: str, name: str) -> bool:
    """Return whether a class or function may be called: the result has no behaviour."""
    return (
        module in ALLOWED_PACKAGES
        or module.startswith(tuple(f"{package}." for package in ALLOWED_PACKAGES))
        or name in _ALLOWED_NAMES.get(module, ())
        or (module == "numpy" and _is_numpy_name(name))
    )


def is_own(module: str) -> bool:
    """Return whether a module is the user's, or of a package that is not known here."""
    return module.split(".")[0] not in _KNOWN_PACKAGES


def name_of(pickled: PickledObject) -> str:
    """Return the full name of a class, function or module."""
    return f"{pickled.module}.{pickled.name}" if pickled.name else pickled.module


def refused(description: str) -> ParameterError:
    """Return the error about a name that no fitted transformer needs."""
    return ParameterError(
        f"refused: it wants {description}, which is no part of a fitted transformer;"
        " nothing was executed"
    )


def _is_numpy_name(name: str) -> bool:
    """Return whether NumPy has a ufunc (`log1p`) or a scalar type of this name."""
    attribute = vars(np).get(name)
    return isinstance(attribute, np.ufunc) or (
        isinstance(attribute, type) and issubclass(attribute, np.generic)
    )

"""Read a call in a pickle as the value that it means, without calling anything."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from skewcheck.parameters.pickles.allowed_names import (
    is_allowed,
    is_own,
    name_of,
    object_of_name,
    refused,
)
from skewcheck.parameters.pickles.by_value import BY_VALUE, CLOUDPICKLE, DILL, code_object, opaque
from skewcheck.parameters.pickles.pickled_object import ITEMS, PickledObject
from skewcheck.parameters.pickles.plain_values import PLAIN_VALUES, Constructor
from skewcheck.parameters.pickles.stream import Stream, damaged


def call_result(function: PickledObject, args: tuple[object, ...], stream: Stream) -> object:
    """Return the value of `function(*args)`: the plain value that it means, or a PickledObject.

    Raises ParameterError for a function that no fitted transformer needs.
    """
    if function.opaque and function.name:
        return PickledObject(function.module, function.name)
    constructor = _CONSTRUCTORS.get((function.module, function.name))
    if constructor is not None:
        return constructor(args, stream)
    _check_callable(function)
    return PickledObject(function.module, function.name, args)


def _check_callable(function: PickledObject) -> None:
    """Raise ParameterError for a name that is neither allowed nor of a package of the user's."""
    if not is_allowed(function.module, function.name) and not is_own(function.module):
        raise refused(name_of(function))


def _object(args: tuple[object, ...], _: Stream) -> PickledObject:
    """Return the object of (class, ...); (class, base, items) is a subclass of list or dict."""
    cls = args[0] if args else None
    if not isinstance(cls, PickledObject):
        raise damaged("an object in it has no class")
    if not cls.opaque:
        _check_callable(cls)
    instance = PickledObject(cls.module, cls.name)
    if len(args) == 3 and args[2] is not None:
        instance.state[ITEMS] = args[2]
    return instance


def _ufunc(args: tuple[object, ...], _: Stream) -> PickledObject:
    module, name = args if len(args) == 2 else (None, None)
    if not isinstance(module, str) or not isinstance(name, str):
        raise damaged("a function in it has no name")
    function = object_of_name(module, name)
    _check_callable(function)
    return function


def _attribute(args: tuple[object, ...], _: Stream) -> PickledObject:
    """Return a bound method, or a name of a module: `getattr(object, name)`.

    What is called by it is checked as if the file had named it.
    """
    owner, name = args[:2] if 2 <= len(args) <= 3 else (None, None)
    if not isinstance(owner, PickledObject) or not isinstance(name, str):
        raise refused("builtins.getattr")
    if not owner.name or name_of(owner) == DILL:  # a module
        return object_of_name(name_of(owner), name)
    if not owner.opaque:
        _check_callable(owner)
    return opaque(f"{owner.name}.{name}", owner.module)


def _attribute_set(args: tuple[object, ...], _: Stream) -> None:
    """Leave out an attribute that dill sets on a function or class."""
    if len(args) != 3 or not isinstance(args[0], PickledObject):
        raise refused("builtins.setattr")


_CONSTRUCTORS: Mapping[tuple[str, str], Constructor] = MappingProxyType(
    {
        **PLAIN_VALUES,
        **BY_VALUE,
        ("copyreg", "_reconstructor"): _object,
        ("numpy._core", "_ufunc_reconstruct"): _ufunc,
        ("types", "CodeType"): code_object,
        ("builtins", "type"): lambda _args, _stream: opaque("type", "builtins"),
        ("builtins", "getattr"): _attribute,
        ("builtins", "setattr"): _attribute_set,
        (DILL, "_get_attr"): _attribute,
        (DILL, "_getattribute"): _attribute,
        (CLOUDPICKLE, "_getattribute"): _attribute,
    }
)
"""Names whose calls mean something else than an object of their class."""

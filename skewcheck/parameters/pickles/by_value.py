"""What dill and cloudpickle write of functions, classes and arrays that no module holds.

Code becomes an opaque object with its name: its content is read past and left out, so that it takes
neither memory nor depth, and cannot hold itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from skewcheck.parameters.pickles.arrays import empty_array, fill_array
from skewcheck.parameters.pickles.pickled_object import PickledObject
from skewcheck.parameters.pickles.plain_values import PLAIN_VALUES, Constructor
from skewcheck.parameters.pickles.stream import Stream, damaged

DILL, CLOUDPICKLE = "dill._dill", "cloudpickle.cloudpickle"
_MAIN = "__main__"
_LONGEST_NAME = 100
"""Characters: names go into sentences."""
_TYPES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "PartialType": ("functools", "partial"),
        "ClassType": ("builtins", "type"),
        "TypeType": ("builtins", "type"),
        "ObjectType": ("builtins", "object"),
        "BooleanType": ("builtins", "bool"),
        "IntType": ("builtins", "int"),
        "FloatType": ("builtins", "float"),
        "StringType": ("builtins", "str"),
        "ListType": ("builtins", "list"),
        "TupleType": ("builtins", "tuple"),
        "DictType": ("builtins", "dict"),
        "SetType": ("builtins", "set"),
    }
    | {name: ("builtins", name) for name in ("object", "bool", "int", "float", "str", "bytes")}
    | {name: ("builtins", name) for name in ("list", "tuple", "dict", "set", "frozenset", "slice")}
    | {name: ("builtins", name) for name in ("bytearray", "complex", "range", "property", "super")}
    | {name: ("builtins", name) for name in ("classmethod", "staticmethod", "type")}
)
"""Types that stand for plain values, by dill's names for them."""


def opaque(name: object, module: object = _MAIN) -> PickledObject:
    """Return the object of code that the file holds, called by its name where that is one."""
    return PickledObject(_text(module, _MAIN), _text(name, "code"), opaque=True)


def _text(value: object, default: str) -> str:
    return value if isinstance(value, str) and _is_name(value) else default


def _is_name(text: str) -> bool:
    parts = text.split(".")
    return len(text) <= _LONGEST_NAME and all(
        part.isidentifier() or part in ("<lambda>", "<locals>") for part in parts
    )


def code_object(args: tuple[object, ...], _: Stream) -> PickledObject:
    """Return the code of `types.CodeType(...)`: its texts are the file's name, then its own."""
    texts = [argument for argument in args if isinstance(argument, str)]
    return opaque(texts[1] if len(texts) > 1 else None)


def _function(args: tuple[object, ...], _: Stream) -> PickledObject:
    """Return the function of (code, globals, name, ...); without a name it has that of its code."""
    code, namespace, name = (*args, None, None, None)[:3]
    if name is None and isinstance(code, PickledObject):
        name = code.name
    module = namespace.get("__name__") if isinstance(namespace, dict) else None
    return opaque(name, module or _MAIN)


def _class(name_index: int, namespace_index: int) -> Constructor:
    """Return the reader of a class whose name and namespace are at these places."""

    def read(args: tuple[object, ...], _: Stream) -> PickledObject:
        namespace = args[namespace_index] if len(args) > namespace_index else None
        module = namespace.get("__module__") if isinstance(namespace, dict) else namespace
        name = args[name_index] if len(args) > name_index else None
        return opaque(name, module if isinstance(module, str) else _MAIN)

    return read


def _type(args: tuple[object, ...], _: Stream) -> PickledObject:
    """Return the type of a name of `types`, or of dill's own names."""
    if len(args) != 1 or not isinstance(args[0], str):
        raise damaged("a type in it has no name")
    return PickledObject(*_TYPES.get(args[0], ("types", args[0] if _is_name(args[0]) else "type")))


def _module(args: tuple[object, ...], _: Stream) -> PickledObject:
    """Return a module as its name alone: a PickledObject without a name of its own."""
    name = args[0] if args else None
    if not isinstance(name, str) or not _is_name(name):
        raise damaged("a module in it has no name")
    return PickledObject(name, "", opaque=True)


def _array(args: tuple[object, ...], stream: Stream) -> object:
    """Return dill's array of (function, its arguments, state, attributes)."""
    if len(args) < 3:
        raise damaged("an array in it has no state")
    array = empty_array()
    fill_array(array, args[2], stream)
    return array


def _partial(args: tuple[object, ...], _: Stream) -> PickledObject:
    """Return dill's `functools.partial` of (type, function, arguments, keywords)."""
    return PickledObject("functools", "partial", args[1:2])


def _members(args: tuple[object, ...], stream: Stream) -> object:
    """Return the keys, values or items of a dict, which cloudpickle writes as a list or dict."""
    source = args[0] if args else []
    return PLAIN_VALUES["builtins", "list"](
        ([*source.items()] if isinstance(source, dict) else source,), stream
    )


def _left_out(_args: tuple[object, ...], _: Stream) -> object:
    return None


def _unnamed(_args: tuple[object, ...], _: Stream) -> PickledObject:
    return opaque(None)


_READERS: Mapping[Callable[..., object], tuple[str, ...]] = MappingProxyType(
    {
        code_object: ("_create_code",),
        _function: ("_create_function", "_make_function"),
        _type: ("_load_type", "_builtin_type"),
        _module: ("_import_module", "subimport", "dynamic_subimport"),
        _array: ("_create_array",),
        _partial: ("_create_ftype",),
        _class(1, 3): ("_create_type", "_make_skeleton_class"),
        _class(0, 2): ("_create_namedtuple",),
        _class(1, 4): ("_make_skeleton_enum",),
        _members: ("_make_dict_keys", "_make_dict_values", "_make_dict_items"),
        _left_out: (
            "_setitems", "_setattr", "_delattr",
            "_function_setstate", "_class_setstate", "_cell_set",
        ),
        _unnamed: (
            "_create_cell", "_make_cell", "_make_empty_cell", "_create_dtypemeta",
            "_create_weakref", "_create_weakproxy", "_create_lock", "_create_rlock",
            "_create_typing_tuple", "_dict_from_dictproxy", "_make_typevar", "_unmarshal",
            "_get_dataclass_field_type_sentinel", "_create_stringi", "_create_stringo",
        ),
    }
)  # fmt: skip
BY_VALUE: Mapping[tuple[str, str], Constructor] = MappingProxyType(
    {
        (package, name): reader
        for reader, names in _READERS.items()
        for name in names
        for package in (DILL, CLOUDPICKLE)
    }
)
"""Functions of dill and cloudpickle, and what is read instead of calling them."""

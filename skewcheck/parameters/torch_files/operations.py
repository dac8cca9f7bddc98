"""Pickle instructions of PyTorch's files: those of pickles, with tensors and their storages.

PyTorch's own functions and classes are known by name alone: none of them is imported or called.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from skewcheck.parameters.pickles import PickledObject, objects
from skewcheck.parameters.pickles.machine import Machine, Operations
from skewcheck.parameters.pickles.operations import OPERATIONS
from skewcheck.parameters.pickles.stream import damaged
from skewcheck.parameters.torch_files.storages import Storage, storage_of, tensor

_PACKAGE = "torch"
_PASSED_ON = (
    "_rebuild_parameter", "_rebuild_parameter_with_state", "restore_type_tag", "build_intlist",
    "build_doublelist", "build_boollist", "build_tensorlist",
)  # fmt: skip
"""Functions that return their first argument, as far as numbers go."""


def operations(
    read: Callable[[str], bytes], order: str, nested: Callable[[bytes], object],
    storages: dict[str, Storage],
) -> Operations:  # fmt: skip
    """Return the instructions of a file whose storages `read` returns by key.

    `order`, `<` or `>`, is that of their bytes; `nested` reads a file within bytes; `storages` is
    filled with those that the file refers to.
    """

    def push(machine: Machine, function: object, args: object) -> None:
        if not isinstance(function, PickledObject) or not isinstance(args, tuple):
            raise damaged("it makes an object of what is no class")
        if function.name == "_reconstructor" and args and _is_torch(args[0]):
            function = args[0]
        if not isinstance(function, PickledObject) or not _is_torch(function):
            objects.push_result(machine, function, args)
        elif function.name == "_load_from_bytes" and args and isinstance(args[0], bytes):
            machine.stack.append(nested(args[0]))
        else:
            machine.stack.append(_made(function, args))

    def reduce(machine: Machine) -> None:
        args, function = machine.pop(), machine.pop()
        push(machine, function, args)

    def instance(machine: Machine) -> None:
        function = objects.name_in_lines(machine.stream)
        push(machine, function, tuple(machine.pop_to_mark()))

    def persistent(machine: Machine) -> None:
        identity = machine.pop()
        match identity:
            case ("module", PickledObject() as module, *_):  # with its source, before 1.6
                machine.stack.append(module)
                return
        storage = storage_of(identity, read, order)
        storages[storage.key] = storage
        machine.stack.append(storage)

    changed = {b"R": reduce, b"\x81": reduce, b"i": instance, b"Q": persistent}
    return MappingProxyType({**OPERATIONS, **changed})


def _made(function: PickledObject, args: tuple[object, ...]) -> object:
    """Return the value that a call of one of PyTorch's names means.

    An object without behaviour, which may be given attributes, for names that are not known.
    """
    match function.name, args:
        case ("_rebuild_tensor" | "_rebuild_tensor_v2", _):
            return tensor(args)
        case ("_rebuild_tensor_v3", (_, _, _, _, _, _, PickledObject(name=kind), *_)):
            return tensor(args, kind)
        case (
            "_rebuild_from_type_v2",
            (PickledObject(name=name) as inner, _, tuple(inside), *_),
        ) if name != "_rebuild_from_type_v2" and _is_torch(inner):
            return _made(inner, inside)
        case ("Size", (tuple() | list() as lengths,)):
            return tuple(lengths)
        case (name, (first, *_)) if name in _PASSED_ON:
            return first
        case _:
            return PickledObject(function.module, function.name)


def _is_torch(function: object) -> bool:
    return isinstance(function, PickledObject) and function.module.split(".")[0] == _PACKAGE

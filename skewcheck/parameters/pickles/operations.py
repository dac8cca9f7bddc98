"""Pickle instructions by opcode; those that could execute code are refused.

This is an interpreter of its own and no subclass of pickle.Unpickler: there, REDUCE calls what
find_class returned, BUILD sets attributes and EXT uses a registry, so safety depends on overriding
each of them in every version of Python. Here only functions of this package are called: a name
becomes a PickledObject, calling it makes another one or a plain value of
`plain_values`, and BUILD fills a dict. Nothing recurses, so depth takes no stack.

Opcodes and arguments: pickletools of the standard library, which documents them.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from skewcheck.parameters.pickles import containers, objects
from skewcheck.parameters.pickles.literals import fixed_width_integer, integer_line
from skewcheck.parameters.pickles.machine import Machine, Operations
from skewcheck.parameters.pickles.stream import Stream, damaged
from skewcheck.text.errors import ParameterError


def _refuse(description: str) -> Callable[[Machine], None]:
    def refuse(_: Machine) -> None:
        raise ParameterError(
            f"refused: it wants {description}, outside of it; nothing was executed"
        )

    return refuse


def _proto(machine: Machine) -> None:
    version = machine.stream.take(1)[0]
    if version > 5:
        raise damaged(f"its pickle protocol is {version}, and the newest known is 5")


def _frame(machine: Machine) -> None:
    """Skip the length of a frame, which only helps buffered readers."""
    machine.stream.skip(8)


def _get_operation(key: Callable[[Stream], int]) -> Callable[[Machine], None]:
    return lambda machine: machine.get(key(machine.stream))


def _put_operation(key: Callable[[Stream], int]) -> Callable[[Machine], None]:
    return lambda machine: machine.put(key(machine.stream))


OPERATIONS: Operations = MappingProxyType(
    {
        b"(": containers.mark,
        b"0": containers.pop,
        b"1": lambda machine: machine.pop_to_mark().clear(),
        b"2": lambda machine: machine.stack.append(machine.top()),
        b"l": lambda machine: machine.stack.append(machine.pop_to_mark()),
        b"t": lambda machine: machine.stack.append(tuple(machine.pop_to_mark())),
        b"\x85": containers.tuple_of(1),
        b"\x86": containers.tuple_of(2),
        b"\x87": containers.tuple_of(3),
        b"d": containers.dict_of,
        b"a": containers.append,
        b"e": lambda machine: containers.extend(machine, machine.pop_to_mark()),
        b"s": containers.set_item,
        b"u": lambda machine: containers.set_items(machine, machine.pop_to_mark()),
        b"\x90": containers.add,
        b"\x91": lambda machine: machine.stack.append(frozenset(containers.members(machine))),
        b"g": _get_operation(integer_line),
        b"h": _get_operation(fixed_width_integer("<B")),
        b"p": _put_operation(integer_line),
        b"q": _put_operation(fixed_width_integer("<B")),
        b"r": _put_operation(fixed_width_integer("<I")),
        b"c": lambda machine: machine.stack.append(objects.name_in_lines(machine.stream)),
        b"\x93": objects.name_on_stack,
        b"R": objects.reduce,
        b"\x81": objects.reduce,
        b"\x92": objects.reduce_with_keywords,
        b"i": objects.instance,
        b"o": objects.object_of_mark,
        b"b": objects.build,
        b"\x80": _proto,
        b"\x95": _frame,
        b"P": _refuse("a persistent object"),
        b"Q": _refuse("a persistent object"),
        b"\x82": _refuse("an object of the extension registry"),
        b"\x83": _refuse("an object of the extension registry"),
        b"\x84": _refuse("an object of the extension registry"),
        b"\x97": _refuse("a buffer"),
        b"\x98": _refuse("a buffer"),
    }
)
"""Instructions by opcode, but for those that the machine does itself."""

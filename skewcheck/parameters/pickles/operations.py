"""The instructions of a pickle, with the teeth of every one that could act taken out.

An interpreter of our own rather than a subclass of pickle.Unpickler: there, REDUCE calls whatever
find_class returned, BUILD sets attributes and EXT asks a registry, so safety rests on each of them
being overridden in every version of Python. Here nothing can be called but this file: a name
becomes an Inert, "calling" it makes another or one of the plain values of `allowed.MAKERS`, and
BUILD fills a dict. Nothing recurses, so that depth costs no stack.

Opcodes and their arguments: pickletools of the standard library, which documents them.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from skewcheck.parameters.pickles import containers, objects
from skewcheck.parameters.pickles.literals import fixed, line_number
from skewcheck.parameters.pickles.machine import Machine, Operations
from skewcheck.parameters.pickles.stream import Stream, damaged
from skewcheck.text.errors import ParameterError


def _refuse(what: str) -> Callable[[Machine], None]:
    def refuse(_: Machine) -> None:
        raise ParameterError(f"refused: it wants {what}, outside of it; nothing was executed")

    return refuse


def _proto(machine: Machine) -> None:
    version = machine.stream.take(1)[0]
    if version > 5:
        raise damaged(f"its pickle protocol is {version}, and the newest known is 5")


def _frame(machine: Machine) -> None:
    """Step over the length of what follows, which only helps who reads from a slow file."""
    machine.stream.skip(8)


def _getting(key: Callable[[Stream], int]) -> Callable[[Machine], None]:
    return lambda machine: machine.get(key(machine.stream))


def _putting(key: Callable[[Stream], int]) -> Callable[[Machine], None]:
    return lambda machine: machine.put(key(machine.stream))


OPERATIONS: Operations = MappingProxyType(
    {
        b"(": containers.mark,
        b"0": containers.pop,
        b"1": lambda machine: machine.several().clear(),
        b"2": lambda machine: machine.stack.append(machine.top()),
        b"l": lambda machine: machine.stack.append(machine.several()),
        b"t": lambda machine: machine.stack.append(tuple(machine.several())),
        b"\x85": containers.tuple_of(1),
        b"\x86": containers.tuple_of(2),
        b"\x87": containers.tuple_of(3),
        b"d": containers.dict_of,
        b"a": containers.append,
        b"e": lambda machine: containers.extend(machine, machine.several()),
        b"s": containers.set_item,
        b"u": lambda machine: containers.set_items(machine, machine.several()),
        b"\x90": containers.add,
        b"\x91": lambda machine: machine.stack.append(frozenset(containers.members(machine))),
        b"g": _getting(line_number),
        b"h": _getting(fixed("<B")),
        b"j": _getting(fixed("<I")),
        b"p": _putting(line_number),
        b"q": _putting(fixed("<B")),
        b"r": _putting(fixed("<I")),
        b"\x94": lambda machine: machine.put(len(machine.memo)),
        b"c": lambda machine: machine.stack.append(objects.name(machine.stream)),
        b"\x93": objects.stack_name,
        b"R": objects.call,
        b"\x81": objects.call,
        b"\x92": objects.call_with_keywords,
        b"i": objects.instance,
        b"o": objects.old_object,
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
"""By opcode."""

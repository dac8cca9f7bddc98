"""The machine that a pickle is a program for, with every instruction that could act taken out.

An interpreter of our own rather than a subclass of pickle.Unpickler: there, REDUCE calls whatever
find_class returned, BUILD sets attributes and EXT asks a registry, so safety rests on each of them
being overridden in every version of Python. Here nothing can be called but this file: a name
becomes an Inert, "calling" it makes another or one of the plain values of `allowed.MAKERS`, and
BUILD fills a dict. Nothing recurses, so that depth costs no stack.

Opcodes and their arguments: pickletools of the standard library, which documents them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from skewcheck.errors import ParameterError
from skewcheck.parameters.pickles.allowed import made, named, plain_key
from skewcheck.parameters.pickles.arrays import dtype_of, fill, of_bytes
from skewcheck.parameters.pickles.inert import ITEMS, STATE, Inert
from skewcheck.parameters.pickles.literals import LITERALS, fixed, line_number
from skewcheck.parameters.pickles.stream import EACH, Stream, damaged

_WRAPPER = ("joblib.numpy_pickle", "NumpyArrayWrapper")


class Machine:
    """A stack, its marks and a memo."""

    __slots__ = ("marks", "memo", "nested", "stack", "stream")

    def __init__(self, stream: Stream, nested: bool = False) -> None:
        """`nested` is the pickle of objects within a joblib file; that one has no raw arrays."""
        self.stream = stream
        self.nested = nested
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}

    def run(self) -> object:
        """Return the object of the pickle that begins here, and stop behind it."""
        stream, stack = self.stream, self.stack
        while True:
            code = stream.take(1)
            stream.spend(EACH)
            literal = LITERALS.get(code)
            if literal is not None:
                stack.append(literal(stream))
            elif code == b".":
                return self.pop()
            else:
                operation = OPERATIONS.get(code)
                if operation is None:
                    raise damaged(f"byte {stream.at - 1:,} is no instruction")
                operation(self)

    def pop(self) -> object:
        """Take the top of the stack, which must lie above the last mark."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise damaged("it takes what is not there")
        return self.stack.pop()

    def top(self) -> object:
        """Return the top of the stack and leave it there."""
        found = self.pop()
        self.stack.append(found)
        return found

    def several(self) -> list[object]:
        """Take everything above the last mark, and the mark."""
        if not self.marks:
            raise damaged("it takes what is not there")
        mark = self.marks.pop()
        found = self.stack[mark:]
        del self.stack[mark:]
        return found

    def get(self, key: int) -> None:
        """Push what the memo has under a number."""
        if key not in self.memo:
            raise damaged("it refers to what is not there")
        self.stack.append(self.memo[key])

    def put(self, key: int) -> None:
        """Remember the top of the stack."""
        self.memo[key] = self.top()


def _mark(machine: Machine) -> None:
    machine.marks.append(len(machine.stack))


def _pop(machine: Machine) -> None:
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.pop()


def _tuple(size: int) -> Callable[[Machine], None]:
    def push(machine: Machine) -> None:
        found = [machine.pop() for _ in range(size)]
        machine.stack.append(tuple(reversed(found)))

    return push


def _append(machine: Machine) -> None:
    _extend(machine, [machine.pop()])


def _extend(machine: Machine, values: list[object]) -> None:
    target = machine.top()
    if isinstance(target, Inert):
        target = target.state.setdefault(ITEMS, [])
    if not isinstance(target, list):
        raise damaged("it adds to what is no list")
    target.extend(values)


def _set_items(machine: Machine, values: list[object]) -> None:
    target = machine.top()
    if isinstance(target, Inert):
        target = target.state.setdefault(ITEMS, {})
    if not isinstance(target, dict):
        raise damaged("it adds to what is no dict")
    _update(target, values)


def _set_item(machine: Machine) -> None:
    value = machine.pop()
    _set_items(machine, [machine.pop(), value])


def _update(target: dict[object, object], values: list[object]) -> None:
    if len(values) % 2 or not all(map(plain_key, values[::2])):
        raise damaged("a dict in it has keys that no dict can have")
    target.update(zip(values[::2], values[1::2], strict=True))


def _dict(machine: Machine) -> None:
    found: dict[object, object] = {}
    _update(found, machine.several())
    machine.stack.append(found)


def _members(machine: Machine) -> list[object]:
    found = machine.several()
    if not all(map(plain_key, found)):
        raise damaged("a set in it holds what no set can hold")
    return found


def _add(machine: Machine) -> None:
    values = _members(machine)
    target = machine.top()
    if not isinstance(target, set):
        raise damaged("it adds to what is no set")
    target.update(values)


def _stack_global(machine: Machine) -> None:
    name, module = machine.pop(), machine.pop()
    if not isinstance(module, str) or not isinstance(name, str):
        raise damaged("a name in it is no text")
    machine.stack.append(named(module, name))


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")


def _global(stream: Stream) -> Inert:
    return named(_text(stream.line()), _text(stream.line()))


def _call(machine: Machine, what: object, args: object) -> None:
    if not isinstance(what, Inert) or not isinstance(args, tuple):
        raise damaged("it makes an object of what is no class")
    machine.stack.append(made(what, args, machine.stream))


def _reduce(machine: Machine) -> None:
    args, what = machine.pop(), machine.pop()
    _call(machine, what, args)


def _new_with_keywords(machine: Machine) -> None:
    keywords, args, what = machine.pop(), machine.pop(), machine.pop()
    if not isinstance(keywords, dict) or not isinstance(args, tuple):
        raise damaged("it makes an object of what is no class")
    _call(machine, what, (*args, keywords) if keywords else args)


def _instance(machine: Machine) -> None:
    what = _global(machine.stream)
    _call(machine, what, tuple(machine.several()))


def _old_object(machine: Machine) -> None:
    what, *args = machine.several() or [None]
    _call(machine, what, tuple(args))


def _build(machine: Machine) -> None:
    state, target = machine.pop(), machine.top()
    if isinstance(target, np.ndarray):
        fill(target, state, machine.stream)
    elif isinstance(target, Inert):
        _keep(target, state, machine.stream)
        if (target.module, target.name) == _WRAPPER:
            machine.stack[-1] = _inlined(machine, target.state)
    elif isinstance(target, dict) and isinstance(state, dict):
        pass  # the attributes of a subclass of dict that stands here as a dict
    else:
        raise damaged("it gives a state to what has none")


def _keep(target: Inert, state: object, stream: Stream) -> None:
    """Keep a state: attributes, (attributes, slots), or whatever else the class understands."""
    halves = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    if not all(isinstance(half, dict | None) for half in halves):
        target.state[STATE] = state
        return
    for half in halves:
        for key, value in half.items() if isinstance(half, dict) else ():
            stream.spend(EACH)
            if not isinstance(key, str):
                raise damaged("an attribute in it has no name")
            target.state[key] = value


def _inlined(machine: Machine, state: Mapping[str, object]) -> object:
    """Return the array whose bytes joblib put right behind this instruction.

    Since joblib 1.2 a byte before them says how many more to skip, so that they are aligned
    (joblib.numpy_pickle.NumpyArrayWrapper). Arrays of objects are pickles of their own.
    """
    stream = machine.stream
    if machine.nested:
        raise damaged("an array in it lies within another")
    dtype = dtype_of(state.get("dtype"))
    if dtype.hasobject:
        return Machine(stream, nested=True).run()
    if state.get("numpy_array_alignment_bytes") is not None:
        stream.skip(stream.take(1)[0])
    found = of_bytes(stream.content, stream.at, dtype, state.get("shape"), state.get("order"))
    stream.skip(found.nbytes)
    return found


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


OPERATIONS: Mapping[bytes, Callable[[Machine], None]] = MappingProxyType(
    {
        b"(": _mark,
        b"0": _pop,
        b"1": lambda machine: machine.several().clear(),
        b"2": lambda machine: machine.stack.append(machine.top()),
        b"l": lambda machine: machine.stack.append(machine.several()),
        b"t": lambda machine: machine.stack.append(tuple(machine.several())),
        b"\x85": _tuple(1),
        b"\x86": _tuple(2),
        b"\x87": _tuple(3),
        b"d": _dict,
        b"a": _append,
        b"e": lambda machine: _extend(machine, machine.several()),
        b"s": _set_item,
        b"u": lambda machine: _set_items(machine, machine.several()),
        b"\x90": _add,
        b"\x91": lambda machine: machine.stack.append(frozenset(_members(machine))),
        b"g": _getting(line_number),
        b"h": _getting(fixed("<B")),
        b"j": _getting(fixed("<I")),
        b"p": _putting(line_number),
        b"q": _putting(fixed("<B")),
        b"r": _putting(fixed("<I")),
        b"\x94": lambda machine: machine.put(len(machine.memo)),
        b"c": lambda machine: machine.stack.append(_global(machine.stream)),
        b"\x93": _stack_global,
        b"R": _reduce,
        b"\x81": _reduce,
        b"\x92": _new_with_keywords,
        b"i": _instance,
        b"o": _old_object,
        b"b": _build,
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

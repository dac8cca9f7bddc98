"""Instructions that name, make and fill objects: here nothing is imported and nothing called."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.parameters.pickles.allowed import made, named
from skewcheck.parameters.pickles.arrays import dtype_of, fill, of_bytes
from skewcheck.parameters.pickles.inert import STATE, Inert
from skewcheck.parameters.pickles.machine import Machine
from skewcheck.parameters.pickles.stream import EACH, Stream, damaged

_WRAPPER = ("joblib.numpy_pickle", "NumpyArrayWrapper")


def stack_name(machine: Machine) -> None:
    """Push what stands for the name that the stack says."""
    name, module = machine.pop(), machine.pop()
    if not isinstance(module, str) or not isinstance(name, str):
        raise damaged("a name in it is no text")
    machine.stack.append(named(module, name))


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")


def name(stream: Stream) -> Inert:
    """Return what stands for the name that the next two lines say."""
    return named(_text(stream.line()), _text(stream.line()))


def _make(machine: Machine, what: object, args: object) -> None:
    if not isinstance(what, Inert) or not isinstance(args, tuple):
        raise damaged("it makes an object of what is no class")
    machine.stack.append(made(what, args, machine.stream))


def call(machine: Machine) -> None:
    """Make what a class or function and its arguments mean."""
    args, what = machine.pop(), machine.pop()
    _make(machine, what, args)


def call_with_keywords(machine: Machine) -> None:
    """The same with keyword arguments, which come last if there are any."""
    keywords, args, what = machine.pop(), machine.pop(), machine.pop()
    if not isinstance(keywords, dict) or not isinstance(args, tuple):
        raise damaged("it makes an object of what is no class")
    _make(machine, what, (*args, keywords) if keywords else args)


def instance(machine: Machine) -> None:
    """The same with the name after the instruction and the arguments on the stack."""
    what = name(machine.stream)
    _make(machine, what, tuple(machine.several()))


def old_object(machine: Machine) -> None:
    """The same with name and arguments on the stack."""
    what, *args = machine.several() or [None]
    _make(machine, what, tuple(args))


def build(machine: Machine) -> None:
    """Give a state to what is below it: fill an array, or keep it."""
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
        return Machine(stream, machine.operations, nested=True).run()
    if state.get("numpy_array_alignment_bytes") is not None:
        stream.skip(stream.take(1)[0])
    found = of_bytes(stream.content, stream.at, dtype, state.get("shape"), state.get("order"))
    stream.skip(found.nbytes)
    return found

"""Pickle instructions that name, create and fill objects, without importing or calling anything."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.parameters.pickles.allowed_names import object_of_name
from skewcheck.parameters.pickles.arrays import array_of_bytes, dtype_of, fill_array
from skewcheck.parameters.pickles.calls import call_result
from skewcheck.parameters.pickles.machine import Machine
from skewcheck.parameters.pickles.pickled_object import STATE, PickledObject
from skewcheck.parameters.pickles.stream import BYTES_PER_INSTRUCTION, Stream, damaged

_WRAPPER = ("joblib.numpy_pickle", "NumpyArrayWrapper")


def name_on_stack(machine: Machine) -> None:
    """Push the object of the module and name on the stack."""
    name, module = machine.pop(), machine.pop()
    if not isinstance(module, str) or not isinstance(name, str):
        raise damaged("a name in it is no text")
    machine.stack.append(object_of_name(module, name))


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")


def name_in_lines(stream: Stream) -> PickledObject:
    """Return the object of the module and name in the next two lines."""
    return object_of_name(_text(stream.line()), _text(stream.line()))


def push_result(machine: Machine, function: object, args: object) -> None:
    """Push what calling a class or function means."""
    if not isinstance(function, PickledObject) or not isinstance(args, tuple):
        raise damaged("it makes an object of what is no class")
    machine.stack.append(call_result(function, args, machine.stream))


def reduce(machine: Machine) -> None:
    """Replace a class or function and its arguments on the stack with the result."""
    args, function = machine.pop(), machine.pop()
    push_result(machine, function, args)


def reduce_with_keywords(machine: Machine) -> None:
    """As `reduce`, with keyword arguments appended as a dict if there are any."""
    keywords, args, function = machine.pop(), machine.pop(), machine.pop()
    if not isinstance(keywords, dict) or not isinstance(args, tuple):
        raise damaged("it makes an object of what is no class")
    push_result(machine, function, (*args, keywords) if keywords else args)


def instance(machine: Machine) -> None:
    """As `reduce`, with the name after the instruction and the arguments above the mark."""
    function = name_in_lines(machine.stream)
    push_result(machine, function, tuple(machine.pop_to_mark()))


def object_of_mark(machine: Machine) -> None:
    """As `reduce`, with function and arguments above the mark."""
    function, *args = machine.pop_to_mark() or [None]
    push_result(machine, function, tuple(args))


def build(machine: Machine) -> None:
    """Set the state of the object below: fill an array, or store attributes."""
    state, target = machine.pop(), machine.top()
    with_state(target, state, machine.stream)
    if isinstance(target, PickledObject) and (target.module, target.name) == _WRAPPER:
        machine.stack[-1] = _array_behind(machine, target.state)


def with_state(target: object, state: object, stream: Stream) -> object:
    """Return an object with a state: a filled array, or one with attributes."""
    if isinstance(target, np.ndarray):
        fill_array(target, state, stream)
    elif isinstance(target, PickledObject) and target.opaque:
        pass  # the content of code is left out
    elif isinstance(target, PickledObject):
        _set_state(target, state, stream)
    elif isinstance(target, dict) and isinstance(state, dict):
        pass  # attributes of a dict subclass, which was read as a plain dict
    else:
        raise damaged("it gives a state to what has none")
    return target


def _set_state(target: PickledObject, state: object, stream: Stream) -> None:
    """Store a state: attributes, (attributes, slots), or any other value under STATE."""
    halves = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    if not all(isinstance(half, dict | None) for half in halves):
        target.state[STATE] = state
        return
    for half in halves:
        for key, value in half.items() if isinstance(half, dict) else ():
            stream.spend(BYTES_PER_INSTRUCTION)
            if not isinstance(key, str):
                raise damaged("an attribute in it has no name")
            target.state[key] = value


def _array_behind(machine: Machine, state: Mapping[str, object]) -> object:
    """Return the array whose bytes follow this instruction in a joblib file.

    Since joblib 1.2 a byte before them says how many bytes to skip for alignment
    (joblib.numpy_pickle.NumpyArrayWrapper). Object arrays are pickles of their own.
    """
    stream = machine.stream
    if machine.nested:
        raise damaged("an array in it lies within another")
    dtype = dtype_of(state.get("dtype"))
    if dtype.hasobject:
        return Machine(stream, machine.operations, nested=True).run()
    if state.get("numpy_array_alignment_bytes") is not None:
        stream.skip(stream.take(1)[0])
    array = array_of_bytes(
        stream.content, stream.position, dtype, state.get("shape"), state.get("order")
    )
    stream.skip(array.nbytes)
    return array

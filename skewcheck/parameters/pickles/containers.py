"""Pickle instructions that build tuples, lists, dicts and sets, and that move the stack."""

from __future__ import annotations

from collections.abc import Callable

from skewcheck.parameters.pickles.machine import Machine
from skewcheck.parameters.pickles.pickled_object import ITEMS, PickledObject
from skewcheck.parameters.pickles.plain_values import is_safe_key
from skewcheck.parameters.pickles.stream import damaged


def mark(machine: Machine) -> None:
    """Push a mark."""
    machine.marks.append(len(machine.stack))


def pop(machine: Machine) -> None:
    """Remove the top of the stack, or the mark if that is on top."""
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.pop()


def tuple_of(size: int) -> Callable[[Machine], None]:
    """Return the instruction that makes a tuple of the top `size` values."""

    def push(machine: Machine) -> None:
        stack, floor = machine.stack, machine.marks[-1] if machine.marks else 0
        if len(stack) < floor + size:
            raise damaged("it takes what is not there")
        stack[-size:] = [tuple(stack[-size:])]

    return push


def append(machine: Machine) -> None:
    """Append the top value to the list below it."""
    extend(machine, [machine.pop()])


def extend(machine: Machine, values: list[object]) -> None:
    """Append values to the list on top, or to the items of an object."""
    target = machine.top()
    if isinstance(target, PickledObject):
        if target.opaque:
            return  # the content of code is left out
        target = target.state.setdefault(ITEMS, [])
    if not isinstance(target, list):
        raise damaged("it adds to what is no list")
    target.extend(values)


def set_items(machine: Machine, values: list[object]) -> None:
    """Set alternating keys and values in the dict on top, or in the items of an object."""
    target = machine.top()
    if isinstance(target, PickledObject):
        if target.opaque:
            return  # the content of code is left out
        target = target.state.setdefault(ITEMS, {})
    if not isinstance(target, dict):
        raise damaged("it adds to what is no dict")
    _update(target, values)


def set_item(machine: Machine) -> None:
    """Set one key and value."""
    value, key = machine.pop(), machine.pop()
    set_items(machine, [key, value])


def _update(target: dict[object, object], values: list[object]) -> None:
    if len(values) % 2 or not all(map(is_safe_key, values[::2])):
        raise damaged("a dict in it has keys that no dict can have")
    target.update(zip(values[::2], values[1::2], strict=True))


def dict_of(machine: Machine) -> None:
    """Make a dict of the values above the mark."""
    result: dict[object, object] = {}
    _update(result, machine.pop_to_mark())
    machine.stack.append(result)


def members(machine: Machine) -> list[object]:
    """Pop the values above the mark, to be members of a set."""
    values = machine.pop_to_mark()
    if not all(map(is_safe_key, values)):
        raise damaged("a set in it holds what no set can hold")
    return values


def add(machine: Machine) -> None:
    """Add the values above the mark to the set below it."""
    values = members(machine)
    target = machine.top()
    if not isinstance(target, set):
        raise damaged("it adds to what is no set")
    target.update(values)

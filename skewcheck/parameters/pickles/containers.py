"""Instructions that fill tuples, lists, dicts and sets, and that move the stack."""

from __future__ import annotations

from collections.abc import Callable

from skewcheck.parameters.pickles.allowed import plain_key
from skewcheck.parameters.pickles.inert import ITEMS, Inert
from skewcheck.parameters.pickles.machine import Machine
from skewcheck.parameters.pickles.stream import damaged


def mark(machine: Machine) -> None:
    """Begin a group."""
    machine.marks.append(len(machine.stack))


def pop(machine: Machine) -> None:
    """Take away the top, or the mark if that is on top."""
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.pop()


def tuple_of(size: int) -> Callable[[Machine], None]:
    """Return what makes a tuple of the topmost `size`."""

    def push(machine: Machine) -> None:
        found = [machine.pop() for _ in range(size)]
        machine.stack.append(tuple(reversed(found)))

    return push


def append(machine: Machine) -> None:
    """Add the top to the list below it."""
    extend(machine, [machine.pop()])


def extend(machine: Machine, values: list[object]) -> None:
    """Add values to the list on top, or to the items of an object."""
    target = machine.top()
    if isinstance(target, Inert):
        target = target.state.setdefault(ITEMS, [])
    if not isinstance(target, list):
        raise damaged("it adds to what is no list")
    target.extend(values)


def set_items(machine: Machine, values: list[object]) -> None:
    """Set keys and values, in turns, of the dict on top or of the items of an object."""
    target = machine.top()
    if isinstance(target, Inert):
        target = target.state.setdefault(ITEMS, {})
    if not isinstance(target, dict):
        raise damaged("it adds to what is no dict")
    _update(target, values)


def set_item(machine: Machine) -> None:
    """Set one key and value."""
    value = machine.pop()
    set_items(machine, [machine.pop(), value])


def _update(target: dict[object, object], values: list[object]) -> None:
    if len(values) % 2 or not all(map(plain_key, values[::2])):
        raise damaged("a dict in it has keys that no dict can have")
    target.update(zip(values[::2], values[1::2], strict=True))


def dict_of(machine: Machine) -> None:
    """Make a dict of a group."""
    found: dict[object, object] = {}
    _update(found, machine.several())
    machine.stack.append(found)


def members(machine: Machine) -> list[object]:
    """Take a group that is to be in a set."""
    found = machine.several()
    if not all(map(plain_key, found)):
        raise damaged("a set in it holds what no set can hold")
    return found


def add(machine: Machine) -> None:
    """Add a group to the set below it."""
    values = members(machine)
    target = machine.top()
    if not isinstance(target, set):
        raise damaged("it adds to what is no set")
    target.update(values)

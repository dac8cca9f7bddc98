"""PickledObject: an object of a foreign class as its name and state, without behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class PickledObject:
    """An object, class or function with an allowed foreign name, without behaviour.

    A class or function that is only named has neither args nor state; an object without attributes
    has an empty `state` too. Equality is identity: comparing contents could recurse.
    """

    module: str
    """As spelled in the file: `sklearn.preprocessing.data` for old versions."""
    name: str
    args: tuple[object, ...] = ()
    """Constructor arguments that are no state: `numpy.dtype("f8", False, True)`."""
    state: dict[str, object] = field(default_factory=dict)
    """Attributes; other state is under the keys ITEMS or STATE."""
    opaque: bool = False
    """Whether it is code that the file holds: a function, class or module, without its content."""


ITEMS = "__items__"
"""Key of the items of a subclass of dict or list: a dict or a list."""
STATE = "__state__"
"""Key of a state that is no dict of attributes, such as the tuple of numpy.dtype."""

"""What stands for an object of a foreign class: its name and its state, and nothing that runs."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Inert:
    """An object, class or function of an allowed foreign name; it has no behaviour.

    A class or function that is only named has neither args nor state, and `state` is empty too
    for an object without attributes. Equality is identity: comparing what it holds could recurse.
    """

    module: str
    """As the file spells it: `sklearn.preprocessing.data` for old versions."""
    name: str
    args: tuple[object, ...] = ()
    """What it was made of, where that is no state: `numpy.dtype("f8", False, True)`."""
    state: dict[str, object] = field(default_factory=dict)
    """Its attributes. What is no attribute is under ITEMS or STATE."""


ITEMS = "__items__"
"""The key of what a subclass of dict or list holds: a dict or a list."""
STATE = "__state__"
"""The key of a state that names no attributes, such as the tuple of numpy.dtype."""

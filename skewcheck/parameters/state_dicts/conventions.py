"""What the names of a model's tensors say: of the inputs or of the outputs, and of which library.

Libraries keep in their code what the file does not hold: an epsilon, a bound, a range. Where names
tell the library, it is read as that library computes it, with a note.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from skewcheck.parameters.state_dicts.entries import Entry, is_tensor, values_of
from skewcheck.parameters.state_dicts.groups import Group
from skewcheck.text.numbers import shortened

_INPUT_WORDS = frozenset(
    ("input", "inputs", "in", "obs", "observation", "observations", "state", "states", "x",
     "proprio")
)  # fmt: skip
_OUTPUT_WORDS = frozenset(
    ("output", "outputs", "out", "target", "targets", "label", "labels", "y", "action", "actions",
     "act", "reward", "rewards", "ret", "return", "returns", "value", "values", "unnorm", "denorm")
)  # fmt: skip
_NORMALIZER = re.compile(r"normali[sz]|standardi[sz]|^scalers?$|^rms$|^stats$|^statistics$|^whiten")
_UNDOING = re.compile(r"^(un|de)(normali[sz]|standardi[sz]|norm$|whiten)|^inverse$|^postproc")
_LAYERS = frozenset(("norm", "bn", "batchnorm", "batch"))
"""Words in the name of a layer that may normalize anything: inputs only beside an input word."""
_CONTAINERS = frozenset(
    ("model", "models", "module", "net", "network", "policy", "actor", "critic", "agent", "ema",
     "state", "dict", "orig", "mod", "backbone", "encoder", "main", "preprocessor", "preprocessing")
)  # fmt: skip
"""Words of a path that say nothing of what is normalized."""
_ROBOT_BUFFER = re.compile(r"buffer_(.+)")
_ROBOT_NAMES = (("observation_images_", "observation.images."), ("observation_", "observation."))
"""LeRobot writes `observation.images.top` as `buffer_observation_images_top`."""
_ROBOT_EPSILON = 1e-8
_ROBOT_NOTE = "LeRobot's names: 1e-08 is added to each divisor, as LeRobot does"
_ROBOT_RANGE_NOTE = "LeRobot's names: scaled to -1 to 1, as LeRobot does"
_RSL_RL_EPSILON = 0.01
_RSL_RL_NOTE = (
    "_mean, _var, _std and count are of rsl_rl's EmpiricalNormalization: 0.01 is added to the"
    " divisor, as it does by default"
)
_NO_EPSILON_NOTE = "the file holds no epsilon beside the variance: none is read"


def _words(component: str) -> list[str]:
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", component).lower()
    return [word for word in re.split(r"[^a-z]+", parts) if word]


def _side(component: str, layer: bool) -> str | None:
    """Return whether a part of a name says input or output; None if it says neither.

    Of a layer's statistics, only a normalizer or an input's norm says that.
    """
    words = _words(component)
    if any(word in _OUTPUT_WORDS or _UNDOING.search(word) for word in words):
        return "output"
    normalizes = any(map(_NORMALIZER.search, words)) or words == ["running", "mean", "std"]
    of_input = bool(_INPUT_WORDS.intersection(words)) and words != ["state", "dict"]
    if layer:
        is_norm = normalizes or bool(_LAYERS.intersection(words))
        return "input" if is_norm and (of_input or normalizes) else None
    return "input" if normalizes or of_input else None


def _named_parts(path: Sequence[str]) -> list[str]:
    """Return the parts of a name without indices and without containers, the last one first."""
    return [
        part for part in reversed(path)
        if _words(part) and not _CONTAINERS.issuperset(_words(part))
    ]  # fmt: skip


def is_of_inputs(group: Group, entries: Sequence[Entry]) -> bool:
    """Return whether the name of a group says that it normalizes the model's inputs.

    The last part of the name that says anything decides. A mean and a deviation without any other
    name are of the inputs, and a layer without any is where the file holds no other.
    """
    parts = _named_parts(group.path)
    if not parts:
        beside = [e for e in entries if is_tensor(e.value) and e.path[:-1] != group.path]
        return not group.of_layer or not beside
    if group.of_layer:
        return _side(parts[0], True) == "input"
    sides = [_side(part, False) for part in parts]
    return next((side for side in sides if side), None) == "input"


def feature_names(groups: Sequence[Group], names_given: bool) -> list[str]:
    """Return the name of what each group normalizes; empty where its name does not say it.

    A single group has none where the user gives names of its columns.
    """
    if names_given and len(groups) == 1:
        return [""]
    return [_feature_name(group) for group in groups]


def _feature_name(group: Group) -> str:
    buffer = next((m for part in group.path if (m := _ROBOT_BUFFER.fullmatch(part))), None)
    if buffer is not None:
        name = buffer[1]
        for written, meant in _ROBOT_NAMES:
            if name.startswith(written):
                return meant + name.removeprefix(written)
        return name
    if group.of_layer:
        return ""
    return ".".join(
        part for part in group.path
        if _words(part) and not _CONTAINERS.issuperset(_words(part))
        and not any(_NORMALIZER.search(word) for word in _words(part))
        and _words(part) != ["running", "mean", "std"]
    )  # fmt: skip


def numbers_of(group: Group) -> tuple[dict[str, object], list[str]]:
    """Return the numbers of a group by kind, with what its library adds, and notes on that."""
    numbers = {kind: values_of(entry) for kind, entry in group.entries.items()}
    keys = {entry.path[-1] for entry in group.entries.values()}
    if any(_ROBOT_BUFFER.fullmatch(part) for part in group.path):
        if {"min", "max"} <= numbers.keys():
            return {**numbers, "epsilon": _ROBOT_EPSILON, "feature_range": [-1.0, 1.0]}, [
                _ROBOT_NOTE, _ROBOT_RANGE_NOTE,
            ]  # fmt: skip
        return {**numbers, "epsilon": _ROBOT_EPSILON}, [_ROBOT_NOTE]
    if {"_mean", "_var", "_std", "count"} <= keys and "epsilon" not in numbers:
        only = {kind: numbers[kind] for kind in ("mean", "std", "count")}
        return {**only, "epsilon": _RSL_RL_EPSILON}, [_RSL_RL_NOTE]
    lacks = "var" in numbers and "std" not in numbers and "epsilon" not in numbers
    return numbers, [_NO_EPSILON_NOTE] if lacks else []


def with_robot_epsilon(entries: Sequence[Entry]) -> tuple[list[Entry], str]:
    """Return entries with the epsilon of LeRobot's statistics, and a note; as they are if others.

    `observation.state.mean`: LeRobot's normalization divides by std + 1e-8.
    """
    groups = {entry.path[:-1] for entry in entries if entry.kind in ("mean", "std")}
    robots = [path for path in groups if path and path[0] in ("observation", "action")]
    if not robots or not any(path[0] == "observation" for path in robots):
        return [*entries], ""
    added = [Entry((*path, "epsilon"), _ROBOT_EPSILON) for path in sorted(robots)]
    return [*entries, *added], _ROBOT_NOTE


def taken_note(groups: Sequence[Group]) -> str:
    """Return the note that says which tensors were read."""
    places = shortened([group.place for group in groups])
    return f"read from {places}: of the inputs, as their names say"

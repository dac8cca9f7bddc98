"""What the names of a model's tensors say: of the inputs or of the outputs, and of which library.

Libraries keep in their code what the file does not hold: an epsilon, a bound, a range. Where names
tell the library, it is read as that library computes it, with a note.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from skewcheck.parameters.handwritten.key_names import OUTPUT_WORDS
from skewcheck.parameters.state_dicts.entries import Entry, is_tensor, values_of
from skewcheck.parameters.state_dicts.groups import Group
from skewcheck.text.numbers import shortened

_INPUT_WORDS = frozenset(
    ("input", "inputs", "in", "obs", "observation", "observations", "state", "states", "x",
     "proprio", "pixel", "image")
)  # fmt: skip
_OUTPUT_WORDS = OUTPUT_WORDS | frozenset(
    ("out", "action", "actions", "act", "reward", "rewards", "ret", "return", "returns", "value",
     "values", "unnorm", "denorm")
)  # fmt: skip
_NORMALIZER = re.compile(r"normali[sz]|standardi[sz]|^scalers?$|^rms$|^stats$|^statistics$|^whiten")
_UNDOING = re.compile(r"^(un|de)(normali[sz]|standardi[sz]|norm$|whiten)|^inverse$|^postproc")
_LAYERS = frozenset(("norm", "bn", "batchnorm", "batch"))
"""Words in the name of a layer that may normalize anything: inputs only beside an input word."""
_NEUTRAL = frozenset(("train", "training", "data", "buffer", "layer", "vector", "features"))
_CONTAINERS = frozenset(
    ("model", "models", "module", "net", "network", "policy", "actor", "critic", "agent", "ema",
     "orig", "mod", "backbone", "main", "preprocessor", "preprocessing")
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
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", component).lower().replace("state_dict", "")
    return [word for word in re.split(r"[^a-z]+", parts) if word]


def _says_outputs(words: Sequence[str]) -> bool:
    return any(word in _OUTPUT_WORDS or _UNDOING.search(word) for word in words)


def _says_normalizer(words: Sequence[str]) -> bool:
    return any(map(_NORMALIZER.search, words)) or [*words] == ["running", "mean", "std"]


def _says_inputs(words: Sequence[str]) -> bool:
    """Return whether a part of a name says inputs, and nothing else: `obs_encoder` is more."""
    known = _INPUT_WORDS | _LAYERS | _NEUTRAL
    return bool(_INPUT_WORDS.intersection(words)) and known.issuperset(words)


def _is_input_layer(part: str) -> bool:
    """Return whether a layer's own name says that it normalizes the inputs: `input_norm`."""
    words = _words(part)
    of_input = _LAYERS.intersection(words) and _says_inputs(words)
    return not _says_outputs(words) and bool(of_input or _says_normalizer(words))


def _are_input_parts(parts: Sequence[str]) -> bool:
    """Return whether the parts of a name, the last one first, say that it is of the inputs.

    The last part that says anything decides; the words of an input alone do in the last part only,
    as those of a layer's name may follow them: `state_encoder.prior`.
    """
    for i, part in enumerate(parts):
        words = _words(part)
        if _says_outputs(words):
            return False
        if _says_normalizer(words) or (i == 0 and _says_inputs(words)):
            return True
    return False


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
    return _is_input_layer(parts[0]) if group.of_layer else _are_input_parts(parts)


def is_of_critic(group: Group) -> bool:
    """Return whether a group normalizes what only a critic takes, which training alone needs."""
    return any("critic" in _words(part) for part in group.path)


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

"""Read what reinforcement learning saves of observations, as numbers by name.

Stable-Baselines3's VecNormalize, the NormalizeObservation of gym and gymnasium, and the
RunningMeanStd inside of them: (x - mean) / sqrt(var + epsilon), clipped to -clip_obs and clip_obs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.features.notes import free_notes
from skewcheck.features.types import Parameters
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import ParameterError
from skewcheck.text.numbers import shortened

MOMENTS = "RunningMeanStd"
"""Name that such classes have wherever they are defined; it ends in this one."""
WRAPPERS = ("VecNormalize", "NormalizeObservation")
"""Ends of the names of the classes that normalize observations by such moments."""
FORMAT = "running moments of observations"
"""What the parameters say that they were read from."""
_MOMENTS_KEYS = ("obs_rms", "ob_rms")
_BOUND_KEYS = ("clip_obs", "clipob")
_EPSILON_KEYS = ("epsilon",)
_MAX_LEVELS = 3
"""Levels of dicts and lists around them: a checkpoint has one or two."""
NO_EPSILON = "the file holds no epsilon and no bound beside the running moments: none is read"


def read_observations(source: ParameterSource, value: object) -> Parameters | None:
    """Return the parameters of running moments in a file; None if it holds none.

    Raises ParameterError where the file says that observations are not normalized.
    """
    tree, unread = _pruned(source, value, "", _MAX_LEVELS)
    if tree is None:
        return None
    from skewcheck.parameters.sklearn.plain_numbers import read_numbers  # most are transformers

    notes = [NO_EPSILON] if _lacks_epsilon(tree) else []
    notes += [f"not read: {shortened(unread)}"] if unread else []
    parameters = read_numbers(source, tree)
    model = {"format": FORMAT, **parameters.model}
    return replace(parameters, model=model, notes=(*parameters.notes, *free_notes(notes)))


def _pruned(
    source: ParameterSource, value: object, place: str, levels: int
) -> tuple[object | None, list[str]]:
    """Return running moments alone, with the keys that lead to them, and the places of others."""
    if isinstance(value, PickledObject):
        made = _statistics(source, value)
        return (made, []) if made is not None else (None, [place] if value.state else [])
    if isinstance(value, np.ndarray):
        return None, [place]
    pairs: list[tuple[object, object]] = []
    if isinstance(value, Mapping):
        pairs = [*value.items()]
    elif isinstance(value, list | tuple):
        pairs = [*enumerate(value)]
    kept: dict[object, object] = {}
    unread: list[str] = []
    for key, member in pairs if levels else ():
        inner, others = _pruned(source, member, f"{place}.{key}" if place else f"{key}", levels - 1)
        unread += others
        if inner is not None:
            kept[key if isinstance(value, Mapping) else "obs_rms"] = inner
    return kept or None, unread


def _statistics(source: ParameterSource, fitted: PickledObject) -> dict[str, object] | None:
    """Return the numbers of an object that normalizes observations; None if it is none."""
    if fitted.name.endswith(MOMENTS):
        return _moments(fitted)
    if not fitted.name.endswith(WRAPPERS):
        return None
    if fitted.state.get("norm_obs") is False:
        raise ParameterError(
            f"{source.path}: norm_obs is False in this {fitted.name}: it normalizes rewards only,"
            " and serves observations as they are"
        )
    held = _first(fitted, _MOMENTS_KEYS)
    if isinstance(held, Mapping):
        keys = fitted.state.get("norm_obs_keys")
        chosen = keys if isinstance(keys, Sequence) and not isinstance(keys, str) else [*held]
        moments: object = {
            key: _moments(member)
            for key in chosen
            if isinstance(member := held.get(key), PickledObject)
        }
    else:
        moments = _moments(held) if isinstance(held, PickledObject) else None
    if not moments:
        return None
    settings = {"epsilon": _first(fitted, _EPSILON_KEYS), "clip_obs": _first(fitted, _BOUND_KEYS)}
    return {"obs_rms": moments, **{key: x for key, x in settings.items() if x is not None}}


def _moments(fitted: PickledObject) -> dict[str, object] | None:
    numbers = {key: fitted.state.get(key) for key in ("mean", "var", "count")}
    if numbers["mean"] is None or numbers["var"] is None:
        return None
    return {key: x for key, x in numbers.items() if x is not None}


def _first(fitted: PickledObject, keys: Sequence[str]) -> object:
    return next((x for key in keys if (x := fitted.state.get(key)) is not None), None)


def _lacks_epsilon(tree: object) -> bool:
    if not isinstance(tree, Mapping) or "epsilon" in tree:
        return False
    return "var" in tree or any(map(_lacks_epsilon, tree.values()))

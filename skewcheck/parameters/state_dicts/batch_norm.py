"""A layer that normalizes the inputs by running moments: batch normalization, or rl_games' own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from skewcheck.features.steps import Affine, Clip, Step, ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.state_dicts.entries import Entry, values_of
from skewcheck.parameters.state_dicts.groups import Group

EPSILON = 1e-5
"""PyTorch's default, and that of rl_games; the file holds none."""
EPSILON_NOTE = "the file holds no epsilon: 1e-05 is added to the variance, PyTorch's default"
BOUND = 5.0
"""To which rl_games clips what it normalizes."""
RL_GAMES_NOTE = (
    "running_mean_std and count are of rl_games: 1e-05 is added to the variance, and the result"
    " clipped to -5 to 5, as it does"
)
_RL_GAMES = "running_mean_std"


def read_batch_norm(
    source: ParameterSource, group: Group, name: str, entries: Sequence[Entry]
) -> tuple[Parameters, list[str]]:
    """Return the parameters of a layer's running moments, and notes on what the file lacks.

    (x - running_mean) / sqrt(running_var + epsilon), times weight, plus bias, where the layer has
    them (torch.nn.BatchNorm1d). Columns are named by the user, by a list in the file, or numbered
    parts of `name`. Raises ParameterError, UnnamedError.
    """
    means, variances = (_numbers(group.entries[kind]) for kind in ("mean", "var"))
    beside = {e.path[-1]: e for e in entries if e.path and e.path[:-1] == group.path}
    later: list[tuple[Step, ...]] = [()] * len(means)
    notes = [EPSILON_NOTE]
    if group.path and group.path[-1] == _RL_GAMES and "count" in beside:
        later, notes = [(Clip(-BOUND, BOUND),)] * len(means), [RL_GAMES_NOTE]
    elif {"weight", "bias"} <= beside.keys():
        weights, biases = (_numbers(beside[key]) for key in ("weight", "bias"))
        later = [_affine(w, b) for w, b in zip(weights, biases, strict=True)]
    columns = []
    numbers = zip(means, variances, later, strict=True)
    for i, (column, (mean, var, steps)) in enumerate(
        zip(_columns(source, name, entries, len(means)), numbers, strict=True)
    ):
        if not var >= 0:
            raise source.error(f"{group.place}: a variance must be >= 0, got {var:g}")
        scaled = ZScore(mean, math.sqrt(var), EPSILON, "variance")
        place = f"{group.entries['mean'].place}[{i}]"
        columns.append(PipelineColumn(column).then(scaled, *steps, source=place))
    return build_parameters(source, columns, fitted=True), notes


def _numbers(entry: Entry) -> list[float]:
    numbers: list[float] = np.asarray(values_of(entry), np.float64).reshape(-1).tolist()
    return numbers


def _affine(weight: float, bias: float) -> tuple[Step, ...]:
    """Return x * weight + bias as a step; none where it changes nothing."""
    if (weight, bias) == (1.0, 0.0):
        return ()
    return (Affine(-bias / weight if weight else math.nan, weight),)


def _columns(
    source: ParameterSource, name: str, entries: Sequence[Entry], count: int
) -> Sequence[str]:
    listed = [e.value for e in entries if e.is_name_list and isinstance(e.value, list | tuple)]
    fitting = [names for names in listed if len(names) == count]
    if source.names or not (fitting or name):
        return source.names_for(count)
    if fitting:
        return [str(x) for x in fitting[0]]
    return [f"{name}[{i}]" for i in range(count)] if count > 1 else [name]

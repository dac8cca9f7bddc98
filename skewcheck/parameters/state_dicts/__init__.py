"""Read the statistics of a model's inputs among tensors, by the names of the tensors.

A file of nothing but statistics is read like any other of numbers by name. Of a model's tensors
only those are read whose names say that they normalize the inputs: `normalizer.mean`,
`obs_rms.var`, `input_norm.running_mean`. Files of PyTorch and of safetensors are read alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from skewcheck.features.notes import free_notes
from skewcheck.features.types import Parameters
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.state_dicts import conventions
from skewcheck.parameters.state_dicts.batch_norm import read_batch_norm
from skewcheck.parameters.state_dicts.entries import Entry, is_tensor, tensor_entries, tree_of
from skewcheck.parameters.state_dicts.groups import Group, are_same, statistic_groups
from skewcheck.parameters.tensors import Tensor
from skewcheck.text.errors import ParameterError
from skewcheck.text.numbers import shortened


def read_tensors(source: ParameterSource, tree: object) -> Parameters:
    """Return the parameters that objects and tensors of a tree say; ParameterError without any."""
    from skewcheck.parameters.sklearn import read_objects
    from skewcheck.parameters.sklearn.bundles import holds_transformer

    if holds_transformer(tree):
        parameters = read_objects(source, tree)
        count = sum(isinstance(entry.value, Tensor) for entry in tensor_entries(tree))
        return _with_notes(
            parameters, [f"{_tensors(count)} beside it: not looked at"] * bool(count)
        )
    try:
        entries = tensor_entries(tree)
        groups = statistic_groups(entries)
        if _are_statistics_alone(entries, groups):
            return _by_name(source, entries)
        return _of_model(source, entries, groups)
    except ParameterError as error:
        if str(error).startswith(str(source.path)):
            raise
        raise source.error(str(error)) from error


def _are_statistics_alone(entries: Sequence[Entry], groups: Sequence[Group]) -> bool:
    """Return whether every tensor is a number that files of numbers by name have too."""
    return not any(group.of_layer for group in groups) and all(
        entry.kind is not None and not entry.is_weight
        for entry in entries
        if is_tensor(entry.value)
    )


def _by_name(source: ParameterSource, entries: Sequence[Entry]) -> Parameters:
    """Return the parameters of a file that holds nothing but statistics by name."""
    from skewcheck.parameters import handwritten

    entries, note = conventions.with_robot_epsilon(entries)
    parameters = handwritten.read_tree(source, tree_of(entries))
    return _with_notes(parameters, [note] if note else [])


def _of_model(
    source: ParameterSource, entries: Sequence[Entry], groups: Sequence[Group]
) -> Parameters:
    """Return the parameters of the groups whose names say that they normalize the inputs."""
    from skewcheck.parameters import handwritten

    inputs = [group for group in groups if conventions.is_of_inputs(group, entries)]
    if not inputs:
        raise source.error(_nothing_known(entries, groups))
    of_serving = [group for group in inputs if not conventions.is_of_critic(group)]
    different: list[Group] = []
    for group in of_serving or inputs:
        if not any(are_same(group, other) for other in different):
            different.append(group)
    names = conventions.feature_names(different, bool(source.names))
    if len(different) > 1 and (len(set(names)) < len(names) or "" in names):
        raise source.error(
            f"{shortened([group.place for group in different])}: several normalizations of inputs,"
            " which differ: save the one that serving uses in a file of its own"
        )
    same = [group for group in inputs if any(are_same(group, other) for other in different)]
    left = [group.place for group in groups if group not in same]
    notes = [conventions.taken_note(different)]
    if left:
        notes.append(f"not read, as no name says that serving uses them: {shortened(left)}")
    if different[0].of_layer and len(different) == 1:
        parameters, assumed = read_batch_norm(source, different[0], names[0], entries)
        return _with_notes(parameters, [*notes, *assumed])
    tree: dict[str, object] = {
        entry.path[-1]: entry.value for entry in entries if entry.is_name_list
    }
    for group, name in zip(different, names, strict=True):
        numbers, assumed = conventions.numbers_of(group)
        notes += assumed
        if name:
            tree[name] = numbers
        else:
            tree |= numbers
    return _with_notes(handwritten.read_tree(source, tree), notes)


def _with_notes(parameters: Parameters, notes: Sequence[str]) -> Parameters:
    unique = [*dict.fromkeys(notes)]
    return replace(parameters, notes=(*parameters.notes, *free_notes(unique)))


def _tensors(count: int) -> str:
    return f"{count:,} tensor{'' if count == 1 else 's'}"


def _nothing_known(entries: Sequence[Entry], groups: Sequence[Group]) -> str:
    """Return what a file holds in place of statistics of inputs, and what to do."""
    count = sum(is_tensor(entry.value) for entry in entries)
    if groups:
        return (
            f"holds {shortened([group.place for group in groups])}, and no name says that these are"
            ' of the inputs; save them as {"mean": ..., "std": ...} in a file of their own'
        )
    return (
        f"holds {_tensors(count)} and no statistics of inputs by a name that is known, such as"
        " normalizer.mean and normalizer.std: give the file of the scaler"
    )

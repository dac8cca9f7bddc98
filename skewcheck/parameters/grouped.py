"""Features of skewcheck's file whose normalization depends on a key, or on the data's own rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skewcheck.features.steps import Standardize, Step, scope_of
from skewcheck.features.transform import column_names
from skewcheck.features.types import Feature
from skewcheck.parameters.native_steps import check_step_order, steps_of
from skewcheck.parameters.tree import Node, known_members

MAX_GROUPS = 10_000
"""Groups of a feature: a column of more values is an identifier, and no key of parameters."""


def with_groups(feature: Feature, node: Node, members: Mapping[str, Node]) -> Feature:
    """Return a feature with the members `by` and `groups` of its object; ParameterError if wrong.

    Without either, it has a step over a scope of the data, whose place is checked.
    """
    by = members["by"].text() if "by" in members else None
    if by == "":
        raise members["by"].must("the name of a column")
    if feature.type != "numeric":
        place = members.get("groups") or members.get("by") or node
        raise place.error("is for numeric features; this one is categorical")
    _refuse_several(members.get("steps"), feature.steps)
    feature = replace(feature, by=by, guessed=False)
    scope = scope_of(feature.steps)
    if scope is not None:
        _check_scope(feature, scope, members)
    if "groups" not in members:
        if scope is None:
            raise members["by"].error("needs groups, or a standardize step, in the same feature")
        return feature
    if by is None:
        raise node.at("by").error("is missing: the column whose values are the keys of groups")
    if scope is not None:
        raise members["groups"].error("cannot stand beside a standardize step")
    table = members["groups"].members()
    if not table:
        raise members["groups"].error("must have at least one group")
    if len(table) > MAX_GROUPS:
        raise members["groups"].error(f"has {len(table):,} groups; at most {MAX_GROUPS:,} are read")
    return replace(feature, groups={key: _steps(group) for key, group in table.items()})


def _check_scope(
    feature: Feature, scope: tuple[int, Standardize], members: Mapping[str, Node]
) -> None:
    place, step = scope
    if scope_of(feature.steps[place + 1 :]) is not None:
        raise members["steps"].error("has two standardize steps; one can be compared with a log")
    if step.over == "row" and feature.by is not None:
        raise members["by"].error("parts rows into series; standardize over a row needs none")


def _refuse_several(node: Node | None, steps: tuple[Step, ...]) -> None:
    """Raise ParameterError for a step that gives several columns: they are of no key or scope."""
    for i, step in enumerate(steps):
        if column_names((step,)) and node is not None:
            place = Node(None, node.file, f"{node.place}[{i}]")
            raise place.error(f"{step.op} makes several columns: not by a key, nor over a scope")


def _steps(node: Node) -> tuple[Step, ...]:
    """Return the steps of one group, of numbers alone."""
    members = known_members(node, ("steps",))
    if "steps" not in members:
        raise node.at("steps").error("is missing")
    steps = steps_of(members["steps"])
    check_step_order(members["steps"], steps, "numeric")
    _refuse_several(members["steps"], steps)
    for i, step in enumerate(steps):
        if isinstance(step, Standardize):
            place = Node(None, node.file, f"{members['steps'].place}[{i}]")
            raise place.error("standardize has no parameters, and so none of a group")
    return steps

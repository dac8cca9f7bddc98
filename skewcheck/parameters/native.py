"""Read skewcheck's own parameter file and check every rule of the format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from skewcheck.features.notes import Note
from skewcheck.features.steps import (
    Impute,
    Map,
    OneHot,
    Step,
    Vocabulary,
)
from skewcheck.features.types import METRICS, Feature, FeatureType, Parameters, Role, TrainingError
from skewcheck.parameters.fingerprint import VERSION, fingerprint
from skewcheck.parameters.native_steps import check_step_order, steps_of
from skewcheck.parameters.references import reference
from skewcheck.parameters.tree import Node, known_members

if TYPE_CHECKING:
    from skewcheck.features.dependence import Dependence
    from skewcheck.features.golden import GoldenRows

_ROOT_KEYS = ("skewcheck", "model", "fingerprint", "features", "dependence", "rows")
_STATED = ("type", "role", "importance", "steps", "reference", "untested")
_FEATURE_KEYS = (*_STATED, "fitted", "derived", "by", "groups")


def recognised(root: Node) -> bool:
    """Return whether a parsed file is in this format."""
    return isinstance(root.value, dict) and "features" in root.value and (
        "skewcheck" in root.value
        or (isinstance(table := root.value["features"], dict)
            and any(isinstance(v, dict) and ("steps" in v or "groups" in v)
                    for v in table.values()))
    )  # fmt: skip


def parameters(root: Node) -> Parameters:
    """Return the parameters in a parsed file; ParameterError names key and rule."""
    # First, since a report or a file of a later version has keys that are unknown here.
    if "skewcheck" in root.table():
        _check_version(root.table()["skewcheck"])
    members = known_members(root, _ROOT_KEYS)
    table = members["features"].members()
    if not table:
        raise members["features"].error("must have at least one feature")
    features = tuple(_feature(name, node) for name, node in table.items())
    computed = fingerprint(features)
    notes: list[Note] = []
    lock = members["fingerprint"].text() if "fingerprint" in members else None
    if lock not in (None, computed):
        notes.append(Note("changed_since_lock"))
    model = members["model"].members() if "model" in members else {}
    error = model.get("error")
    return Parameters(
        features, computed,
        {key: node.described() for key, node in model.items() if key != "error"}, root.file,
        tuple(notes), root.extra(),
        None if error is None or error.value is None else _training_error(error),
        rows=_golden_rows(members["rows"]) if "rows" in members else None, lock=lock,
        dependence=_dependence(members["dependence"], table) if "dependence" in members else None,
    )  # fmt: skip


def _golden_rows(node: Node) -> GoldenRows:
    from skewcheck.parameters.golden_rows import golden_rows  # few files have any

    return golden_rows(node)


def _dependence(node: Node, features: Mapping[str, Node]) -> Dependence | None:
    from skewcheck.parameters.dependence import dependence  # other formats have none

    return dependence(node, frozenset(features))


def _training_error(node: Node) -> TrainingError:
    members = known_members(node, ("metric", "value", "rows", "std", "positive"))
    for key in ("metric", "value"):
        if key not in members:
            raise node.at(key).error("is missing")
    name, value = members["metric"].text(), members["value"].number()
    metric = next((candidate for candidate in METRICS if candidate == name), None)
    if metric is None:
        raise members["metric"].must(f"one of {', '.join(METRICS)}")
    if not value > 0:
        raise members["value"].must("> 0: it is what a relative worsening is of")
    if metric in ("error_rate", "brier") and value > 1:
        raise members["value"].must("a share of at most 1")
    given = {key: item for key, item in members.items() if item.value is not None}
    rows = given["rows"].count() if "rows" in given else None
    if rows == 0:
        raise given["rows"].must("at least 1")
    std = given["std"].number() if "std" in given else None
    if std is not None and std < 0:
        raise given["std"].must("at least 0")
    positive = given["positive"].text() if "positive" in given else None
    return TrainingError(metric, value, rows, std, positive, node.extra())


def _check_version(node: Node) -> None:
    members = node.table()
    for key in ("kind", "version"):
        if key not in members:
            raise node.at(key).error("is missing")
    if members["kind"].text() != "parameters":
        raise members["kind"].must('"parameters"')
    version = members["version"]
    if not version.count():
        raise version.must("a version, 1 or more")
    if version.count() > VERSION:
        raise version.error(
            f"is {version.count()}, newer than this skewcheck reads ({VERSION}); upgrade skewcheck"
        )
    known_members(node, ("kind", "version"))


def _feature(name: str, node: Node) -> Feature:
    members = known_members(node, _FEATURE_KEYS)
    if "steps" not in members and "groups" not in members:
        raise node.at("steps").error("is missing")
    steps = steps_of(members["steps"]) if "steps" in members else ()
    feature_type = _type(members, steps)
    if steps:
        check_step_order(members["steps"], steps, feature_type)
    role: Role = "feature"
    if "role" in members:
        text = members["role"].text()
        if text not in ("feature", "prediction", "label"):
            raise members["role"].must("feature, prediction or label")
        role = "prediction" if text == "prediction" else "label" if text == "label" else role
    importance = members["importance"].number() if "importance" in members else None
    feature_reference = (
        reference(members["reference"], feature_type) if "reference" in members else None
    )
    untested = members["untested"].text() if "untested" in members else None
    guessed = not steps and feature_reference is None and "type" not in members
    fitted, derived = (key in members and members[key].flag() for key in ("fitted", "derived"))
    feature = Feature(
        name, feature_type, steps, feature_reference, role, importance, node.extra(), untested,
        guessed, fitted, derived,
    )  # fmt: skip
    if "by" not in members and "groups" not in members and feature.by_itself:
        return feature
    from skewcheck.parameters.grouped import with_groups  # most files have none

    return with_groups(feature, node, members)


def _type(members: Mapping[str, Node], steps: tuple[Step, ...]) -> FeatureType:
    if "type" in members:
        text = members["type"].text()
        if text not in ("numeric", "categorical"):
            raise members["type"].must("numeric or categorical")
        return "numeric" if text == "numeric" else "categorical"
    encodes = any(isinstance(s, Vocabulary | OneHot | Map) for s in steps)
    filled = any(isinstance(s, Impute) and isinstance(s.value, str) for s in steps)
    return "categorical" if encodes or filled else "numeric"

"""skewcheck's own parameter file, read with every rule of the contract checked."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from difflib import get_close_matches

from skewcheck.features.notes import Note
from skewcheck.features.steps import OPS, Impute, OneHot, Step, Vocabulary
from skewcheck.features.types import METRICS, Feature, FeatureType, Parameters, Role, TrainingError
from skewcheck.parameters.references import reference
from skewcheck.parameters.tree import Node, checked
from skewcheck.parameters.writing import VERSION, fingerprint

_ROOT = ("skewcheck", "model", "fingerprint", "features")
_FEATURE = ("type", "role", "importance", "steps", "reference", "untested")


def recognised(root: Node) -> bool:
    """Return whether a parsed file is of this format."""
    return isinstance(root.value, dict) and "features" in root.value and (
        "skewcheck" in root.value
        or (isinstance(table := root.value["features"], dict)
            and any(isinstance(v, dict) and "steps" in v for v in table.values()))
    )  # fmt: skip


def parameters(root: Node) -> Parameters:
    """Return the parameters that a parsed file holds; ParameterError names key and rule."""
    # First of all: a report, or a file of a later version, has keys that are unknown here.
    if "skewcheck" in root.table():
        _version(root.table()["skewcheck"])
    members = checked(root, _ROOT)
    table = members["features"].members()
    if not table:
        raise members["features"].error("must have at least one feature")
    features = tuple(_feature(name, node) for name, node in table.items())
    own = fingerprint(features)
    notes: list[Note] = []
    lock = members["fingerprint"].text() if "fingerprint" in members else None
    if lock not in (None, own):
        notes.append(Note("changed_since_lock"))
    model = members["model"].members() if "model" in members else {}
    error = model.get("error")
    return Parameters(
        features, own, {key: node.free() for key, node in model.items() if key != "error"},
        root.file, tuple(notes), root.extra(),
        None if error is None or error.value is None else _error(error), lock=lock,
    )  # fmt: skip


def _error(node: Node) -> TrainingError:
    members = checked(node, ("metric", "value", "rows", "std", "positive"))
    for key in ("metric", "value"):
        if key not in members:
            raise node.at(key).error("is missing")
    name, value = members["metric"].text(), members["value"].number()
    metric = next((known for known in METRICS if known == name), None)
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


def _version(node: Node) -> None:
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
    checked(node, ("kind", "version"))


def _feature(name: str, node: Node) -> Feature:
    members = checked(node, _FEATURE)
    if "steps" not in members:
        raise node.at("steps").error("is missing")
    steps = tuple(_step(item) for item in members["steps"].items())
    kind = _type(members, steps)
    _order(members["steps"], steps, kind)
    role: Role = "feature"
    if "role" in members:
        text = members["role"].text()
        if text not in ("feature", "prediction", "label"):
            raise members["role"].must("feature, prediction or label")
        role = "prediction" if text == "prediction" else "label" if text == "label" else role
    importance = members["importance"].number() if "importance" in members else None
    known = reference(members["reference"], kind) if "reference" in members else None
    untested = members["untested"].text() if "untested" in members else None
    guessed = not steps and known is None and "type" not in members
    return Feature(name, kind, steps, known, role, importance, node.extra(), untested, guessed)


def _type(members: Mapping[str, Node], steps: tuple[Step, ...]) -> FeatureType:
    if "type" in members:
        text = members["type"].text()
        if text not in ("numeric", "categorical"):
            raise members["type"].must("numeric or categorical")
        return "numeric" if text == "numeric" else "categorical"
    encodes = any(isinstance(s, Vocabulary | OneHot) for s in steps)
    filled = any(isinstance(s, Impute) and isinstance(s.value, str) for s in steps)
    return "categorical" if encodes or filled else "numeric"


def _order(node: Node, steps: tuple[Step, ...], kind: FeatureType) -> None:
    """Check that each step can take what the one before it gives."""
    numbers = kind == "numeric"
    for i, step in enumerate(steps):
        place = Node(None, node.file, f"{node.place}[{i}]")
        if isinstance(step, Vocabulary | OneHot):
            if numbers:
                raise place.error(f"{step.op} takes levels, but the feature is numeric here")
            if isinstance(step, OneHot) and i < len(steps) - 1:
                raise place.error("onehot must be the last step")
            numbers = True
        elif isinstance(step, Impute):
            if isinstance(step.value, str) == numbers:
                kind_of = "a number" if numbers else "a string"
                raise place.at("value").error(f"must be {kind_of}, as the feature is here")
        elif not numbers:
            raise place.error(f"{step.op} takes numbers; a vocabulary or onehot must come first")


def _step(node: Node) -> Step:
    members = node.table()
    if "op" not in members:
        raise node.at("op").error("is missing")
    name = members["op"].text()
    if name not in OPS:
        close = get_close_matches(name, list(OPS), 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(OPS)}"
        raise members["op"].error(f"no op {json.dumps(name)}; {hint}")
    fields = {f.name.rstrip("_"): f for f in dataclasses.fields(OPS[name])}
    checked(node, ("op", *fields))
    values: dict[str, object] = {}
    for key, field in fields.items():
        if key in members and members[key].value is not None:
            values[field.name] = _setting(name, key, members[key])
        elif key in members and key == "unknown":
            values[field.name] = None
        elif field.default is dataclasses.MISSING:
            raise node.at(key).error("is missing")
    make: Callable[..., Step] = OPS[name]
    step = make(**values)
    if wrong := step.check():
        key, rule = wrong
        got = members[key].value if key in members else None
        raise Node(got, node.file, f"{node.place}.{key}").error(
            rule if got is None or isinstance(got, list) else f"{rule}, got {json.dumps(got)}"
        )
    return step


def _setting(op: str, key: str, node: Node) -> object:
    """Return one setting of a step in the type that it has there."""
    if key in ("method", "output", "dtype"):
        return node.text()
    if key in ("values", "edges"):
        if op in ("vocabulary", "onehot"):
            return tuple(item.text() for item in node.items())
        return tuple(float(x) for x in node.numbers())
    if key == "range":
        ends = node.numbers()
        if len(ends) != 2:
            raise node.error("must be two numbers")
        return float(ends[0]), float(ends[1])
    if key in ("decimals", "zero_point"):
        number = node.number()
        if number != round(number):
            raise node.must("a whole number")
        return int(number)
    if (op == "impute" or op == "onehot") and isinstance(node.value, str):
        return node.text()
    if op == "onehot":
        raise node.must("one of values")
    return node.number()

"""Numbers that people wrote down themselves: means and deviations in JSON, YAML, TOML, NPZ, CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skewcheck.features.types import Parameters, ParameterWarning
from skewcheck.parameters.columns import PipelineColumn, build_parameters
from skewcheck.parameters.shapes import baselines, fields, files, labels, lists, methods
from skewcheck.parameters.shapes.doubts import doubts
from skewcheck.parameters.shapes.layouts import found, kind, rows
from skewcheck.parameters.shapes.leaves import Leaf, leaves
from skewcheck.parameters.source import ParameterSource, Reader
from skewcheck.text.errors import ParameterError
from skewcheck.text.numbers import shortened

_FOREIGN = frozenset(
    ("skewcheck", "learner", "expectations", "flavors", "image_mean", "feature_extractor_type",
     "image_processor_type", "do_normalize", "monitoring_config", "processor_class",
     "video_processor_type", "normalize_means", "tree_info", "feature_infos", "paramMap")
)  # fmt: skip
"""Keys at the root of the formats that have a reader of their own."""
_WEAK = (None, "count", "range", "width", "q50")
"""Kinds of numbers that many other files have."""
_SHAPES = (
    'known are {"age": {"mean": 1, "std": 2}}, {"mean": {"age": 1}, "std": {"age": 2}},'
    ' {"mean": [1], "std": [2], "columns": ["age"]}'
)


def understood(source: ParameterSource, value: object) -> Parameters:
    """Return what a plain tree says: dicts, lists, numbers, strings, booleans, None.

    `source` gives names and the path of errors; `value` may come from anywhere, such as a pickled
    dict, and may hold NumPy arrays. Raises ParameterError where it has no known shape or could
    mean two things, UnnamedError where names are needed.
    """
    try:
        every = list(leaves(lists.named(value)))
    except ParameterError as error:
        raise source.error(str(error)) from error
    if pair := lists.unclear(value):
        raise source.error(
            f"{pair}: two numbers could be [mean, std] or [min, max];"
            ' write {"mean": ..., "std": ...} or {"min": ..., "max": ...}'
        )
    if parts := baselines.parts(value):
        made = [*_described(source, parts[0]), *baselines.levels(source, value, parts[1])]
        return build_parameters(source, made, notes=list(baselines.NOTES))
    if codes := labels.encoders(every):
        made = labels.columns(source, codes)
        return build_parameters(source, made)
    if flat := _flat(every):
        return _fills(source, flat)
    return _numbers(source, every)


def _described(source: ParameterSource, numeric: Mapping[str, object]) -> list[PipelineColumn]:
    if not numeric:
        return []
    return baselines.observed(
        source, list(rows(source, found(source, leaves({"numeric": numeric}))))
    )


def _numbers(source: ParameterSource, every: Sequence[Leaf]) -> Parameters:
    every, codes = _parted(every)
    held = found(source, every)
    if not any(group.numbers for group in held.groups.values()):
        raise source.error(f"has no numbers of a normalization by a name that is known; {_SHAPES}")
    table = list(rows(source, held))
    made, notes, warnings = methods.columns(source, table)
    made += labels.columns(source, codes)
    if len(table) > 1 and table[0].places == table[-1].places:
        notes.append(f"one {' and '.join(table[0].numbers)} for all {len(table):,} features")
    if not any(column.steps or column.untested or column.reference for column in made):
        raise source.error(
            f"{shortened([row.feature for row in table])}: {', '.join(table[0].numbers)}"
            f" make no normalization; {_SHAPES}"
        )
    numbers = [place for place in held.unread if place]
    if numbers:
        notes.append(f"not read: {shortened(numbers)}")
    every_warning: list[ParameterWarning] = [*warnings, *doubts(table)]
    return build_parameters(source, made, notes=notes, warnings=every_warning)


def _parted(
    every: Sequence[Leaf],
) -> tuple[list[Leaf], dict[tuple[str, ...], labels.Codes]]:
    """Part the numbers from the label encoders that stand beside them."""
    heads: dict[str, list[Leaf]] = {}
    for leaf in every:
        heads.setdefault(leaf.path[0] if leaf.path else "", []).append(leaf)
    rest: list[Leaf] = []
    codes: dict[tuple[str, ...], labels.Codes] = {}
    for some in heads.values():
        found_ = labels.encoders(some)
        if found_ and () not in found_:
            codes |= found_
        else:
            rest += some
    return rest, codes


def _flat(every: Sequence[Leaf]) -> dict[str, float]:
    """Return the numbers by name where there is nothing else, and no name is a kind of number."""
    flat = {leaf.path[0]: leaf.value for leaf in every
            if len(leaf.path) == 1 and isinstance(leaf.value, float)}  # fmt: skip
    kinds = any(map(fields.number, flat)) or all(leaf.divided for leaf in every)
    plain = len(flat) == len(every) and not kinds
    return flat if plain and len(flat) > 1 else {}


def _fills(source: ParameterSource, flat: Mapping[str, float]) -> Parameters:
    """Read a number for each feature as its fill value, if the file is called so."""
    words = set(fields.plain(source.path.stem).split("_"))
    if not words & fields.FILLS:
        raise source.error(
            f"holds one number for each of {shortened(list(flat))}, and does not say what"
            ' it is; write {"fill_values": {...}} around them if they fill nulls'
        )
    every = [Leaf(("fill", name), value, (1.0, 0.0)) for name, value in flat.items()]
    made, _, _ = methods.columns(source, list(rows(source, found(source, every))))
    return build_parameters(
        source, made, notes=["read as what fills nulls, as the file's name says"]
    )


def _recognised(source: ParameterSource) -> bool:
    if files.certain(source):
        return True
    try:
        tree = files.peeked(source)
        if tree is None or (isinstance(tree, Mapping) and _foreign(tree)):
            return False
        every = []
        for leaf in leaves(lists.named(tree)):
            if kind(leaf) not in _WEAK:
                return True
            every.append(leaf)
    except (ParameterError, RecursionError):
        return False
    return bool(
        baselines.parts(tree) or lists.unclear(tree) or labels.encoders(every) or _flat(every)
    )


def _foreign(tree: Mapping[object, object]) -> bool:
    features = tree.get("features")
    first = features[0] if isinstance(features, list) and features else None
    keras = "class_name" in tree and isinstance(tree.get("config"), Mapping)
    baseline = isinstance(first, Mapping) and "inferred_type" in first
    return bool(_FOREIGN & set(tree)) or keras or baseline


def _read(source: ParameterSource) -> Parameters:
    return understood(source, files.tree(source))


READER = Reader(_recognised, _read)

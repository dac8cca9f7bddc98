"""Read handwritten files of means, deviations, ranges and codes: JSON, YAML, TOML, NPZ, CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from skewcheck.features.types import Parameters, ParameterWarning
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.handwritten import (
    baselines,
    file_syntax,
    key_names,
    label_encoders,
    level_means,
    number_columns,
    positional_lists,
    tables,
)
from skewcheck.parameters.handwritten.flatten import Leaf, flatten
from skewcheck.parameters.handwritten.groups import GroupedLeaves, group_leaves, leaf_kind
from skewcheck.parameters.handwritten.layouts import FeatureNumbers, feature_rows
from skewcheck.parameters.handwritten.warnings import number_warnings
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.text.errors import ParameterError
from skewcheck.text.numbers import shortened

_FOREIGN_KEYS = frozenset(
    ("skewcheck", "learner", "expectations", "flavors", "image_mean", "feature_extractor_type",
     "image_processor_type", "do_normalize", "monitoring_config", "processor_class",
     "video_processor_type", "normalize_means", "tree_info", "feature_infos", "paramMap")
)  # fmt: skip
"""Root keys of formats that have a reader of their own."""
_AMBIGUOUS_KINDS = (None, *key_names.COMMON_KINDS, "width", "q50", "mask")
"""Kinds of numbers that many other files contain too."""
_INDICES = re.compile(r"(\[\d+\])+$")
_KNOWN_LAYOUTS = (
    'known are {"age": {"mean": 1, "std": 2}}, {"mean": {"age": 1}, "std": {"age": 2}},'
    ' {"mean": [1], "std": [2], "columns": ["age"]}'
)


def read_tree(source: ParameterSource, value: object) -> Parameters:
    """Return the parameters in a tree of dicts, lists, numbers, strings, booleans and None.

    `source` provides names and the path for errors; `value` may come from elsewhere, such as a
    pickled dict, and may contain NumPy arrays. Raises ParameterError if the layout is unknown or
    ambiguous, UnnamedError if names are needed.
    """
    try:
        all_leaves = list(flatten(positional_lists.with_named_positions(value)))
    except ParameterError as error:
        raise source.error(str(error)) from error
    if unclear_list := positional_lists.ambiguous_pair(value):
        raise source.error(
            f"{unclear_list}: two numbers could be [mean, std] or [min, max];"
            ' write {"mean": ..., "std": ...} or {"min": ..., "max": ...}'
        )
    if count := tables.reported(value):
        raise source.error(
            f"reports on a data set ({count} ...), and says no normalization: give the file of the"
            " scaler, or let skewcheck fit learn one from the training data"
        )
    if baseline := baselines.baseline_tables(value):
        numeric = group_leaves(source, flatten({"numeric": baseline[0]} if baseline[0] else {}))
        columns = [
            *baselines.numeric_columns(source, list(feature_rows(source, numeric))),
            *baselines.categorical_columns(source, value, baseline[1]),
        ]
        unread = [leaf.place for leaf in all_leaves if leaf.path[0] not in baselines.READ_KEYS]
        unread += numeric.unread
        return build_parameters(source, columns, notes=[*baselines.NOTES, *_not_read(unread)])
    return _read_tables(source, value, all_leaves) or _read_numbers(source, value, all_leaves)


def _read_tables(
    source: ParameterSource, tree: object, all_leaves: Sequence[Leaf]
) -> Parameters | None:
    """Return the parameters of tables of fills, codes or levels; None where there are none."""
    if fills := tables.fills(source, tree):
        read = {column.source for column in fills}
        unread = [leaf.place for leaf in all_leaves if leaf.place not in read]
        return build_parameters(source, fills, notes=_not_read(unread))
    single_numbers = _single_numbers(all_leaves)
    # Medians may be 1, 2 and 3, as codes are.
    if single_numbers and _named_as_fills(source):
        return _read_fill_values(source, single_numbers)
    if encoders := label_encoders.encoders(all_leaves):
        return build_parameters(source, label_encoders.columns(source, encoders))
    if single_numbers:
        return _read_fill_values(source, single_numbers)
    if means := level_means.target_encoders(source, tree):
        notes = [level_means.NOTE] if any(column.steps for column in means) else []
        return build_parameters(source, means, notes=notes)
    if whole := tables.levels(tree).get(""):
        return build_parameters(source, whole, notes=[tables.LEVELS_NOTE])
    return None


def _named_as_fills(source: ParameterSource) -> bool:
    words = set(key_names.normalized_key(source.path.stem).split("_"))
    return bool(words & key_names.FILL_FILE_WORDS)


def _read_numbers(source: ParameterSource, tree: object, all_leaves: Sequence[Leaf]) -> Parameters:
    levels = tables.levels(tree)
    all_leaves = [leaf for leaf in all_leaves if not leaf.path or leaf.path[0] not in levels]
    all_leaves, encoders = _separate_encoders(all_leaves)
    grouped = group_leaves(source, all_leaves)
    if not any(group.numbers for group in grouped.groups.values()):
        raise source.error(
            f"has no numbers of a normalization by a name that is known; {_KNOWN_LAYOUTS}"
        )
    every_row = list(feature_rows(source, grouped))
    every_column, notes, warnings = number_columns.columns(source, every_row)
    # A lone maximum beside the numbers of others makes no feature.
    said = [
        (row, column)
        for row, column in zip(every_row, every_column, strict=True)
        if row.masked or column.steps or column.untested or column.reference
    ]
    if not said and not encoders:
        raise source.error(
            f"{shortened([row.feature for row in every_row])}: {', '.join(every_row[0].numbers)}"
            f" make no normalization; {_KNOWN_LAYOUTS}"
        )
    table = [row for row, _ in said]
    columns = [column for _, column in said] + label_encoders.columns(source, encoders)
    columns += [column for of_key in levels.values() for column in of_key]
    notes += [tables.LEVELS_NOTE] if levels else []
    if len(table) > 1 and table[0].places == table[-1].places:
        notes.append(f"one {' and '.join(table[0].numbers)} for all {len(table):,} features")
    notes += _not_read([*filter(None, grouped.unread), *_unused(grouped, table)])
    every_warning: list[ParameterWarning] = [*warnings, *number_warnings(table)]
    return build_parameters(source, columns, notes=notes, warnings=every_warning)


def _not_read(places: Sequence[str]) -> list[str]:
    """Return the note on what was not understood; none where everything was."""
    return [f"not read: {shortened(places)}"] if places else []


def _unused(grouped: GroupedLeaves, table: Sequence[FeatureNumbers]) -> list[str]:
    """Return the places of numbers that were understood, but belong to no feature."""
    used = {place for row in table for place in row.places.values()}
    used |= {_INDICES.sub("", place) for place in used}
    return [
        place
        for group in grouped.groups.values()
        for place in group.places.values()
        if place not in used
    ]


def _separate_encoders(
    all_leaves: Sequence[Leaf],
) -> tuple[list[Leaf], dict[tuple[str, ...], label_encoders.Codes]]:
    """Return the leaves of numbers, and the codes of label encoders beside them."""
    by_first_key: dict[str, list[Leaf]] = {}
    for leaf in all_leaves:
        by_first_key.setdefault(leaf.path[0] if leaf.path else "", []).append(leaf)
    number_leaves: list[Leaf] = []
    codes: dict[tuple[str, ...], label_encoders.Codes] = {}
    for leaves in by_first_key.values():
        encoders = label_encoders.encoders(leaves)
        if encoders and () not in encoders:
            codes |= encoders
        else:
            number_leaves += leaves
    return number_leaves, codes


def _single_numbers(all_leaves: Sequence[Leaf]) -> dict[str, float]:
    """Return numbers by name if there is nothing else and no name is a kind; else empty."""
    numbers = {
        leaf.path[0]: leaf.value
        for leaf in all_leaves
        if len(leaf.path) == 1 and isinstance(leaf.value, float)
    }
    names_are_kinds = any(map(key_names.number_kind, numbers)) or any(
        leaf.has_split_keys for leaf in all_leaves
    )
    is_flat = len(numbers) == len(all_leaves) and not names_are_kinds
    return numbers if is_flat and len(numbers) > 1 else {}


def _read_fill_values(source: ParameterSource, numbers: Mapping[str, float]) -> Parameters:
    """Return one fill value per feature, if the file name says so; else ParameterError."""
    if not _named_as_fills(source):
        raise source.error(
            f"holds one number for each of {shortened(list(numbers))}, and does not say what"
            ' it is; write {"fill_values": {...}} around them if they fill nulls'
        )
    fill_leaves = [Leaf(("fill", name), value, (1.0, 0.0)) for name, value in numbers.items()]
    columns, _, _ = number_columns.columns(
        source, list(feature_rows(source, group_leaves(source, fill_leaves)))
    )
    return build_parameters(
        source, columns, notes=["read as what fills nulls, as the file's name says"]
    )


def _recognised(source: ParameterSource) -> bool:
    if file_syntax.is_certain(source):
        return True
    try:
        tree = file_syntax.peek(source)
        if tree is None or (isinstance(tree, Mapping) and _is_foreign(tree)):
            return False
        all_leaves = []
        for leaf in flatten(positional_lists.with_named_positions(tree)):
            if leaf_kind(leaf) not in _AMBIGUOUS_KINDS:
                return True
            all_leaves.append(leaf)
    except (ParameterError, RecursionError):
        return False
    return bool(
        baselines.baseline_tables(tree)
        or positional_lists.ambiguous_pair(tree)
        or label_encoders.encoders(all_leaves)
        or _single_numbers(all_leaves)
        or tables.reported(tree)
        or tables.fills(source, tree)
        or tables.levels(tree)
        or level_means.target_encoders(source, tree)
    )


def _is_foreign(tree: Mapping[object, object]) -> bool:
    features = tree.get("features")
    first_feature = features[0] if isinstance(features, list) and features else None
    is_keras = "class_name" in tree and isinstance(tree.get("config"), Mapping)
    is_sagemaker = isinstance(first_feature, Mapping) and "inferred_type" in first_feature
    return bool(_FOREIGN_KEYS & set(tree)) or is_keras or is_sagemaker


def _read(source: ParameterSource) -> Parameters:
    return read_tree(source, file_syntax.parse_file(source))


READER = FormatReader(_recognised, _read)

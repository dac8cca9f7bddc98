"""Whether a log must be looked into before its columns are known: most logs name them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import served_columns
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.source import LogSource
from skewcheck.features.transform import served_keys
from skewcheck.features.types import Feature
from skewcheck.logs.arrays.cells import is_text, strings
from skewcheck.logs.columns import is_list

FULL_SHARE = 0.5
"""Share of the features with columns of their names from which on a log's records are its rows."""
MAX_TEXTS, FIRST_ROWS = 100, 20
"""Columns of text, and rows, that are looked at for records in them."""
RAW_SIGNS = ("raw", "original", "unscaled", "orig")
"""With a feature's name before or behind them they name its raw values."""
WORDS = ("auto", "none")
"""What stands for columns of segments, and is none."""


def is_needed(source: LogSource, features: Sequence[Feature], settings: Settings) -> bool:
    """Return whether the columns of features, times or segments may be inside of records."""
    inputs = [feature for feature in features if not feature.output]
    names = [settings.time_column, settings.cluster, *(settings.by or ())]
    if settings.where or settings.layout is not None:
        return True
    if any(name not in {None, *WORDS} and not source.has(str(name)) for name in names):
        return True
    if is_configured(settings):
        return looks_beside(settings) or _leads_inside(source, inputs, settings)
    named = with_columns(source, inputs, settings)
    return not has_most(named, inputs) or has_more(source, named, inputs)


def has_more(source: LogSource, named: Sequence[Feature], features: Sequence[Feature]) -> bool:
    """Return whether a log whose columns are named as features may have a side elsewhere."""
    return holds_records(source, named) or _has_others(source, features)


def _has_others(source: LogSource, features: Sequence[Feature]) -> bool:
    """Return whether columns beside those of the features' names may be those of a side: numbered
    ones, or some whose names say that they are raw."""
    names = {feature.name for feature in features}
    others = [name for name in source.schema() if name not in names]
    lengths = {len(names), sum(len(served_keys(f.name, f.steps)) for f in features)}
    if any(name[-1:].isdigit() for name in others):
        from skewcheck.connect.numbered import numbered  # few logs have a vector in parts

        if any(len(of_vector) in lengths for of_vector in numbered(others).values()):
            return True
    from skewcheck.engine.served_names import letters  # few logs have such columns

    raw = {word for word in map(letters, others) if any(sign in word for sign in RAW_SIGNS)}
    own = {letters(name) for name in names}
    spelled = ({f"{sign}{word}", f"{word}{sign}"} for word in own for sign in RAW_SIGNS)
    return bool(raw) and 2 * sum(not raw.isdisjoint(texts) for texts in spelled) >= len(own)


def with_columns(
    source: LogSource, features: Sequence[Feature], settings: Settings
) -> list[Feature]:
    """Return the features with a raw column of their name."""
    schema = source.schema()
    columns = {f.name: settings.raw.replace("{feature}", f.name) for f in features}
    return [
        f for f in features
        if source.has(columns[f.name]) and not is_nested(schema.get(columns[f.name]))
    ]  # fmt: skip


def has_most(named: Sequence[Feature], features: Sequence[Feature]) -> bool:
    """Return whether enough of the features have a column."""
    return len(named) >= FULL_SHARE * len(features)


def is_configured(settings: Settings) -> bool:
    """Return whether an option says where values stand."""
    return settings.raw != "{feature}" or settings.served is not None or bool(settings.columns)


def looks_beside(settings: Settings) -> bool:
    """Return whether options say where raw values stand, and nothing of served ones."""
    tables = settings.columns.values()
    raw = settings.raw != "{feature}" or any(table.raw is not None for table in tables)
    return raw and settings.served is None and all(table.served is None for table in tables)


def is_raw_alone(settings: Settings) -> bool:
    """Return whether options say that there are no served values, and nothing of raw ones."""
    return settings.served == "none" and settings.raw == "{feature}" and not settings.columns


def holds_records(source: LogSource, named: Sequence[Feature]) -> bool:
    """Return whether a log has columns that may hold records or vectors, beside the features."""
    names = {feature.name for feature in named}
    others = {n: kind for n, kind in source.schema().items() if n not in names}
    if any(is_nested(kind) for kind in others.values()):
        return True
    texts = [name for name, kind in others.items() if is_text(kind)][:MAX_TEXTS]
    head = source.head(texts, FIRST_ROWS) if texts else None
    if head is None:
        return False
    return any(_begins_record(array) for array in head.columns.values())


def is_nested(kind: pa.DataType | None) -> bool:
    """Return whether a type is that of records, lists or bytes, and not of values."""
    return kind is not None and bool(
        is_list(kind) or pa.types.is_struct(kind) or pa.types.is_map(kind)
        or pa.types.is_binary(kind)
    )  # fmt: skip


def _begins_record(array: pa.Array) -> bool:
    texts = strings(array.slice(0, FIRST_ROWS))
    return any(_RECORD.match(str(text)) for text in texts if text is not None)


_RECORD = re.compile(
    r"\s*(?:&?[\w.$]*\s?[\[({]|\"[^\"]*\"=>|[-+.\de]+(?:\s*[;|,]\s*|\s+)[-+.\d]|\S*[\w%]=[^\s&]*&)"
)
"""How records, vectors and query strings begin, in any notation."""


def _leads_inside(source: LogSource, features: Sequence[Feature], settings: Settings) -> bool:
    """Return whether columns that options name may be inside of records: no row has them."""
    columns = [(f, FeatureColumns.of(f, settings, source.has)) for f in features]
    names = [of_feature.raw for _, of_feature in columns if of_feature.raw is not None]
    for feature, of_feature in columns:
        if of_feature.served is not None:
            names += served_columns(feature, of_feature.served)
    found = [name for name in names if source.has(name)]
    if len(found) == len(names):
        return False
    if not found or any("[]" in name for name in names):
        return True
    return holds_records(
        source, [f for f, of_feature in columns if source.has(of_feature.raw or "")]
    )

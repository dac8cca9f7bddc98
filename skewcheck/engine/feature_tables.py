"""Tables of options whose columns cannot be those of the features that they are of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from skewcheck.config.readers import NO_SERVED
from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import served_columns
from skewcheck.engine.columns import FeatureColumns, table_of
from skewcheck.features.types import Feature
from skewcheck.text.errors import UsageError
from skewcheck.text.numbers import shortened


def refuse_shared_columns(
    features: Sequence[Feature], settings: Settings, has: Callable[[str], bool]
) -> None:
    """Raise UsageError where a table of options names one column for what has several.

    These are the served values of several features, or of the levels of a one-hot feature, and
    the raw values of all features; and where it lists another number of served columns than a
    feature has. `features` are all of the parameter file; `has` tells what the log has.
    """
    inputs = [feature for feature in features if not feature.output]
    for key in ("raw", "served"):
        by_column: dict[str, list[tuple[str, str]]] = {}
        for feature in inputs:
            for column in _plain_columns(feature, settings, key, has):
                pattern = table_of(feature, settings)[0]
                by_column.setdefault(column, []).append((pattern, feature.name))
        for column, users in by_column.items():
            if len(users) > 1 and (key == "served" or len(users) == len(inputs)):
                sharing = [name for _, name in users]
                raise UsageError(
                    f'[features."{users[0][0]}"]: {key} = "{column}" is one column, and'
                    f" {len(users):,} features have it: {shortened(sharing)}: did you mean a"
                    " template with {feature}, or a table for each feature?"
                )


def _plain_columns(
    feature: Feature, settings: Settings, key: str, has: Callable[[str], bool]
) -> tuple[str, ...]:
    """Return the columns that a feature's table names without a template."""
    pattern, columns = table_of(feature, settings)
    column = columns.raw if key == "raw" else columns.served
    if isinstance(column, tuple):
        _refuse_number(feature, pattern, column)
        return tuple(dict.fromkeys(name for name in column if name != NO_SERVED))
    if column is None or "{feature}" in column or column == NO_SERVED:
        return ()
    if key == "served":
        _refuse_one_of_levels(feature, pattern, column, settings, has)
    return (column,)


def _refuse_number(feature: Feature, pattern: str, columns: Sequence[str]) -> None:
    names = served_columns(feature, lambda name: name)
    if len(columns) != len(names):
        raise UsageError(
            f'[features."{pattern}"]: served lists {len(columns):,} columns, and {feature.name}'
            f" is served in {len(names):,}"
            + (", one for each level in the file's order" if len(names) > 1 else "")
        )
    twice = next((name for name in columns if columns.count(name) > 1 and name != NO_SERVED), None)
    if twice is not None:
        raise UsageError(f'[features."{pattern}"]: served lists the column "{twice}" twice')


def _refuse_one_of_levels(
    feature: Feature, pattern: str, column: str, settings: Settings, has: Callable[[str], bool]
) -> None:
    """Refuse a column that the log has where those of levels, of which it begins the names, are
    not."""
    names = served_columns(feature, lambda name: name)
    if len(names) == 1 or not has(column):
        return
    served = FeatureColumns.of(feature, settings).served
    if served is None or any(map(has, served_columns(feature, served, has))):
        return
    raise UsageError(
        f'[features."{pattern}"]: served = "{column}" is one column, and {feature.name}'
        f" is served in {len(names):,}, one for each level: did you mean a template"
        f" with {{feature}}, which stands for {shortened(names, 2)}?"
    )

"""The columns whose values part the rows of features into groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from skewcheck.features.types import Feature
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.numbers import shortened

SHOWN_KEYS = 10
"""Keys that an error lists."""


class _Columns(Protocol):
    """What has columns: a source, or a log."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def has(self, column: str) -> bool: ...


def refuse_missing(features: Iterable[Feature], source: _Columns) -> None:
    """Raise UsageError, which lists the keys, where the log lacks the key column of a feature."""
    for feature in features:
        if feature.by is None or (feature.by and source.has(feature.by)):
            continue
        if not feature.groups:
            raise UsageError(
                f"{source.names[0]}: no column {feature.by!r}, by which {feature.name} is"
                " normalized over its own rows"
            )
        keys = shortened([*map(repr, feature.groups)], SHOWN_KEYS)
        column = repr(feature.by) if feature.by else "of keys"
        raise UsageError(
            f"{source.names[0]}: no column {column}, by which the parameters of {feature.name} are;"
            " pick one with ", OptionName("group"), f": {keys}",
        )  # fmt: skip

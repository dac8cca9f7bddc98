"""A log whose rows are observations, and the settings that name its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from skewcheck.config.types import Settings
from skewcheck.connect.connection import (
    Side,
)
from skewcheck.engine.source import LogSource
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature
from skewcheck.logs.shape import shaped_file
from skewcheck.logs.shape.ops import Explode, Filled, Op, Shape


@dataclass(frozen=True, slots=True)
class ConnectedLog:
    """A log whose rows are observations, and the settings that name its columns."""

    source: LogSource
    settings: Settings
    notes: tuple[Note, ...] = ()


def filled(
    columns: Sequence[str], chains: Sequence[Sequence[Op]], *, has_empty: bool = False
) -> Iterable[Filled]:
    """Yield the step that passes over records without a value: of another kind, or empty lists."""
    exploded = any(isinstance(op, Explode) for chain in chains for op in chain)
    if columns and (has_empty or exploded):
        yield Filled(columns[0], (*columns[1:],), lists_only=not has_empty)


def served_of(feature: Feature, served: Side | None) -> Mapping[str, str] | None:
    """Return the columns of a feature's served values by their keys; None where it has none."""
    if served is None:
        return None
    keys = feature.served_names
    if served.outputs:
        found = {key: served.columns[key] for key in keys if key in served.columns}
        return found or None
    column = served.columns.get(feature.name)
    return {keys[0]: column} if column is not None and len(keys) == 1 else None


def shaped_log(source: LogSource, shape: Shape, known: frozenset[str]) -> LogSource:
    return replace(source, files=tuple(shaped_file(file, shape, known) for file in source.files))

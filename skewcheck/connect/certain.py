"""Settings that name the served columns that a log shows for certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from skewcheck.config.types import Connected, Settings
from skewcheck.engine.columns import FeatureColumns, parts
from skewcheck.engine.served_groups import FoundServed
from skewcheck.engine.source import LogSource
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature


def with_served(
    settings: Settings, features: Sequence[Feature], source: LogSource, found: FoundServed
) -> tuple[Settings, Note]:
    """Return the settings with the served columns that are certain, and the note that says so."""
    columns = dict(settings.connected)
    for feature in features:
        for part in parts(feature):
            if part.name in found.certain:
                raw = FeatureColumns.of(feature, settings, source.has).raw
                columns[part.name] = Connected(raw, found.certain[part.name].columns)
    served = found.certain.values()
    note = Note(
        "connected_served",
        {"side": "served", "features": len(served),
         "columns": tuple(name for columns in served for name in columns.columns.values()),
         "by": "value" if all(columns.equal for columns in served) else "name"},
    )  # fmt: skip
    return replace(settings, connected=columns), note

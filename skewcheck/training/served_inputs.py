"""Inputs of an audit whose served columns the log itself shows."""

from __future__ import annotations

from dataclasses import replace

from skewcheck.config.types import Connected
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.served_groups import FoundServed
from skewcheck.features.notes import Note
from skewcheck.training.inputs import AuditInputs


def with_served(inputs: AuditInputs, found: FoundServed) -> AuditInputs:
    """Return the inputs whose settings name the served columns that are certain."""
    columns = dict(inputs.settings.connected)
    for name, served in found.certain.items():
        feature = next(f for f in inputs.all_features if f.name == name)
        raw = FeatureColumns.of(feature, inputs.settings, inputs.logs.has).raw
        columns[name] = Connected(raw, served.columns)
    names = tuple(c for served in found.certain.values() for c in served.columns.values())
    equal = all(served.equal for served in found.certain.values())
    note = Note(
        "connected_served",
        {"side": "served", "features": len(found.certain), "columns": names,
         "by": "value" if equal else "name"},
    )  # fmt: skip
    settings = replace(inputs.settings, connected=columns)
    return replace(inputs, settings=settings, connecting=(*inputs.connecting, note))

"""Write skewcheck's parameter file."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np

from skewcheck.features.calendar import CalendarFunction, Holidays
from skewcheck.features.dates import text_of
from skewcheck.features.golden import GoldenRows
from skewcheck.features.strata import Parts
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    FloatArray,
    IntArray,
    Parameters,
    ParameterWarning,
    Reference,
    TrainingError,
)
from skewcheck.parameters.fingerprint import VERSION, number, step_json
from skewcheck.text.atomic import write
from skewcheck.text.errors import UsageError

_IF_ANY = ("negative_infinite", "mistyped")
_NOT_WRITTEN = ("histogram", "quantiles", "assumed", *_IF_ANY)
"""Fields of a numeric reference: the histogram's arrays are written beside the other numbers, most
columns have no infinite or mistyped row, and no reference of a file is assumed."""

UNTIED = 0.9995
"""Spreads of normal scores from here on are written as none: ties make no difference there."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def dumps(parameters: Parameters) -> str:
    """Return the text of the file, with short arrays and steps on one line, for readable diffs."""
    parts = [f'  "skewcheck": {{"kind": "parameters", "version": {VERSION}}}']
    model = dict(parameters.model)
    if parameters.error is not None:
        model["error"] = _error_json(parameters.error)
    if model:
        parts.append(f'  "model": {_text(model)}')
    parts.append(f'  "fingerprint": {_line(parameters.fingerprint)}')
    extra = dict(parameters.extra)
    if parameters.warnings:
        extra["x-warnings"] = [_warning_json(warning) for warning in parameters.warnings]
    parts += [f"  {_text(key)}: {_text(value)}" for key, value in extra.items()]
    features = ",\n".join(f"    {_line(f.name)}: {_feature_text(f)}" for f in parameters.features)
    parts.append(f'  "features": {{\n{features}\n  }}')
    if (known := _dependence_json(parameters)) is not None:
        parts.append(f'  "dependence": {{\n{known}\n  }}')
    if (timed := _calendar_json(parameters)) is not None:
        parts.append(f'  "calendar": {{\n{timed}\n  }}')
    if (parted := _strata_json(parameters)) is not None:
        parts.append(f'  "strata": {{\n{parted}\n  }}')
    if parameters.rows is not None:
        parts.append(f'  "rows": {{\n{_rows_text(parameters.rows)}\n  }}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _error_json(error: TrainingError) -> dict[str, object]:
    values = {
        "metric": error.metric, "value": error.value, "rows": error.rows, "std": error.std,
        "positive": error.positive, **error.extra,
    }  # fmt: skip
    return {key: value for key, value in values.items() if value is not None}


def _warning_json(warning: ParameterWarning) -> dict[str, object]:
    from skewcheck.catalogue.warnings import message  # few files have warnings

    members: dict[str, object] = {"code": warning.code, "message": message(warning)}
    return members | ({"features": list(warning.features)} if warning.features else {})


def _feature_text(feature: Feature) -> str:
    head: dict[str, object] = {} if feature.guessed else {"type": feature.type}
    if feature.role != "feature":
        head["role"] = feature.role
    if feature.importance is not None:
        head["importance"] = feature.importance
    if feature.untested is not None:
        head["untested"] = feature.untested
    if feature.fitted:
        head["fitted"] = True
    if feature.derived:
        head["derived"] = True
    lines = [f"      {_line(k)}: {_line(v)}" for k, v in head.items()]
    lines += [f"      {_text(k)}: {_text(v)}" for k, v in feature.extra.items()]
    if feature.by:
        lines.append(f'      "by": {_line(feature.by)}')
    if feature.groups:
        groups = ",\n".join(
            f'        {_line(key)}: {{"steps": {_line([step_json(step) for step in steps])}}}'
            for key, steps in feature.groups.items()
        )
        lines.append(f'      "groups": {{\n{groups}\n      }}')
    steps = ",\n".join(f"        {_line(step_json(step))}" for step in feature.steps)
    lines.append(f'      "steps": [\n{steps}\n      ]' if steps else '      "steps": []')
    if feature.reference is not None:
        table = ",\n".join(
            f"        {_line(k)}: {_line(v)}" for k, v in _reference_json(feature.reference).items()
        )
        lines.append(f'      "reference": {{\n{table}\n      }}')
    return "{\n" + ",\n".join(lines) + "\n    }"


def _dependence_json(parameters: Parameters) -> str | None:
    """Return the associations of features that are written, those of one with others on a line."""
    names = frozenset(feature.name for feature in parameters.features)
    known = None if parameters.dependence is None else parameters.dependence.of(names)
    if known is None:
        return None
    most = max(pair.rows for pair in known.pairs)
    table: dict[str, dict[str, list[float]]] = {}
    for pair in known.pairs:
        figures = [round(pair.correlation, 6), round(pair.unit_variance, 4)]
        others = [float(pair.rows)] if pair.rows < most else []
        table.setdefault(pair.first, {})[pair.second] = figures + others
    lines = [f'    "rows": {most}']
    spreads = {n: round(s, 6) for n, s in known.spreads.items() if s < UNTIED}
    members = (("spreads", spreads), ("orders", known.orders), ("pairs", table))
    for key, member in members:
        if member:
            texts = [f"      {_line(name)}: {_line(value)}" for name, value in member.items()]
            lines.append(f"    {_line(key)}: {{\n" + ",\n".join(texts) + "\n    }")
    return ",\n".join(lines)


def _calendar_json(parameters: Parameters) -> str | None:
    """Return the functions of time that are written, those of a feature on a line."""
    calendar, names = parameters.calendar, {feature.name for feature in parameters.features}
    if calendar is None or not names & calendar.features.keys():
        return None
    lines = [
        f"      {_line(name)}: {_line([_function_json(function) for function in functions])}"
        for name, functions in calendar.features.items()
        if name in names
    ]
    table = ",\n".join(lines)
    head = f'    "column": {_line(calendar.column)}'
    used = [f.holidays for n, some in calendar.features.items() if n in names for f in some]
    if (holidays := next(filter(None, used), None)) is not None:
        head += f',\n    "holidays": {_line(_holidays_json(holidays))}'
    return f'{head},\n    "features": {{\n{table}\n    }}'


def _holidays_json(holidays: Holidays) -> dict[str, object]:
    return {
        "since": text_of(holidays.since), "until": text_of(holidays.until),
        "days": [text_of(day) for day in holidays.days],
    }  # fmt: skip


def _function_json(function: CalendarFunction) -> dict[str, object]:
    """Return what says a function of time: what is not as usual, beside its unit and zone."""
    usual = CalendarFunction(function.unit)
    names = [f.name for f in dataclasses.fields(function) if f.name != "holidays"]
    return {
        name: value
        for name in names
        if (value := getattr(function, name)) != getattr(usual, name) or name in ("unit", "zone")
    }


def _strata_json(parameters: Parameters) -> str | None:
    """Return the strata that are written, those of a feature on a line."""
    strata, names = parameters.strata, {feature.name for feature in parameters.features}
    if strata is None or not names & strata.features.keys():
        return None
    parts, said = strata.parts, {"column", "zone", "weekdays", "blocks"}
    values = {field.name: getattr(parts, field.name) for field in dataclasses.fields(parts)}
    if parts.holidays is not None:
        values["holidays"] = _holidays_json(parts.holidays)
        values["trained"] = [text_of(day) for day in parts.trained]
    usual = dataclasses.asdict(Parts(parts.column))
    head = [
        f"    {_line(name)}: {_line(value)}"
        for name, value in values.items()
        if name in said or value != usual[name]
    ]
    tables = []
    for name, table in strata.features.items():
        if name in names:
            arrays: dict[str, IntArray | FloatArray] = {
                "cuts": table.cuts,
                "counts": table.counts.ravel(),
                "nulls": table.nulls,
            }
            if len(table.means):
                arrays |= {"means": table.means, "stds": table.stds}
            tables.append(f"      {_line(name)}: {_line(arrays)}")
    lines = ",\n".join(tables)
    return ",\n".join([*head, f'    "features": {{\n{lines}\n    }}'])


def _rows_text(rows: GoldenRows) -> str:
    """Return the columns of golden rows, one a line."""
    tables = {"inputs": rows.inputs, "expected": rows.expected}
    texts = [
        f"    {_line(key)}: {{\n"
        + ",\n".join(f"      {_line(name)}: {_line(values)}" for name, values in table.items())
        + "\n    }"
        for key, table in tables.items()
    ]
    if rows.tolerance:
        texts.append(f'    "tolerance": {_line(dict(rows.tolerance))}')
    return ",\n".join(texts)


def _reference_json(reference: Reference) -> dict[str, object]:
    if isinstance(reference, CategoricalReference):
        return {
            "rows": reference.rows, "nulls": reference.nulls,
            "counts": dict(reference.counts), "other": reference.other,
            **({"partial": True} if reference.partial else {}),
        }  # fmt: skip
    names = [f.name for f in dataclasses.fields(reference)]
    members = {name: getattr(reference, name) for name in names if name not in _NOT_WRITTEN}
    members |= {name: rows for name in _IF_ANY if (rows := getattr(reference, name))}
    if histogram := reference.histogram:
        arrays = dataclasses.fields(histogram)
        members |= {array.name: getattr(histogram, array.name) for array in arrays}
    return {key: value for key, value in members.items() if value is not None}


def _line(value: object) -> str:
    return _text(_plain(value))


def _text(value: object) -> str:
    return _ENCODER.encode(value)


def _plain(value: object) -> object:
    """Return a value that JSON can represent; whole floats as integers, shorter and exact."""
    if isinstance(value, np.ndarray):
        items = value.tolist()
        if value.dtype.kind == "f":
            negative_zero = (value == 0) & np.signbit(value)
            whole = (np.trunc(value) == value) & (np.abs(value) < 2**53) & ~negative_zero
            for place in np.flatnonzero(whole).tolist():
                items[place] = int(items[place])
        return items
    value = number(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return value if value == 0 and math.copysign(1, value) < 0 else int(value)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


def save(parameters: Parameters, path: str | Path) -> None:
    """Write a parameter file in one step; UsageError where that is not possible."""
    if Path(path).suffix == ".toml":
        raise UsageError(f"{path}: is written as JSON: give it a name that ends in .json")
    write(path, dumps(parameters))

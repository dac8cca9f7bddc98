"""What `skewcheck init` proposes: how a log is connected with a parameter file, as settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from skewcheck.config.loading import loaded, of_group
from skewcheck.config.readers import NO_SERVED
from skewcheck.config.types import Columns, Settings
from skewcheck.connect.connection import Side, UncertainError
from skewcheck.connect.resolved import Resolved, resolved
from skewcheck.connect.roles import Roles, roles
from skewcheck.engine.columns import known_names
from skewcheck.engine.dummies import joined_dummies
from skewcheck.engine.served_names import template_of
from skewcheck.engine.source import LogSource, open_source
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature, Parameters
from skewcheck.parameters import Place
from skewcheck.results.gate import UnaskedServed
from skewcheck.text.errors import SkewcheckError
from skewcheck.text.toml_text import can_hold


@dataclass(frozen=True, slots=True)
class SideColumns:
    """The columns of one side of the features."""

    template: str | None = None
    """Names all of them; None where none does."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By feature; several of a one-hot one, with an empty text for a level without a column."""
    by: str = "name"
    """What says so: `name`, `position` or `value`."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a log is connected with a parameter file, and what else is in it."""

    settings: Settings
    """What is to be written: templates or tables; the defaults where the log shows it all."""
    raw: SideColumns
    served: SideColumns
    written: bool
    """Whether settings can say it so that an audit uses the same columns."""
    rivals: tuple[SideColumns, ...] = ()
    """Places of which each may be the raw side, the likeliest first; empty where it is certain."""
    unasked: tuple[UnaskedServed, ...] = ()
    """Columns that may hold served values as well."""
    steps: tuple[Note, ...] = ()
    """What is decoded and exploded on the way."""
    roles: Roles = field(default_factory=Roles)
    outputs: Mapping[str, str] = field(default_factory=dict)
    """The parameter file's predictions and labels that the log has, by their role."""
    without: tuple[str, ...] = ()
    """Features without a column on either side."""
    features: int = 0
    """Inputs of the model."""
    parameters: str = ""
    logs: tuple[str, ...] = ()
    """The names of their files."""


def proposed(parameters: Place | Parameters, logs: object, settings: Settings) -> Proposal:
    """Return how logs are connected with a parameter file; see `propose`."""
    known = of_group(loaded(parameters, settings.names), settings.group)
    source = open_source(
        logs, null_values=settings.null_values, asked=settings.asked,
        columns=settings.column_names,
        known=known_names([feature.name for feature in known.features], settings),
    )  # fmt: skip
    found = propose(joined_dummies(known, source, settings), source, settings)
    return replace(found, parameters=str(known.path or ""), logs=tuple(source.names))


def propose(parameters: Parameters, source: LogSource, settings: Settings) -> Proposal:
    """Return how a log is connected; only first rows of it are read.

    `settings` say how the log is read. NothingToTestError where no column is of a feature.
    """
    inputs = [feature for feature in parameters.features if not feature.output]
    try:
        found = resolved(parameters, source, settings)
    except UncertainError as error:
        return _uncertain(error, settings, inputs)
    both = {feature.name: found.columns(feature) for feature in inputs}
    raw = {name: (column,) for name, (column, _) in both.items() if column is not None}
    served = {name: columns for name, (_, columns) in both.items() if columns}
    # A feature without steps may have one column that is both.
    served = {name: columns for name, columns in served.items() if columns != raw.get(name)}
    by = found.by
    raw_side = SideColumns(_raw_template(raw), raw, by.get("raw", "name"))
    served_side = SideColumns(_served_template(inputs, served), served, by.get("served", "name"))
    chosen = _written(parameters, source, settings, found, raw_side, served_side)
    taken = {c for columns in (*raw.values(), *served.values()) for c in columns if c}
    logged = {
        str(f.role): f.name for f in parameters.features if f.output and found.source.has(f.name)
    }  # fmt: skip
    about = roles(found.source, taken | {*logged.values()})
    if chosen is not None and len(about.times) == 1:
        chosen = _with_time(parameters, source, chosen, found, about.times[0])
    return Proposal(
        settings if chosen is None else chosen, raw_side, served_side, chosen is not None, (),
        found.unasked, found.steps, about, logged,
        tuple(name for name in both if name not in raw and name not in served), len(inputs),
    )  # fmt: skip


def _uncertain(error: UncertainError, settings: Settings, inputs: Sequence[Feature]) -> Proposal:
    """Return the places that may hold the raw values, with nothing that is set."""
    connection = error.connection
    if connection is None or connection.raw is None:
        raise error
    sides = (connection.raw, *connection.others)
    return Proposal(
        settings, SideColumns(), SideColumns(), written=False,
        rivals=tuple(map(_side_of, sides)), features=len(inputs),
    )  # fmt: skip


def _side_of(side: Side) -> SideColumns:
    columns = {name: (column,) for name, column in side.columns.items()}
    return SideColumns(_raw_template(columns), columns, side.by)


def _raw_template(raw: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return the template that names all raw columns; None where there is none."""
    if not raw:
        return None
    first, (column,) = next(iter(raw.items()))
    for start in range(len(column)):
        if column.startswith(first, start):
            template = f"{column[:start]}{{feature}}{column[start + len(first) :]}"
            if all(template.replace("{feature}", n) == c for n, (c,) in raw.items()):
                return template
    return None


def _served_template(
    inputs: Sequence[Feature], served: Mapping[str, tuple[str, ...]]
) -> str | None:
    """Return the template that names all served columns; None where there is none."""
    templates = {
        template_of(feature, [c for c in served[feature.name] if c])
        for feature in inputs
        if feature.name in served
    }
    return templates.pop() if len(templates) == 1 else None


def _written(
    parameters: Parameters, source: LogSource, settings: Settings, found: Resolved,
    raw: SideColumns, served: SideColumns,
) -> Settings | None:  # fmt: skip
    """Return the settings that name the columns, as short as they may be; None where none do.

    They are tried: what they say must be what the log shows.
    """
    inputs = [feature for feature in parameters.features if not feature.output]
    tries = []
    if raw.template is not None or not raw.columns:
        base = replace(settings, raw=raw.template or settings.raw)
        if served.template is not None or not served.columns:
            tries.append(replace(base, served=served.template))
        tries.append(replace(base, columns=_tables(inputs, None, served)))
    tries.append(replace(settings, columns=_tables(inputs, raw, served)))
    for chosen in tries:
        if _writable(chosen) and _says_the_same(parameters, source, chosen, found):
            return chosen
    return None


def _writable(settings: Settings) -> bool:
    texts = [settings.raw, settings.served or "", *settings.columns]
    for table in settings.columns.values():
        served = table.served or ""
        texts += [table.raw or "", *((served,) if isinstance(served, str) else served)]
    return all(map(can_hold, texts))


def _says_the_same(
    parameters: Parameters, source: LogSource, chosen: Settings, found: Resolved
) -> bool:
    try:
        return resolved(parameters, source, chosen).same(found)
    except SkewcheckError:
        return False


def _tables(
    inputs: Sequence[Feature], raw: SideColumns | None, served: SideColumns
) -> dict[str, Columns]:
    """Return a table for each feature whose columns no template names."""
    tables: dict[str, Columns] = {}
    for feature in inputs:
        column = None if raw is None else next(iter(raw.columns.get(feature.name, ())), None)
        names = served.columns.get(feature.name, ())
        table = Columns(column, _shortest(feature, names))
        if table != Columns():
            tables[feature.name] = table
    return tables


def _shortest(feature: Feature, columns: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """Return what names a feature's served columns: one, what stands before levels, or a list."""
    if not columns:
        return None
    if len(columns) == 1:
        return columns[0]
    template = template_of(feature, [name for name in columns if name])
    if template is not None and template.endswith("{feature}"):
        return template.replace("{feature}", feature.name)
    return tuple(name or NO_SERVED for name in columns)


def _with_time(
    parameters: Parameters, source: LogSource, chosen: Settings, found: Resolved, column: str
) -> Settings:
    """Return the settings with a column of times, if the same columns are used with it."""
    timed = replace(chosen, time_column=column)
    return timed if _says_the_same(parameters, source, timed, found) else chosen

"""The skewcheck.toml that `skewcheck init` writes, and what it says of it in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from skewcheck.config.given import Origin
from skewcheck.config.settings import settings as settings_of
from skewcheck.config.types import Columns
from skewcheck.connect.proposal import Proposal, SideColumns, proposed
from skewcheck.features.types import Parameters
from skewcheck.parameters import Place
from skewcheck.text.errors import naming
from skewcheck.text.numbers import shortened
from skewcheck.text.printable import count, printable
from skewcheck.text.toml_text import listed, quoted

READING = ("names", "null_values", "version", "as_of", "sql", "columns", "where", "layout")
"""Options by which a log is read; what is given of them is written as well."""
NAMES_SHOWN, WIDTH = 20, 200
"""Names that one comment lists, and characters of each."""
_WHY = {
    "name": "by name",
    "position": "by position: as many values as features, in their order",
    "value": "by value: they equal what training makes of the raw ones",
}


@naming(Origin("function", "init"))
@np.errstate(over="ignore", invalid="ignore")
def init(
    parameters: Place | Parameters,
    logs: object,
    *,
    names: str | Sequence[str] | None = None,
    null_values: str | Sequence[str] | None = None,
    version: int | None = None,
    as_of: str | date | None = None,
    sql: str | None = None,
    columns: str | Sequence[str] | None = None,
    where: str | Sequence[str] | None = None,
    layout: str | None = None,
) -> str:
    """Return the text of a skewcheck.toml that says how logs are connected with parameters.

    It names the raw and the served columns of each feature as an audit would find them, says what
    else is in the logs, and gives alternatives where nothing tells which columns are meant. First
    rows are read. `logs` and the options are those of `audit`. Raises a SkewcheckError where no
    column is of any feature, or a file cannot be read.
    """
    options = {
        "names": names, "null_values": null_values, "version": version, "as_of": as_of,
        "sql": sql, "columns": columns, "where": where, "layout": layout,
    }  # fmt: skip
    origin = Origin("function", "init")
    return settings_text(proposed(parameters, logs, settings_of(options, origin=origin)))


def settings_text(proposal: Proposal) -> str:
    """Return the file: what is certain as settings, what is not, and suggestions, as comments."""
    blocks = (
        _head(proposal), _reading(proposal), _sides(proposal), _beside(proposal),
        _tables(proposal),
    )  # fmt: skip
    return "\n".join("".join(f"{line}\n" for line in block) for b in blocks if (block := [*b]))


def summary(proposal: Proposal) -> Iterator[str]:
    """Yield a few lines on what was found."""
    if proposal.rivals:
        places = shortened([_shown(side) for side in proposal.rivals], 3)
        yield f"raw: not certain, one of {places}: choose one in the file"
    else:
        yield f"raw: {_summed(proposal.raw, proposal.features)}"
        yield f"served: {_summed(proposal.served, proposal.features)}"
    for group in proposal.unasked:
        yield f"not certain: {_names(group.columns, 3)} may hold served values"
    if proposal.without:
        yield f"without a column: {_names(proposal.without, 3)}"
    if proposal.settings.time_column is not None:
        yield f"time: {printable(proposal.settings.time_column)}"


def _summed(side: SideColumns, features: int) -> str:
    if not side.columns:
        return "no column found"
    number = f"{len(side.columns):,} of {count(features, 'feature')}"
    return f"{number}, {_WHY[side.by].partition(':')[0]}, in {_shown(side)}"


def _shown(side: SideColumns) -> str:
    """Return a side's template, or its first columns."""
    columns = [name for names in side.columns.values() for name in names if name]
    return repr(side.template) if side.template is not None else _names(columns, 3)


def _names(names: Sequence[str], most: int = NAMES_SHOWN) -> str:
    return shortened([printable(name, WIDTH) for name in names], most)


def _head(proposal: Proposal) -> Iterator[str]:
    yield f"# How {_names(proposal.logs, 1)} is connected with {_names([proposal.parameters], 1)}:"
    yield "# written by `skewcheck init` from first rows. Change what is wrong."


def _reading(proposal: Proposal) -> Iterator[str]:
    """Yield the options by which the log was read."""
    settings = proposal.settings
    for key, names in (
        ("names", settings.names), ("columns", settings.column_names),
        ("null_values", settings.null_values), ("where", tuple(map(str, settings.where))),
    ):  # fmt: skip
        if names:
            yield f"{key} = {listed(names)}"
    if settings.version is not None:
        yield f"version = {settings.version}"
    if settings.as_of is not None:
        yield f"as_of = {quoted(settings.as_of.isoformat())}"
    if settings.layout is not None:
        yield f"layout = {quoted(settings.layout.name)}"
    if settings.sql is not None:
        yield f"sql = {quoted(settings.sql)}"


def _sides(proposal: Proposal) -> Iterator[str]:
    """Yield templates of both sides, each below what says so."""
    if proposal.rivals:
        yield from _rivals(proposal.rivals)
        return
    settings, raw, served = proposal.settings, proposal.raw, proposal.served
    for name, side, template in (
        ("Raw", raw, settings.raw), ("Served", served, settings.served_template),
    ):  # fmt: skip
        if not side.columns:
            yield f"# {name} values: no column found."
            continue
        number = f"{len(side.columns):,} of {count(proposal.features, 'feature')}"
        yield f"# {name} values: {number}, {_WHY[side.by]}."
        if not proposal.written:
            yield f"# An audit finds them by itself: {_shown(side)}"
        elif template is not None and side.template is not None and template == side.template:
            yield f"{name.lower()} = {quoted(template)}"
    if not served.columns and not proposal.unasked:
        yield '# served = "none"  # says that the log has none'
    yield from _uncertain(proposal)
    for note in proposal.steps:
        columns = note.parameters["columns"]
        names = _names([str(c) for c in columns] if isinstance(columns, tuple) else [])
        if note.code == "decoded":
            yield f"# Text that holds records is decoded: {names}"
        else:
            yield f"# Each element is a row of its own: {names}"
    if proposal.without:
        yield f"# Features without a column: {_names(proposal.without)}"


def _rivals(rivals: Sequence[SideColumns]) -> Iterator[str]:
    yield "# Raw values: several places may hold them. Set one; until then an audit asks."
    for side in rivals:
        if side.template is not None:
            yield f"# raw = {quoted(side.template)}"
        else:
            columns = [name for names in side.columns.values() for name in names]
            yield f"# or a table for each feature, in their order: {_names(columns)}"
    yield "# Served values are looked for once the raw ones are certain."


def _uncertain(proposal: Proposal) -> Iterator[str]:
    for group in proposal.unasked:
        yield f"# These may hold served values of {_names(group.features)}: {_names(group.columns)}"
        if group.template is not None:
            yield f"# served = {quoted(group.template)}"
    if proposal.unasked:
        yield '# served = "none"  # says that they do not'


def _beside(proposal: Proposal) -> Iterator[str]:
    """Yield what the other columns seem to be."""
    roles, settings = proposal.roles, proposal.settings
    if settings.time_column is not None:
        yield "# Times: --since, --last and --every need them; causes are dated by them."
        yield f"time_column = {quoted(settings.time_column)}"
    elif roles.times:
        yield f"# Times: {_names(roles.times)}"
        yield f"# time_column = {quoted(roles.times[0])}"
    if roles.segments:
        yield f"# Few values, as hosts or model versions have: {_names(roles.segments)}"
        yield f"# by = {listed(roles.segments[:3])}  # each value is audited by itself"
    if roles.clusters:
        yield f"# Several rows of each value, as of a user: {_names(roles.clusters)}"
        yield f"# cluster = {quoted(roles.clusters[0])}  # its rows are not independent"
    for role, name in proposal.outputs.items():
        yield f"# The parameter file's {role}: {printable(name, WIDTH)}"
    for word, names in (
        ("Ids", roles.ids), ("One value", roles.constant), ("Predictions", roles.predictions),
        ("Labels", roles.labels), ("Not matched", roles.others),
    ):  # fmt: skip
        if names:
            yield f"# {word}: {_names(names)}"
    if roles.unread:
        yield f"# Not looked at: {count(roles.unread, 'more column')}"


def _tables(proposal: Proposal) -> Iterator[str]:
    """Yield a table for each feature whose columns no template names."""
    for place, (name, columns) in enumerate(proposal.settings.columns.items()):
        yield from [""] if place else []
        yield f"[features.{quoted(name)}]"
        yield from _table(columns)


def _table(columns: Columns) -> Iterator[str]:
    if columns.raw is not None:
        yield f"raw = {quoted(columns.raw)}"
    if isinstance(columns.served, tuple):
        yield f"served = {listed(columns.served)}"
    elif columns.served is not None:
        yield f"served = {quoted(columns.served)}"

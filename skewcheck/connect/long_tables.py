"""Logs with a row for each value: which columns name the value, hold it, and say whose it is."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import groupby

from skewcheck.engine.served_names import letters
from skewcheck.logs.shape.ops import Pivot

KNOWN_SHARE = 0.5
"""Share of the texts of a column that must be names of features or of their served values, and of
the features that must be among them."""
LEAST = 2
"""Different names of a column of names."""


def long_table(records: Sequence[dict[str, object]], known: Set[str]) -> Pivot | None:
    """Return how the rows of a long table become observations; None for any other log.

    `known` are the names of features and of their served values.
    """
    columns = list(dict.fromkeys(name for record in records for name in record))
    if len(columns) < LEAST + 1 or known & {*columns}:
        return None
    name = next((c for c in columns if _names(records, c, known)), None)
    if name is None:
        return None
    others = [c for c in columns if c != name]
    ids = [c for c in others if _parts(records, c, name)]
    if not ids:
        return None
    key = max(ids, key=lambda c: ("id" in letters(c), -_runs(records, c)))
    values = [c for c in others if c not in ids and _varies_within(records, c, key)]
    if not values:
        return None
    value = max(values, key=lambda c: letters(c).startswith(("val", "raw", "data")))
    return Pivot(value, name, key)


def observations(records: Sequence[dict[str, object]], op: Pivot) -> list[dict[str, object]]:
    """Return sampled rows by observation."""
    result: list[dict[str, object]] = []
    for _, run in groupby(records, key=lambda record: record.get(op.id)):
        rows = list(run)
        values = {str(row.get(op.name)): row.get(op.path) for row in rows}
        result.append({**rows[0], op.path: values})
    return result


def _names(records: Sequence[dict[str, object]], column: str, known: Set[str]) -> bool:
    """Return whether a column holds names of features, several of them again and again."""
    texts = [record.get(column) for record in records]
    distinct = {text for text in texts if isinstance(text, str)}
    if len(distinct) < LEAST or 2 * len(distinct) > len(texts):
        return False
    lettered = tuple({letters(name) for name in known})
    fitting = sum(letters(text).endswith(lettered) for text in distinct)
    return fitting >= KNOWN_SHARE * len(distinct)


def _parts(records: Sequence[dict[str, object]], column: str, name: str) -> bool:
    """Return whether rows with the same value of a column stand together, each name once.

    They hold half of the names at least: else neighbours are alike by chance.
    """
    runs = 0
    for key, run in groupby(records, key=lambda record: record.get(column)):
        names = [record.get(name) for record in run]
        if not isinstance(key, str | int) or len(set(names)) < len(names):
            return False
        runs += 1
    distinct = len({repr(record.get(name)) for record in records})
    return runs > 1 and 2 * len(records) >= runs * distinct


def _runs(records: Sequence[dict[str, object]], column: str) -> int:
    return sum(1 for _ in groupby(records, key=lambda record: record.get(column)))


def _varies_within(records: Sequence[dict[str, object]], column: str, key: str) -> bool:
    """Return whether a column has other values in the rows of one observation."""
    for _, run in groupby(records, key=lambda record: record.get(key)):
        if len({repr(record.get(column)) for record in run}) > 1:
            return True
    return False

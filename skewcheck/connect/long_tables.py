"""Logs with a row for each value: which columns name the value, hold it, and say whose it is."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import groupby, pairwise

from skewcheck.engine.served_names import letters
from skewcheck.logs.shape.ops import Pivot

KNOWN_SHARE = 0.5
"""Share of the texts of a column that must be names of features or of their served values, and of
the features that must be among them."""
LEAST = 2
"""Different names of a column of names."""
MOST_STAGES, MOST_NUMBERS = 6, 2
"""Different texts, and numbers, of a column that tells the rows of the same name apart: of more it
tells the rows of a batch apart, which are observations each."""
MOST_FALLS = 2
"""Times that a column that counts or dates rows may fall: between the files of a sample."""
MIN_RISING = 20
"""Rows that show it: fewer values may rise by chance."""

Records = Sequence[dict[str, object]]


def long_table(records: Records, known: Set[str]) -> Pivot | None:
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
    key, stage = _whose(records, others, name)
    if key is None:
        return None
    inside = [c for c in others if c not in {key, stage} and _varies_within(records, c, key)]
    values = [c for c in inside if not (_rises(records, c) or _follows(records, c, name))]
    if not values:
        return None
    value = max(values, key=lambda c: letters(c).startswith(("val", "raw", "data")))
    return Pivot(value, name, key, tuple(c for c in values if c != value), stage)


def observations(records: Records, op: Pivot) -> list[dict[str, object]]:
    """Return sampled rows by observation."""
    result: list[dict[str, object]] = []
    for _, run in groupby(records, key=lambda record: record.get(op.id)):
        rows = list(run)
        made = {**rows[0], **{column: _by_name(rows, column, op) for column in op.columns}}
        made.pop(op.stage or op.name, None)
        result.append(made)
    return result


def _by_name(rows: Records, column: str, op: Pivot) -> dict[str, object]:
    """Return the values of an observation in a column by names, or by stages and names.

    A name has none that has one in another column alone: numbers and texts may be apart.
    """
    having = [
        row for row in rows
        if row.get(column) is not None or all(row.get(c) is None for c in op.columns)
    ]  # fmt: skip
    if op.stage is None:
        return {str(row.get(op.name)): row.get(column) for row in having}
    result: dict[str, object] = {}
    for stage in dict.fromkeys(row.get(op.stage) for row in having):
        own = [row for row in having if row.get(op.stage) == stage]
        result[str(stage)] = {str(row.get(op.name)): row.get(column) for row in own}
    return result


def _whose(records: Records, others: Sequence[str], name: str) -> tuple[str | None, str | None]:
    """Return the column that is the same in the rows of an observation, and that of its stages.

    A few values that come again and again, each with every name once, are stages of observations
    that another column tells; without one there is nothing that does.
    """
    ids = [c for c in others if _parts(records, c, (name,))]
    key = max(ids, key=lambda c: ("id" in letters(c), -_runs(records, c)), default=None)
    if key is not None and not _recurs(records, key):
        return key, None
    for stage in [c for c in others if _is_few(records, c)] if key is None else [key]:
        wholes = [c for c in others if c != stage and _parts(records, c, (stage, name))]
        if wholes:
            return max(wholes, key=lambda c: ("id" in letters(c), _runs(records, c))), stage
    return key if key is not None and not _is_few(records, key) else None, None


def _names(records: Records, column: str, known: Set[str]) -> bool:
    """Return whether a column holds names of features, several of them again and again."""
    texts = [record.get(column) for record in records]
    distinct = {text for text in texts if isinstance(text, str)}
    if len(distinct) < LEAST or 2 * len(distinct) > len(texts):
        return False
    lettered = tuple({letters(name) for name in known})
    fitting = sum(letters(text).endswith(lettered) for text in distinct)
    return fitting >= KNOWN_SHARE * len(distinct)


def _parts(records: Records, column: str, names: Sequence[str]) -> bool:
    """Return whether rows with the same value of a column stand together, each name once.

    They hold half of the names at least: else neighbours are alike by chance.
    """
    runs = 0
    for key, run in groupby(records, key=lambda record: record.get(column)):
        found = [tuple(repr(record.get(name)) for name in names) for record in run]
        if not isinstance(key, str | int) or len(set(found)) < len(found):
            return False
        runs += 1
    distinct = len({tuple(repr(record.get(name)) for name in names) for record in records})
    return runs > 1 and 2 * len(records) >= runs * distinct


def _runs(records: Records, column: str) -> int:
    return sum(1 for _ in groupby(records, key=lambda record: record.get(column)))


def _recurs(records: Records, column: str) -> bool:
    """Return whether values of a column come again behind others."""
    return _runs(records, column) > len({repr(record.get(column)) for record in records})


def _is_few(records: Records, column: str) -> bool:
    """Return whether a column has the same few values again and again."""
    values = {repr(value): value for record in records if (value := record.get(column)) is not None}
    texts = all(isinstance(value, str) for value in values.values())
    few = 1 < len(values) <= (MOST_STAGES if texts else MOST_NUMBERS)
    return few and _recurs(records, column)


def _varies_within(records: Records, column: str, key: str) -> bool:
    """Return whether a column has other values in the rows of one observation."""
    for _, run in groupby(records, key=lambda record: record.get(key)):
        if len({repr(record.get(column)) for record in run}) > 1:
            return True
    return False


def _follows(records: Records, column: str, name: str) -> bool:
    """Return whether a column says something of each name, such as its place or its type."""
    pairs = {(repr(record.get(name)), repr(record.get(column))) for record in records}
    return len(pairs) == len({of_name for of_name, _ in pairs})


def _rises(records: Records, column: str) -> bool:
    """Return whether a column counts or dates the rows: it does not fall from one to the next."""
    values = [value for record in records if (value := record.get(column)) is not None]
    numbers = [value for value in values if isinstance(value, int | float)]
    texts = [value for value in values if isinstance(value, str)]
    if len(values) < MIN_RISING or len(values) not in {len(numbers), len(texts)}:
        return False
    falls = sum(one > other for one, other in pairwise(numbers))
    falls += sum(one > other for one, other in pairwise(texts))
    return falls <= MOST_FALLS < len({*values})

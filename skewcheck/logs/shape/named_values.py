"""Records that keep names and values apart: tables with a list of columns, and lists of pairs."""

from __future__ import annotations

_ENDS_OF_NAMES = ("columns", "names", "fields")
_ENDS_OF_ROWS = ("data", "ndarray", "values", "rows", "tensor")
_KEYS = ("name", "key", "feature", "feature_name", "column", "field", "k")
_VALUES = ("value", "values", "val", "data", "v", "feature_value")


def names_and_rows(record: dict[str, object]) -> tuple[str, str] | None:
    """Return the keys of a record that hold names and rows: `columns` and `data`, or the like.

    The keys may have a word before: `feature_names`, `feature_values`.
    """
    names = [
        key for end in _ENDS_OF_NAMES for key, held in record.items()
        if _ends(key, end) and isinstance(held, list)
    ]  # fmt: skip
    rows = [
        key for end in _ENDS_OF_ROWS for key, held in record.items()
        if _ends(key, end) and isinstance(held, list | dict) and key not in names
    ]  # fmt: skip
    if not rows:
        return None
    names.sort(key=lambda key: key not in _ENDS_OF_NAMES)
    rows.sort(key=lambda key: key not in _ENDS_OF_ROWS)
    return (names[0] if names else ""), rows[0]


def _ends(key: str, end: str) -> bool:
    return key == end or key.endswith((f"_{end}", end.capitalize()))


def beside(record: dict[str, object], taken: set[str], rows: int | None) -> list[dict[str, object]]:
    """Return what else a record says of each row: texts and numbers, and lists with an element a
    row. With None for rows the record is one row itself, and all else is of it."""
    others = {key: held for key, held in record.items() if key not in taken}
    if rows is None:
        return [others]
    lists = {k: held for k, held in others.items() if isinstance(held, list) and len(held) == rows}
    plain = {k: held for k, held in others.items() if not isinstance(held, list | dict)}
    return [{**plain, **{key: held[row] for key, held in lists.items()}} for row in range(rows)]


def pairs_of(value: object) -> dict[str, object]:
    """Return a record from a list of records of a name and a value each.

    Where these have more than one value, `[{"name": "age", "value": 22, "scaled": 0.2}]`, each is a
    record of its own: `{"value": {"age": 22}, "scaled": {"age": 0.2}}`.
    """
    if not isinstance(value, list):
        raise ValueError
    result: dict[str, object] = {}
    more: dict[str, dict[str, object]] = {}
    first = ""
    for pair in value:
        if isinstance(pair, tuple | list) and len(pair) == 2:
            name, held = pair
        elif isinstance(pair, dict):
            key = next((key for key in _KEYS if key in pair), None)
            first = next((key for key in _VALUES if key in pair), "")
            if not first:
                raise ValueError
            name, held = pair.get(str(key)), pair[first]
            for other, beside in pair.items():
                if other not in (key, first) and isinstance(beside, int | float):
                    more.setdefault(other, {})[str(name)] = beside
        else:
            raise ValueError
        if not isinstance(name, str) or name in result:
            raise ValueError
        result[name] = held
    several = {other: held for other, held in more.items() if 2 * len(held) >= len(result)}
    return {first: result, **several} if several else result

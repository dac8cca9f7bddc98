"""Levels in SQL: their one spelling, and their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skewcheck.repair.export.dialects import Dialect
from skewcheck.repair.export.escapes import sql_name, sql_text
from skewcheck.repair.export.program import Code, FeatureCode, ServedLevel

LevelKey = tuple[str, tuple[tuple[str, str], ...]]
"""A raw column of levels, and what its numbers and booleans stand for."""
_BLANKS = " \t\n\v\f\r\x1c\x1d\x1e\x1f"


def level_key(part: Code | ServedLevel) -> LevelKey:
    """Return which column of spelled levels an instruction reads."""
    return part.column, tuple(part.swapped.items()) if isinstance(part, Code) else ()


def level_columns(features: Sequence[FeatureCode]) -> dict[LevelKey, str]:
    """Return the columns of spelled levels that features need, by what they are made of."""
    keys: dict[LevelKey, str] = {}
    for feature in features:
        parts = [part for part in feature.instructions if isinstance(part, Code)]
        every = [level_key(part) for part in parts]
        every += [level_key(s) for s in feature.served if isinstance(s, ServedLevel)]
        for key in every:
            keys.setdefault(key, f"s.{sql_name(f'skewcheck level {len(keys)}')}")
    return keys


def level_layers(dialect: Dialect, columns: Mapping[LevelKey, str]) -> list[list[str]]:
    """Return two layers of columns: each level as text, and with one spelling; none for none."""
    if not columns:
        return []
    texts, levels = [], []
    for i, ((column, swapped), name) in enumerate(columns.items()):
        raw, text = f"s.{sql_name(column)}", sql_name(f"skewcheck text {i}")
        texts.append(f"CAST({raw} AS {dialect.text}) AS {text}")
        pairs = "".join(f" WHEN {_text(dialect, a)} THEN {_text(dialect, b)}" for a, b in swapped)
        bare = f"nullif({_bare(f's.{text}')}, 'nan')"
        other = f"CASE {bare}{pairs} ELSE {bare} END" if pairs else bare
        is_text = dialect.is_text.replace("%s", raw)
        levels.append(
            f"CASE WHEN {is_text} THEN s.{text} ELSE {other} END AS {name.removeprefix('s.')}"
        )
    return [texts, levels]


def code_of(dialect: Dialect, part: Code, level: str) -> str:
    """Return the code of a level, whose spelled column is given."""
    known = "".join(
        f" WHEN {_text(dialect, text)} THEN {dialect.number(code)}"
        for text, code in part.codes.items()
    )
    null, unknown = dialect.number(part.null), dialect.number(part.unknown)
    other = unknown
    if part.spelling == "truths":
        true, false = f"{level} IN ('True', 'TRUE')", f"{level} IN ('False', 'FALSE')"
        folded = f"CASE WHEN {true} THEN 'true' WHEN {false} THEN 'false' END"
        other = f"CASE {folded}{known} ELSE {unknown} END"
    elif part.spelling == "numbers":
        other = f"CASE {_bare(level)}{known} ELSE {unknown} END"
    other = f"CASE WHEN {_is_null(dialect, level)} THEN {null} ELSE {other} END"
    return f"CASE {level}{known} ELSE {other} END"


def served_level(dialect: Dialect, column: ServedLevel, level: str) -> str:
    """Return a level as it is served."""
    null = "NULL" if column.null is None else _text(dialect, column.null)
    return f"CASE WHEN {_is_null(dialect, level)} THEN {null} ELSE {level} END"


def _bare(text: str) -> str:
    """Return a number as text without zeros behind the point; other text as it is."""
    return (
        f"CASE WHEN {text} LIKE '%.%0' AND {text} NOT LIKE '%.%.%' AND {text} NOT LIKE '%e%'"
        f" THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END"
    )


def _is_null(dialect: Dialect, level: str) -> str:
    blanks = sql_text(_BLANKS, dialect.character)
    return f"{level} IS NULL OR trim({level}, {blanks}) = ''"


def _text(dialect: Dialect, text: str) -> str:
    return sql_text(text, dialect.character)

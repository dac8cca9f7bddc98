"""How a delimited text file is written: its delimiter, its header."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from skewcheck.logs.columns import bare
from skewcheck.logs.preface import mark, preface
from skewcheck.logs.text import lines_in, refuse_nul
from skewcheck.logs.trouble import refuse_duplicates, shown, trouble
from skewcheck.text.errors import LogError, OptionName

_DELIMITERS = ",\t;|"
_RECORDS = 200  # looked at: enough to tell, and quick
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
_NO_VALUE = frozenset(["", "?", "-", "na", "n/a", "nan", "null", "none", "inf", "-inf"])


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written."""

    delimiter: str
    names: tuple[str, ...]
    """Of the columns; an unnamed one is `Unnamed: 0` after its place, as pandas has it."""
    header: bool
    """Whether the first record is the names."""
    spaced: bool
    """Whether a blank precedes every value but the first: it then belongs to the delimiter."""
    quoted: bool = True
    """Whether values may stand in double quotes."""
    decimal: str = "."
    """The mark before decimals."""
    skip: int = 0
    """Bytes before the first record: blank lines, say."""
    before: int = 0
    """Lines in these."""


def sniff(head: bytes, name: str, names: Sequence[str] = ()) -> Dialect:
    """Return how the file that begins with `head` is written.

    `names` are those of a file without a header: a first line that is these names, or stands
    over numbers and is none, is one nevertheless. Raises LogError where there is neither, where
    names occur twice or are not as many as the columns, and where the file is no text.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise trouble(name, "is UTF-16 text: save it as UTF-8")
    if b"\0" in head.partition(b"\n")[0]:
        raise trouble(name, "is neither text nor a known format (Parquet, Arrow): binary data")
    refuse_nul(head, 0, name)
    skip, separator = preface(head)
    text = head[skip:].decode("utf-8", "backslashreplace")
    if not text.strip():
        raise trouble(
            name, "begins with white space where names of columns would be: write it again"
        )
    before = lines_in(head, skip)
    dialect = _sniffed(text, name, names, separator or _DELIMITERS, before + 1)
    if not dialect.header and len(dialect.names) == 1:
        return replace(dialect, skip=mark(head))  # a blank line is a null
    return replace(dialect, skip=skip, before=before)


def _sniffed(text: str, name: str, names: Sequence[str], delimiters: str, line: int) -> Dialect:
    """Return how text is written whose first line has a number in its file."""
    delimiter, quoted, records = _divided(text, delimiters)
    first, rest = records[0], records[1:]
    others = [record for record in rest if record != first]
    behind = [value for record in others for value in record[1:] if value]
    spaced = behind != [] and all(value.startswith(" ") for value in behind)
    decimal = "," if delimiter != "," and _has_decimal_comma(others) else "."
    header = _is_named(first, rest, names) if names else _is_header(first, rest)
    if header:
        columns = [bare(column) for column in first]
        refuse_duplicates(name, filter(None, columns))
        filled = (column or f"Unnamed: {place}" for place, column in enumerate(columns))
        return Dialect(delimiter, tuple(filled), True, spaced, quoted, decimal)
    if not names:
        width = f"{len(first)} value{'' if len(first) == 1 else 's'}"
        raise LogError(
            f"{shown(name)}: has no header (line {line} is a row of {width}): add one, or name the"
            " columns by ",
            OptionName("columns", "a,b,c"),
        )
    if len(names) != len(first):
        raise LogError(
            f"{shown(name)}: has {len(first)} columns and no header, but {len(names)} are named"
            " by ",
            OptionName("columns"),
        )
    refuse_duplicates(name, names)
    return Dialect(delimiter, tuple(names), False, spaced, quoted, decimal)


def first_records(head: bytes) -> tuple[list[str], list[list[str]]]:
    """Return the first record of a file, and some that follow: none where numbers tell whether it
    is a header."""
    skip, separator = preface(head)
    text = head[skip:].decode("utf-8", "backslashreplace")
    _, _, records = _divided(text, separator or _DELIMITERS)
    first, rest = records[0], records[1:]
    return first, [] if _votes(first, rest) else rest


def _divided(text: str, delimiters: str) -> tuple[str, bool, list[list[str]]]:
    """Return the delimiter that fits best, whether quotes are, and the first records."""
    text = text.replace("\n\ufeff", "\n")  # where files are put behind one another
    quoting = {mark: _is_quoted(text, mark) for mark in delimiters}
    delimiter, records = max(
        ((mark, _records(text, mark, quoted=quoting[mark])) for mark in delimiters),
        key=lambda pair: _score(pair[1]),
    )
    return delimiter, quoting[delimiter], records


def _records(text: str, delimiter: str, *, quoted: bool) -> list[list[str]]:
    """Return the first records that are not blank, none of them cut short; at least one."""
    records: list[list[str]] = []
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter)
    unquoted = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    try:
        for record in reader if quoted else unquoted:
            if any(value.strip() for value in record) or len(record) > 1:
                records.append(record)
            if len(records) > _RECORDS:
                break
    except csv.Error:  # a field of over 128 KB
        pass
    whole = len(records) == 1 or len(records) > _RECORDS or text.endswith(("\n", "\r"))
    return (records if whole else records[:-1]) or [[text]]


def _is_quoted(text: str, delimiter: str) -> bool:
    """Return whether values may stand in double quotes.

    Where tabs divide every line into as many values, and some line has an odd number of quotes,
    they do if each quote is where such values have them and none of those would swallow records.
    What writes tabs escapes otherwise, if at all, by a backslash.
    """
    lines = [line for line in re.split("\r\n?|\n", text)[:-1] if line.strip()]
    odd = any(line.count('"') % 2 for line in lines)
    if delimiter != "\t" or not odd or len({line.count("\t") for line in lines}) > 1:
        return True
    from skewcheck.logs.enclosed import Layout, well_formed  # few logs have such quotes
    from skewcheck.logs.quotes import swallow

    data = text.encode()
    layout = Layout(delimiter, lines[0].count(delimiter) + 1)
    return well_formed(data, delimiter) and not swallow(data, layout)


def _score(records: list[list[str]]) -> tuple[float, int]:
    """Return how well a delimiter fits: the share of records of one width, then that width."""
    width, times = Counter(map(len, records)).most_common(1)[0]
    return (times / len(records) if width > 1 else 0.0, width)


def _is_named(first: list[str], rest: list[list[str]], names: Sequence[str]) -> bool:
    """Return whether the first record of a file is a header though columns were named."""
    bares = [bare(value) for value in first]
    numbered = len(first) > 2 and bares == [str(place) for place in range(len(first))]
    return bares == list(names) or numbered or _votes(first, rest) > 0


def _is_header(first: list[str], rest: list[list[str]]) -> bool:
    numeric = [place for place, value in enumerate(first) if _NUMBER.fullmatch(value)]
    if not rest:
        return not numeric
    if len(numeric) > 2 and _consecutive([first[place] for place in numeric]):
        return True  # 0, 1, 2 ...: what pandas writes for columns without names
    votes = _votes(first, rest)
    if votes:
        return votes > 0
    cells = zip(map(str.strip, first), _columns(rest, len(first)), strict=True)
    repeated = any(value != "" and value in column for value, column in cells)
    return not numeric and not repeated and len(set(first)) == len(first)


def _votes(first: list[str], rest: list[list[str]]) -> int:
    """Return in how many columns of numbers the first value is none, less those where it is one."""
    votes = 0
    others = [record for record in rest if record != first]  # a header may stand there again
    for value, column in zip(map(str.strip, first), _columns(others, len(first)), strict=True):
        values = {other for other in column if other.lower() not in _NO_VALUE}
        if value and values and all(_NUMBER.fullmatch(other) for other in values):
            is_value = _NUMBER.fullmatch(value) or value.lower() in _NO_VALUE
            votes += -1 if is_value else 1
    return votes


def _columns(rest: list[list[str]], width: int) -> list[set[str]]:
    """Return the different values of each column."""
    return [
        {record[place].strip() for record in rest if place < len(record)} for place in range(width)
    ]


def _has_decimal_comma(rest: list[list[str]]) -> bool:
    """Return whether numbers have a comma before their decimals.

    Some column must be of such numbers alone, beside whole ones, not all with three decimals, which
    may be thousands; and none of numbers with a point.
    """
    certain = False
    for column in _columns(rest, max(map(len, rest), default=0)):
        values = {value for value in column if value.lower() not in _NO_VALUE}
        if any(_POINTED.fullmatch(value) for value in values):
            return False
        marked = [value for value in values if _COMMA.fullmatch(value)]
        if marked and all(value in marked or _NUMBER.fullmatch(value) for value in values):
            certain |= not all(_THOUSANDS.fullmatch(value) for value in marked)
    return certain


_POINTED = re.compile(r"[+-]?\d*\.\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)


def _consecutive(values: list[str]) -> bool:
    if not all(value.strip().isdecimal() for value in values):
        return False
    whole = [int(value) for value in values]
    return whole == list(range(whole[0], whole[0] + len(whole)))

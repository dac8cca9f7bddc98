"""Sentences in quotes that are split over two records, beside values that have several lines.

The truth is the list of records from which each file is written, never a reader's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from skewcheck.logs import Wanted, open_logs
from skewcheck.text.errors import LogError

Chance = np.random.Generator
REFUSED = r"line {}: a quoted value holds records"
WORDS = ["the", "red", "fox", "5", "sat", "York", "asap", "2nd", "rum"]


def rows_of(path: Path) -> int | None:
    """Return how many rows are read; None where stray quotes are refused."""
    try:
        return sum(batch.rows for batch in open_logs(path).batches(Wanted(frozenset())))
    except LogError as error:
        return None if "a quoted value holds records" in str(error) else 0


def split(i: int) -> str:
    return ('"Great ride', 'thanks"')[i % 2]


FORMS: dict[str, Callable[[int], tuple[object, ...]]] = {
    "note,age,fare": lambda i: (split(i), 18 + i % 60, f"{i % 9}.5"),
    "age,note": lambda i: (18 + i % 60, split(i)),
    "age,note,x1,x2,x3": lambda i: (18 + i % 60, split(i), "", "", ""),
    "zone,note": lambda i: ("abc"[i % 3], split(i)),
    "name,note": lambda i: (f"N{'ab'[i % 2] * (i % 40)} Lee", split(i)),
    "age": lambda i: (f'"{i % 60}' if i % 20 == 0 else f'{i % 60}"' if i % 20 == 1 else i % 60,),
}


@pytest.mark.parametrize("form", FORMS)
def test_sentences_split_over_records_are_refused_with_their_line(
    tmp_path: Path, form: str
) -> None:
    lines = [form, *(",".join(map(str, FORMS[form](i))) for i in range(3000))]
    (tmp_path / "a.csv").write_text("\n".join([*lines, ""]))
    with pytest.raises(LogError, match=REFUSED.format(2)):
        list(open_logs(tmp_path / "a.csv").batches(Wanted(frozenset())))


@pytest.mark.parametrize("form", ["note,age,fare", "age,note", "age,note,x1,x2,x3"])
def test_tabs_tell_records_where_the_first_rows_are_split(tmp_path: Path, form: str) -> None:
    lines = [form.replace(",", "\t")]
    lines += ["\t".join(map(str, FORMS[form](i))) for i in range(3000)]
    (tmp_path / "a.tsv").write_text("\n".join([*lines, ""]))
    assert rows_of(tmp_path / "a.tsv") == 3000


@pytest.mark.parametrize("extra", [(), ("0.123", "a")])
def test_splits_that_begin_behind_the_first_megabyte_are_refused(
    tmp_path: Path, extra: tuple[str, ...]
) -> None:
    """The first rows tell that tabs are followed by quotes that enclose, or by none at all."""
    lines = ["\t".join(["note", "age", "fare", *"xy"[: len(extra)]])]
    for i in range(40_000):
        note = "plain text here so that the file grows" if i < 30_000 else split(i)
        lines.append("\t".join([note, str(18 + i % 60), f"{i % 9}.5", *extra]))
    (tmp_path / "a.tsv").write_text("\n".join([*lines, ""]))
    with pytest.raises(LogError, match=REFUSED.format(30_002)):
        list(open_logs(tmp_path / "a.tsv").batches(Wanted(frozenset())))


VALID = {
    "two lines": ("age,note", "two\nlines"),
    "a tab in the second line": ("age,note", "two\n\tlines"),
    "a tab in the first line": ("note,age", "12\tlines\nlast"),
    "quotes inside": ("note,age", 'the "12"\tlines\nlast'),
    "every third": ("age,note", "two\n\tlines"),
}


@pytest.mark.parametrize("kind", VALID)
def test_quoted_tabs_and_newlines_are_those_of_values(tmp_path: Path, kind: str) -> None:
    """As many tabs stand in each line, but the fields would not be those of the columns."""
    names, note = VALID[kind]
    with (tmp_path / "a.tsv").open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(names.split(","))
        for i in range(3000):
            value = "plain" if kind == "every third" and i % 3 else note
            writer.writerow((i % 60, value) if names == "age,note" else (value, i % 60))
    wanted = Wanted(frozenset(["age"]))
    ages = [a for b in open_logs(tmp_path / "a.tsv").batches(wanted) for a in b.columns["age"]]
    assert [age.as_py() for age in ages] == [i % 60 for i in range(3000)]


def test_lists_that_could_not_end_a_record_are_values(tmp_path: Path) -> None:
    """A record may stand in a value: were its quotes stray, the line behind would be none."""
    with (tmp_path / "a.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("age", "fare", "note"))
        writer.writerows((i % 60, i / 8, f"a\n{i % 90},{i % 7}.5,cheap\n") for i in range(3000))
    assert rows_of(tmp_path / "a.csv") == 3000


def poem(chance: Chance) -> str:
    lines = (" ".join(chance.choice(WORDS, chance.integers(1, 6))) for _ in range(5))
    return "\n".join(line + str(chance.choice(["", ",", "."])) for line in lines)


def orders(chance: Chance) -> str:
    lines = (f"{chance.integers(1, 9)}, {chance.choice(WORDS)}" for _ in range(3))
    return "\n".join(["order:", *lines][: int(chance.integers(2, 5))])


def address(chance: Chance) -> str:
    town = f"{chance.choice(WORDS)}, {chance.integers(10_000, 99_999)}"
    return f"{chance.integers(1, 99)} High St,\n{town}\nUK"


def cells(chance: Chance) -> str:
    value = {"a": int(chance.integers(9)), "b": [1, 2.5], "c": "x, y"}
    return json.dumps(value, indent=[None, 1, 2][chance.integers(3)])


TEXTS: list[Callable[[Chance], str]] = [
    poem, orders, address, cells,
    lambda chance: f"a\n{chance.integers(90)},{chance.integers(7)}.5,cheap\n",
    lambda chance: f"{chance.choice(WORDS)}\n\t{chance.choice(WORDS)}",
    lambda chance: f"{chance.choice(WORDS)} {chance.choice(WORDS)}\n{chance.choice(WORDS)}",
]  # fmt: skip
NAMES = ["Ann", "Bob", "Eve", "Lee", "Roy"]
COLUMNS: dict[str, Callable[[Chance], str]] = {
    "int": lambda chance: str(chance.integers(0, 90)),
    "number": lambda chance: f"{chance.normal(0, 10):.2f}",
    "time": lambda chance: f"2026-01-{chance.integers(1, 29):02} 00:00",
    "code": lambda chance: str(chance.choice(["a", "b", "c"])),
    "name": lambda chance: " ".join(chance.choice(NAMES, 2)),
    "text": lambda chance: " ".join(chance.choice(["red", "new", "u17", "3"], 3)),
}


def table(chance: Chance, rows: int, notes: list[str]) -> list[list[str]]:
    """Return records of random columns and the notes somewhere among them."""
    kinds = chance.choice(list(COLUMNS), chance.integers(1, 6))
    columns = [[COLUMNS[kind](chance) for _ in range(rows)] for kind in kinds]
    columns.insert(int(chance.integers(len(columns) + 1)), notes)
    names = [f"c{place}" for place in range(len(columns))]
    return [names, *(list(record) for record in zip(*columns, strict=True))]


def test_no_random_table_of_values_of_several_lines_is_refused(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    for i in range(150):
        rows, share = int(chance.integers(3, 100)), chance.choice([1.0, 0.5, 0.1])
        notes = [
            TEXTS[i % len(TEXTS)](chance) if chance.random() < share else "plain text"
            for _ in range(rows)
        ]
        path, delimiter = ((tmp_path / "a.csv", ","), (tmp_path / "a.tsv", "\t"))[i % 2]
        with path.open("w", newline="") as file:
            quoting = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC][i % 3]
            end = ["\n", "\r\n"][chance.integers(2)]
            writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end)
            writer.writerows(table(chance, rows, notes))
        assert rows_of(path) == rows


def test_no_random_table_with_split_sentences_loses_records(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    whole = 0
    for i in range(100):
        notes = [" ".join(chance.choice(WORDS, 3)) for _ in range(400)]
        gap, share, place = int(chance.integers(1, 4)), chance.choice([1.0, 0.5, 0.05]), 0
        while place + gap < 400:
            if chance.random() < share:
                notes[place] = f'"{notes[place]}'
                notes[place + gap] += '"'
                place += gap
            place += 1
        path, delimiter = ((tmp_path / "a.csv", ","), (tmp_path / "a.tsv", "\t"))[i % 4 == 3]
        lines = [delimiter.join(record) for record in table(chance, 400, notes)]
        path.write_text("\n".join([*lines, ""]))
        rows = rows_of(path)
        whole += rows == 400
        assert rows in (None, 400)
    assert whole >= 20  # tabs tell the records of most

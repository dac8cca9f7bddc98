"""Notes in words: each code, what it says, and that nothing of it is a value of the data."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import skewcheck
from skewcheck.counts.tried import Tried
from skewcheck.features.notes import Note
from skewcheck.reports.words.notes import NOTES, text, texts
from skewcheck.results.notes import without_values

WORTH = {"column": "user", "rows": 4000, "values": 100, "effective": 123.4}
MANY = {"column": "city", "segments": 1000, "others": 50, "rows": 7000}
SMALL = "p-values are too small"
LEFT = "left out:"
AUDIT = [
    (
        "accepted_change", {"until": "2026-11-03", "text": "new prices"},
        "a change was accepted (new prices): nights until 2026-11-03 are no evidence of a shift",
    ),
    (
        "accepted_shifts", {"shifts": (("fare", -0.2412), ("size", 0.05))},
        (
            "since then, standard deviations from training, whatever was accepted:"
            " fare -0.241, size 0.05"
        ),
    ),
    (
        "absent_column", {"column": "fare", "files": ("b.csv", "c.csv"), "rows": 1500},
        "fare is absent from b.csv and 1 more: 1,500 rows count as nulls",
    ),
    (
        "unseen_levels", {"shares": (("pay", 0.125), ("way", 0.5))},
        "levels that training has not seen: pay (12.5 % of the rows), way (50 % of the rows)",
    ),
    (
        "unknown_keys",
        {"features": ("a", "b"), "rows": 12, "nulls": 1, "names": 2, "keys": ()},
        "a, b: 2 keys without parameters in 12 rows; 1 row without a key",
    ),
    (
        "incomplete_scopes", {"features": ("a",), "rows": 23},
        (
            "a: 23 rows not compared, as the rows that they are normalized over are not all in the"
            " log, hold a null, or hardly differ"
        ),
    ),
    (
        "unsaid_levels", {"features": ("a", "b"), "rows": 1},
        (
            "a, b: 1 row not compared, as the parameter file does not say what nulls and levels"
            " that it lacks are served as"
        ),
    ),
    (
        "rival_scopes",
        {
            "features": ("a",), "limit": 0.00213,
            "scopes": (
                Tried("running", None, 1, "zscore", "k"), Tried("running", None, 0, "centred", None)
            ),
        },
        (
            "a: the log does not tell training's scope from all rows so far (ddof 1) by k or all"
            " rows so far (only centred): right values would be 0.0021 standard deviations from"
            " those at most"
        ),
    ),
    (
        "waiver_without_feature", {"code": "ks", "feature": "fair"},
        "the waiver ks:fair meets no feature",
    ),
    (
        "waiver_ended", {"code": "ks", "feature": "*", "until": "2020-01-01"},
        "the waiver ks:* ended on 2020-01-01",
    ),
    (
        "warning", {"code": "constant", "parameters": {}, "features": ("x",)},
        "constant: x: training had a single value",
    ),
    ("parameters", {"text": "read as {it} stands"}, "read as {it} stands"),
    (
        "other_columns", {"feature": "age", "names": ("n", "m")},
        "age also goes into the model as n, m: not audited",
    ),
    (
        "made_columns", {"feature": "age", "names": ("n", "m"), "reason": "made by __main__.Own"},
        "age also goes into the model as n, m: not audited, made by __main__.Own",
    ),
    (
        "float32_values", {"features": ("age", "fare")},
        "age, fare: float64 columns of float32 values, compared to the precision of float32",
    ),
    (
        "changed_since_lock", {},
        "the normalization was changed since its fingerprint was written",
    ),
    (
        "error_without_reference", {"prediction": "p", "label": "y"},
        "the error of p against y is not judged: the parameter file has no model.error",
    ),
    (
        "error_not_compared", {"predictions": (), "labels": ("y", "z")},
        ("model.error is not compared: no audited feature has the role prediction"
        " and y, z have the role label"),
    ),
    (
        "error_not_compared", {"predictions": ("p",), "labels": ()},
        "model.error is not compared: no audited feature has the role label",
    ),
    (
        "cluster_rows", {**WORTH, "approximate": False},
        "4,000 rows of 100 values of user are worth about 123 independent ones",
    ),
    (
        "cluster_rows", {**WORTH, "approximate": True, "least": "x", "least_effective": 9.6},
        "4,000 rows of about 100 values of user are worth about 123 independent ones; x about 10",
    ),
    (
        "single_cluster", {"column": "user"},
        ("all rows with a user have the same one: they are worth one row;"
        " give a column that varies, or leave --cluster out"),
    ),
    (
        "cluster_by_part", {"column": "user"},
        ("in windows and segments a row is taken to be worth what it is in the whole log: too much"
        " where those have few values of user"),
    ),
    (
        "rows_without_cluster", {"column": "user", "rows": 400},
        "400 rows without a user count as independent",
    ),
    (
        "similar_rows", {"column": "user", "feature": "x", "rows": 9000, "effective": 31.7},
        ("rows of one user are like each other (x: 9,000 rows are worth about 32):"
        f" {SMALL}; give --cluster user"),
    ),
    (
        "similar_neighbours", {"feature": "x", "block": 64, "effective": 3.6},
        ("rows depend on each other (x: 64 consecutive rows are worth about 4):"
        f" {SMALL}; give --cluster COLUMN or audit fewer rows of each"),
    ),
    (
        "repeated_rows", {"share": 0.25},
        ("25% of the rows sampled repeat others in every feature:"
        f" {SMALL}; give --cluster COLUMN or audit fewer rows of each"),
    ),
    (
        "uncovered_days",
        {"share": 0.25, "first_day": "2025-01-01", "last_day": "2026-12-31"},
        (
            "25% of the rows are of days outside of 2025-01-01 to 2026-12-31, of which holidays are"
            " known: features of holidays are not checked there; fit training again with a longer"
            " list"
        ),
    ),
    (
        "unseen_months", {"share": 0.5, "months": (7, 12), "features": ("load",)},
        (
            "50% of the rows are of July, December, of which training has no rows: load may differ"
            " by the season alone; fit training again with a whole year"
        ),
    ),
    (
        "holidays_end", {"last_day": "2026-12-31"},
        (
            "holidays are known until 2026-12-31: later ones are compared with usual days; fit"
            " training again with a longer list"
        ),
    ),
    (
        "holidays", {"share": 1.0, "days": 11},
        (
            "100% of the rows are of holidays, of which training has 11: these differ from each"
            " other, so that only gross shifts are seen in them"
        ),
    ),
    (
        "unseen_strata", {"share": 0.125},
        ("12% of the rows are of parts of the week that training never saw: they count as all of"
        " training"),
    ),
    (
        "row_without_time", {"rows": 1, "column": "ts"},
        "1 row without a time in ts is in no window",
    ),
    (
        "rows_without_time", {"rows": 1000, "column": "ts"},
        "1,000 rows without a time in ts are in no window",
    ),
    ("first_window", {}, "the first window has none before it, and is compared with nothing"),
    (
        "windows_without_baseline", {"windows": 24, "parts": 1000},
        "24 of 1,000 windows have no earlier one of the same hour, and are compared with nothing",
    ),
    (
        "small_windows", {"windows": 4, "parts": 4},
        "4 of 4 windows have too few rows to show anything by themselves",
    ),
    (
        "many_segments", {**MANY, "at_least": False},
        ("city has many values: the 1000 with most rows are a segment each, the 50 others share one"
        " (7,000 rows)"),
    ),
    (
        "many_segments", {**MANY, "at_least": True},
        ("city has many values: the 1000 with most rows are a segment each, the more than 50 others"
        " share one (7,000 rows)"),
    ),
    (
        "segments_without_reference", {},
        ("training is not known by segment: a segment is skew only where it holds more of some"
        " values than all of training; --baseline FILE, or --reference FILE, with the segment"
        " column compares each with itself"),
    ),
    (
        "segments_partly_known", {"source": "t.csv", "column": "city", "values": 1},
        "t.csv has too few rows of 1 value of city: compared with all of training",
    ),
    (
        "unread_elements", {"column": "data", "rows": 9, "asked": False},
        "data has elements that are not audited, with values in 9 of the first rows",
    ),
    (
        "extra_elements", {"column": "action", "names": ("action[7]", "action[8]")},
        "action has elements of no feature, which are not audited: action[7], action[8]",
    ),
    (
        "unsettled_files", {"files": tuple("abcdefg")},
        "left for the next run, as modified within --settle: a, b, c, d, e and 2 more",
    ),
    (
        "unusual_columns", {"columns": ("a_n",), "files": ("b.csv",), "names": ("aN",)},
        "absent from b.csv: a_n; instead aN, which no other file has: renamed?",
    ),
    (
        "hidden_files", {"files": (".c.parquet", "_tmp/")},
        "not read, as . or _ in front of a name marks no log: .c.parquet, _tmp/",
    ),
    (
        "special_files", {"files": ("server.sock",)},
        "not read, as they are pipes, sockets or devices: server.sock",
    ),
    (
        "connected_raw",
        {"side": "raw", "features": 2, "path": "x", "by": "position", "columns": ("x[0]", "x[1]")},
        "raw: 2 features by position, in x[0], x[1]; no option says so",
    ),
    (
        "connected_served",
        {"side": "served", "features": 1, "by": "value", "columns": ("a",)},
        "served: 1 feature by value, in a; no option says so",
    ),
    ("decoded", {"columns": ("log (json)",)}, "text that holds records is decoded: log (json)"),
    ("exploded", {"columns": ("x[]", "y[]")}, "a row for each element of x[], y[]"),
    (
        "decimal_comma", {"files": ("a.csv",)},
        "numbers with a comma before their decimals, read as such: a.csv",
    ),
    (
        "rows_by_file", {"files": ("<DataFrame>",), "columns": ("_file", "_pos")},
        "<DataFrame>: rows are told apart by file and row number",
    ),
    (
        "rows_by_key", {"files": ("rides",), "columns": ("day", "id")},
        (
            "rides: rows are told apart by day, id; which of the rows with one key are sampled may"
            " differ between runs, and neighbours are not compared"
        ),
    ),
    (
        "rows_by_hash", {"files": ("rides",), "columns": ()},
        (
            "rides: rows are told apart by a hash of their values, as Spark knows no number of them"
            " and no key is given: which of equal rows are sampled may differ between runs, and"
            " neighbours are not compared"
        ),
    ),
    (
        "profiles_without_rows", {"files": ("a.skw",)},
        (
            "a.skw: no rows in the profile: what only rows show is not explained (in which rows,"
            " two causes in one feature, rows that depend on each other)"
        ),
    ),
    (
        "rowless_files", {"files": ("h.csv", "part-0.parquet")},
        "read, but without a row: h.csv, part-0.parquet",
    ),
    (
        "joined",
        {"rows": 2000, "column": "id", "by": "file", "path": "", "files": ("a.csv", "b.csv")},
        "2,000 rows joined by id of the records of a.csv, b.csv",
    ),
    (
        "joined",
        {"rows": 1, "column": "id", "by": "column", "path": "kind", "files": ("a.csv",)},
        "1 row joined by id of the records of a.csv, told apart by kind",
    ),
    (
        "table_version", {"table": "t", "type": "delta", "version": 12345},
        "t: version 12345 of the delta table",
    ),
    (
        "stale_files", {"files": ("part-0.parquet",)},
        "not read, as none of their rows are in the version of the table: part-0.parquet",
    ),
    ("vacant_files", {"files": ("t/",)}, "tables without a row in their version: t/"),
    (
        "empty_files", {"files": ("serve.log", "part-0.csv")},
        "not read, as they are empty (nothing but white space): serve.log, part-0.csv",
    ),
    (
        "new_alarms", {"alarms": (("x", "drift"), ("y", "skew")), "verdict": "ok"},
        "new since the last run: x (drift), y (skew)",
    ),
    (
        "new_alarms", {"alarms": (), "verdict": "warn"},
        "new since the last run: the verdict, which was warn",
    ),
    (
        "new_alarms", {"alarms": (), "exit_code": 0},
        "no alarm is new since the last run: exit code 0 by --only-new-alarms",
    ),
    (
        "damaged_history", {"files": ("history.jsonl",)},
        "history.jsonl: a line behind the last run is damaged: each alarm is new",
    ),
    (
        "report_files", {"files": ("r.json",)},
        "not read, as skewcheck wrote them: r.json",
    ),
    (
        "copied_files", {"files": ("a.csv", "a(1).csv")},
        "the same content under several names, audited as often: a.csv, a(1).csv",
    ),
    (
        "more_copied_files", {"files": ("b", "c", "d", "e")},
        "so have groups of others: b, c, d and 1 more",
    ),
    (
        "undelivered_runs", {"runs": 2},
        "no report got out of 2 runs before this: their alarms are new",
    ),
]  # fmt: skip
TRAINING = [
    (
        "moving_column", {"column": "ts"},
        f"ts: {LEFT} a date or time moves on by itself (name it in --features to keep it)",
    ),
    (
        "index_column", {"column": ""},
        f"the column without a name: {LEFT} an index column without a name",
    ),
    (
        "untyped_column", {"column": "x", "type": "list<item: int64>"},
        f"x: {LEFT} list<item: int64> is no number, text or boolean",
    ),
    (
        "uneven_list", {"column": "x", "type": "list<item: int64>"},
        (f"x: {LEFT} lists of several lengths, or too long, are no vector (list<item: int64>)"),
    ),
    ("numbers", {"type": "double"}, "its type is double"),
    ("numbers_in_text", {"share": 1996 / 2000}, "text, 99.8 % of it numbers"),
    ("times", {"type": "date32[day]"}, "its type is date32[day]: seconds since 1970"),
    ("declared_levels", {"type": "int64"}, "named in --categorical; its type is int64"),
    ("text", {"levels": 1}, "text, 1 level"),
    ("levels", {"type": "bool", "levels": 2}, "its type is bool, 2 levels"),
    ("empty_column", {"column": "x"}, f"x: {LEFT} no value in any row"),
    (
        "overflowing_column", {"column": "x", "limit": 1e150},
        f"x: {LEFT} values beyond 1e+150, of which no standard deviation can be computed",
    ),
    (
        "row_numbers", {"column": "x"},
        f"x: {LEFT} integers, all distinct and sorted, as row numbers are",
    ),
    (
        "identifier", {"column": "x"},
        f"x: {LEFT} an identifier by its name and its many distinct values",
    ),
    (
        "many_levels", {"column": "x"},
        f"x: {LEFT} more than 200,000 levels, as text or identifiers have",
    ),
    (
        "distinct_levels", {"column": "x"},
        f"x: {LEFT} nearly every value is distinct, as text or identifiers are",
    ),
    (
        "mistyped_rows", {"feature": "x", "rows": 2000},
        "x: 2,000 rows hold values of another type, which are left out",
    ),
    (
        "features_without_data", {"features": ("a", "b", "c", "d")},
        "a, b, c and 1 more: the training data has no such column",
    ),
    (
        "unkept_levels", {"feature": "x", "limit": 200_000},
        "x: more than 200,000 levels in the training data: none of them is kept",
    ),
    (
        "unkept_distribution", {"feature": "x", "limit": 1e150},
        "x: values beyond 1e+150 in the training data: no distribution is kept",
    ),
    ("rows_without_key", {"rows": 3, "column": "k"}, "3 rows without a k: of no key's parameters"),
    (
        "constant_keys", {"feature": "x", "names": ("u", "v"), "column": "k"},
        "x: one value only in u, v of k: its spread is taken as 1",
    ),
    ("constant_not_normalized", {"feature": "x"}, "x: one value only: not normalized"),
    (
        "spread_not_normalized", {"feature": "x", "step": "robust"},
        "x: no spread that robust could divide by: not normalized",
    ),
    (
        "object_not_run", {"reason": "Own.transform: fails (ValueError)"},
        "the object was read and not run: Own.transform: fails (ValueError)",
    ),
    (
        "other_rows_matter", {"columns": ("a", "b", "c", "d")},
        "a, b, c and 1 more: depend on other rows of their batch, or on chance: in no golden row",
    ),
    ("names_of_data", {}, "the columns are named as those of X, in their order"),
    (
        "strange_importances",
        {"path": "i.csv", "names": (("tipp", "tip"), ("q", ""), ("r", ""), ("s", ""))},
        "i.csv: no feature has the name 'tipp' (did you mean tip?), 'q', 'r' and 1 more",
    ),
]  # fmt: skip
INJECTED = [
    (
        "fault_without_effect", {"features": ("a", "b", "c", "d")},
        "no value of a, b, c, d changes: nothing is there to be found",
    ),
    ("feature_not_served", {"feature": "x", "reason": "no steps"}, "x: not served, no steps"),
    ("fault_not_possible", {"features": ("a",), "error": "needs it"}, "not in a: needs it"),
]  # fmt: skip
"""Not of an audit: nobody hides anything of them."""


@pytest.mark.parametrize(("code", "parameters", "told"), [*AUDIT, *TRAINING, *INJECTED])
def test_sentences(code: str, parameters, told: str) -> None:
    assert texts([Note(code, parameters)]) == (told,)


@pytest.mark.parametrize(("code", "parameters", "told"), [*AUDIT, *TRAINING])
def test_no_sentence_needs_a_value_of_the_data(code: str, parameters, told: str) -> None:
    assert text(without_values(Note(code, parameters))) == told


def test_keys_are_values_of_the_data() -> None:
    parameters = {"features": ("a",), "rows": 12, "nulls": 0, "names": 1, "keys": (("k7", 12),)}
    note = Note("unknown_keys", parameters)
    assert text(note) == "a: 1 key without parameters in 12 rows: 'k7' (12 rows)"
    assert text(without_values(note)) == "a: 1 key without parameters in 12 rows"


@pytest.mark.parametrize("code", NOTES)
def test_what_is_hidden_leaves_a_sentence(code: str) -> None:
    assert text(Note(code, {"code": "constant"} if code == "warning" else {}))


def built() -> Iterator[str]:
    """Yield the codes with which notes are made, those that stand beside another one too."""
    for path in Path(skewcheck.__file__).parent.rglob("*.py"):
        yield from re.findall(r'\bNote\(\s*"(\w+)"', path.read_text("utf-8"))


def test_every_note_has_a_sentence_that_is_tested() -> None:
    assert set(built()) <= set(NOTES) == {code for code, *_ in (*AUDIT, *TRAINING, *INJECTED)}

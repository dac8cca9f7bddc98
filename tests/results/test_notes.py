"""Notes as data: what may leave the house with `--no-values`."""

import pickle

from skewcheck.features.notes import Note, free_notes
from skewcheck.results.notes import without_values

NOTE = Note("absent_column", {"column": "fare", "files": ("a", "b"), "rows": 3})


def test_notes_are_compared_and_pickled() -> None:
    assert pickle.loads(pickle.dumps(NOTE)) == NOTE  # noqa: S301  # its own bytes
    assert Note("absent_column", {"column": "fare", "files": ("a",), "rows": 3}) != NOTE
    assert free_notes(["x"]) == (Note("parameters", {"text": "x"}),)


def test_only_keys_that_are_listed_are_shown() -> None:
    assert without_values(NOTE) is NOTE
    told = Note("absent_column", {**NOTE.parameters, "level": "anna@x.org"})
    assert without_values(told) == NOTE

"""Names and levels of the data are text in exported code, whatever they contain."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from every_step import FINGERPRINT
from exported_code import LANGUAGES, RUNNERS, Columns, exported
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewcheck.config.options_of_export import DIALECTS
from skewcheck.features.steps import Impute, OneHot, Vocabulary, ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.text.errors import ParameterError
from skewcheck.text.printable import visible

HOSTILE = (
    "'", '"', "\\", "\\\\\\", "*/", "/*", "//", "--", "-- ;", "#", "\\n", "\n", "\r\n", "\t",
    "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\ufeff", "??/", "??'", "%s",
    "%d%n", "{0}", "${x}", "`", "</script>", "<!--", "]]>", "\\u000a", "\\u0022", "\\uuuu",
    "\\x41", "\\101", "\\N{BULLET}", "\0", "'); DROP TABLE x; --", '"; s."', "__proto__",
    "constructor", "toString", "hasOwnProperty", "def", "class", "row", "served", "v0", "T0",
    "_T0", "raw", "levels", "None", "null", "NaN", "æøå", "e\u0301", "\U0001f600", "\U0010ffff",
    " x", "x ", "1", "9e9", "[a]", "a.b", "$$", "$tag$", "\\'", "''", '""', "?", "??", "x\\",
    "(*)", "{", "}", "case", "select",
)  # fmt: skip


def of_names(names: list[str]) -> tuple[Parameters, Columns]:
    """Return features of such names, with such levels, and a row for each."""
    features = [Feature(name, "numeric", (ZScore(1.0, 2.0),)) for name in names]
    levels = tuple(dict.fromkeys(names))
    features += [
        Feature("coded", "categorical", (Vocabulary(levels, None),)),
        Feature("hot", "categorical", (OneHot(levels[:5]),)),
        Feature("plain", "categorical", (Impute(levels[-1]),)),
    ]  # fmt: skip
    rows: dict[str, list[float] | list[str | None]] = {
        name: [float(i)] * len(levels) for i, name in enumerate(names)
    }
    for name in ("coded", "hot", "plain"):
        rows[name] = [*levels]
    return Parameters(tuple(features), FINGERPRINT, path=f"{names[0]} */ ??/\n.json"), rows


def refused(parameters: Parameters, language: str) -> str | None:
    """Return the error of an export; None without one."""
    try:
        exported(parameters, language)
    except ParameterError as error:
        return str(error)
    return None


def accepted(names: list[str], language: str) -> list[str]:
    """Return the names that a language takes; the others are refused in one line that is safe."""
    taken: list[str] = []
    folded: set[str] = set()
    for name in dict.fromkeys(names):
        if name in ("coded", "hot", "plain") or name.casefold() in folded:
            continue
        parameters, _ = of_names([name])
        if (problem := refused(parameters, language)) is not None:
            assert visible(problem) == problem
            assert "\0" in name or (language in DIALECTS and visible(name) != name)
            continue
        folded.add(name.casefold())
        taken.append(name)
    return taken


def check(names: list[str], language: str, folder: Path) -> None:
    """Compile and run code with these names, and compare what it serves under each."""
    names = accepted(names, language)
    # White space alone is a null where it is no known level: here all are known.
    parameters, rows = of_names(names)
    source = exported(parameters, language)
    assert source == exported(parameters, language)
    assert all(letter == "\n" or visible(letter) == letter for letter in source)
    if language not in DIALECTS:
        assert source.isascii()
    answers = RUNNERS[language](source, rows, folder)
    for i, name in enumerate(names):
        assert answers[name] == [(i - 1) / 2] * len(names)
    assert answers["coded"] == [float(i) for i in range(len(names))]
    for i, name in enumerate(names[:5]):
        assert answers[f"hot_{name}"] == [float(i == j) for j in range(len(names))]
    blank = [not name or name.isspace() for name in names]
    plain = zip(names, blank, answers["plain"], strict=True)
    # Of white space beyond ASCII, each language has its own idea.
    assert all(answer == (names[-1] if null else name) or (null and not name.isascii())
               for name, null, answer in plain)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_are_names(language: str, tmp_path: Path) -> None:
    check([*HOSTILE], language, tmp_path)


@pytest.mark.parametrize("language", ["python", "duckdb", "sqlite"])
@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=20))
@settings(max_examples=4, deadline=None, suppress_health_check=[*HealthCheck])
def test_any_name_is_a_name(language: str, tmp_path: Path, names: list[str]) -> None:
    if accepted(names, language):
        check(names, language, tmp_path)


@pytest.mark.parametrize(("language", "compiler"), [("c", "gcc"), ("javascript", "node")])
@given(st.lists(st.text(min_size=1, max_size=8), min_size=60, max_size=60))
@settings(max_examples=3, deadline=None, suppress_health_check=[*HealthCheck])
def test_any_name_compiles(language: str, compiler: str, tmp_path: Path, names: list[str]) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}: install it")
    check(names, language, tmp_path)


def test_names_that_sql_cannot_tell_apart_are_refused() -> None:
    parameters, _ = of_names(["fare"])
    other = replace(parameters.features[0], name="FARE")
    twice = replace(parameters, features=(*parameters.features, other))
    with pytest.raises(ParameterError, match="'fare' and 'FARE' are one column in SQL"):
        exported(twice, "duckdb")
    assert "FARE" in exported(twice, "python")

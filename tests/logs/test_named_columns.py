"""CSV without a header: `columns` names them, as a list or a file, in every command that reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rides import frame

import skewcheck
from skewcheck.cli import main
from skewcheck.logs import open_logs
from skewcheck.text.errors import LogError, SkewcheckError

pytestmark = pytest.mark.usefixtures("folder")


def _headerless(path: str = "bare.csv") -> list[str]:
    """Write the good log without its header; return the names of its columns."""
    header, _, rows = Path("good.csv").read_text().partition("\n")
    Path(path).write_text(rows)
    return header.split(",")


def test_an_audit_is_that_of_the_file_with_its_header() -> None:
    names = _headerless()
    whole = skewcheck.audit("p.json", "good.csv")
    found = skewcheck.audit("p.json", "bare.csv", columns=names)
    assert found.features == whole.features
    assert skewcheck.audit("p.json", "bare.csv", columns=",".join(names)).features == whole.features


def test_names_in_a_file_and_in_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    names = _headerless()
    code = main(["audit", "p.json", "good.csv", "--quiet"])
    expected = capsys.readouterr().out
    Path("names.json").write_text(json.dumps(names))
    Path("names.txt").write_text("\n".join(names))
    for given in ("names.json", "names.txt", "good.csv", ",".join(names)):
        assert main(["audit", "p.json", "bare.csv", "--quiet", "--columns", given]) == code
        assert capsys.readouterr().out == expected
    Path("skewcheck.toml").write_text('columns = "names.txt"\n')
    assert main(["audit", "p.json", "bare.csv", "--quiet"]) == code
    assert capsys.readouterr().out.startswith(expected.removesuffix("\n"))


def test_fit_apply_and_inject_take_them() -> None:
    names = _headerless()
    with_header, without = skewcheck.fit("good.csv"), skewcheck.fit("bare.csv", columns=names)
    assert without.features == with_header.features
    rows = len(frame())
    assert skewcheck.apply("p.json", "bare.csv", "out.csv", columns=names) == rows
    assert Path("out.csv").read_text().startswith(f'"{names[0]}","{names[1]}"')
    done = skewcheck.inject("stuck_value", "p.json", "bare.csv", "bad.csv", columns=names)
    assert done.rows == rows


@pytest.mark.parametrize(
    ("content", "names", "expected"),
    [
        ("a,b\nx,y\nz,w\n", ["a", "b"], ["x", "z"]),  # the header, as it was named
        ("a,b\nx,y\nz,w\n", ["c", "b"], ["a", "x", "z"]),  # a row of texts, as the user says
        ('"a", "b"\n1,2\n', ["a", "b"], ["1"]),
        ("0,1,2\n5,6,7\n", ["a", "b", "c"], ["5"]),  # what pandas writes without names
        ("1,2\n3,4\n", ["a", "b"], ["1", "3"]),
    ],
)
def test_which_first_lines_are_rows(read, content: str, names: list[str], expected) -> None:
    Path("t.csv").write_text(content)
    first = next(iter(open_logs("t.csv", names=names).files[0].schema()))
    assert read("t.csv", "", first, names=names) == {first: expected}


def test_a_file_with_a_header_of_its_own_keeps_it(read) -> None:
    Path("t.csv").write_text("x,y\n1,2\n")
    assert read("t.csv", "x y", names=["p", "q"]) == {"x": [1], "y": [2]}


def test_a_wrong_count_names_both() -> None:
    names = _headerless()
    for wrong in (names[:-1], [*names, "more"]):
        says = (
            rf"\Abare\.csv: has {len(names)} columns and no header, but {len(wrong)} are named by"
            r" columns=\.\.\.\Z"
        )
        with pytest.raises(LogError, match=says):
            skewcheck.audit("p.json", "bare.csv", columns=wrong)


def test_a_missing_header_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    _headerless()
    assert main(["audit", "p.json", "bare.csv"]) == 2
    error = capsys.readouterr().err
    assert error.endswith("add one, or name the columns by --columns a,b,c\n")
    with pytest.raises(SkewcheckError, match=r"name the columns by columns='a,b,c'\Z"):
        skewcheck.audit("p.json", "bare.csv")


def test_what_a_state_remembers_is_by_the_names() -> None:
    """The same bytes under other names are other columns."""
    names = _headerless()
    first = skewcheck.audit("p.json", "bare.csv", columns=names, state="s", served="none")
    swapped = [names[1], names[0], *names[2:]]
    again = skewcheck.audit("p.json", "bare.csv", columns=swapped, state="s", served="none")
    fresh = skewcheck.audit("p.json", "bare.csv", columns=swapped, served="none")
    assert again.features == fresh.features != first.features

"""A table is never read as a folder of files: some of them hold rows that were deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewcheck.cli import main
from skewcheck.logs.paths import find
from skewcheck.text.errors import LogError

MARKS = {
    "delta": "_delta_log/00000000000000000000.json",
    "hudi": ".hoodie/hoodie.properties",
    "iceberg": "metadata/v3.metadata.json",
}


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def fill(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("x,y\n1,2\n")


def table(name: str, kind: str) -> None:
    fill(f"{name}/{MARKS[kind]}", f"{name}/a.csv", f"{name}/data/d=1/b.csv", f"{name}/_h/c.csv")


def found(*given: str) -> list[tuple[str, str, str | None]]:
    return [(place.name, Path(place.path).as_posix(), place.table) for place in find(given)[0]]


@pytest.mark.parametrize("kind", list(MARKS))
@pytest.mark.parametrize("given", ["t", "./t", "t/", "t/**", "t*", "[t]", "./*"])
def test_a_table_is_found_as_one(kind, given):
    table("t", kind)
    assert found(given) == [("t", "t", kind)]
    assert find([given])[1] == ()  # its folder `_delta_log` is no hidden log


@pytest.mark.parametrize("kind", list(MARKS))
@pytest.mark.parametrize("given", [".", "**", "../t"])
def test_a_table_around_the_working_folder(kind, given, monkeypatch):
    table("t", kind)
    monkeypatch.chdir("t")
    assert [(name, kind_) for name, _, kind_ in found(given)] == [("t", kind)]


@pytest.mark.parametrize("kind", list(MARKS))
@pytest.mark.parametrize("given", ["logs", "logs/**", "l*", "logs/*"])
def test_a_table_among_other_logs(kind, given):
    table("logs/sub=7/t", kind)
    fill("logs/z.csv")
    names = {"l*": "logs/", "logs": "", "logs/**": "", "logs/*": ""}
    first, second = find([given])[0]
    prefix = names[given]
    assert (first.name, first.table, second.name) == (f"{prefix}sub=7/t", kind, f"{prefix}z.csv")
    assert first.partitions == {"sub": 7}


INSIDE = [
    "t/*.csv", "t/*", "t/**/*.csv", "t/data/*/*.csv", "t/data/d=1/*.csv", "t/data/d=1", "t/a.csv",
    "t/data/**", "*/*.csv", "*/data", "*/data/**", "link.csv", "folder", "folder/*", "t/_h",
]  # fmt: skip


@pytest.mark.parametrize("kind", list(MARKS))
@pytest.mark.parametrize("given", [*INSIDE, "MARK", "FOLDER/*"])
def test_what_lies_in_a_table_is_refused(kind, given):
    table("t", kind)
    mark = MARKS[kind]
    Path("link.csv").symlink_to("t/a.csv")
    Path("folder").symlink_to("t/data", target_is_directory=True)
    given = given.replace("MARK", f"t/{mark}").replace("FOLDER", f"t/{Path(mark).parent}")
    with pytest.raises(LogError) as caught:
        find([given])
    said = str(caught.value)
    assert said.startswith(f"{given}: lies in a")
    assert ("export" if kind == "hudi" else "give the folder of the table") in said
    assert "\n" not in said


@pytest.mark.parametrize("kind", list(MARKS))
def test_the_same_by_a_whole_path_and_from_inside(kind, tmp_path, monkeypatch):
    table("t", kind)
    monkeypatch.chdir("t/data")
    for given in ("d=1/b.csv", "d=1", "*", ".", str(tmp_path / "t/data/d=1/b.csv")):
        with pytest.raises(LogError, match="lies in a"):
            find([given])


def test_a_hudi_partition_that_was_copied_alone():
    fill("p/.hoodie_partition_metadata", "p/a.csv")
    assert found("p") == [("p", "p", "hudi")]


def test_a_folder_named_metadata_makes_no_table():
    fill("logs/metadata/about.json", "logs/a.csv")
    assert [name for name, _, _ in found("logs/*.csv")] == ["a.csv"]


def test_no_output_goes_into_a_table_that_is_read(capsys):
    table("t", "delta")
    assert main(["audit", "p.json", "t", "-o", "t/a.csv"]) == 2
    assert "t/a.csv: is read by this command" in capsys.readouterr().err


def test_each_folder_is_looked_at_once(monkeypatch):
    from skewcheck.logs.tables import roots

    fill(*(f"g/{i}/{j}.csv" for i in range(9) for j in range(9)))
    calls, kind_of = [], roots.kind_of
    monkeypatch.setattr(roots, "kind_of", lambda folder: calls.append(folder) or kind_of(folder))
    assert len(found("g")) == 81
    assert len(calls) == len(set(calls))

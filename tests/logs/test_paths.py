"""Folders and globs by one rule: the files of glob.glob, and nothing that is met goes unsaid."""

from __future__ import annotations

import glob
import gzip
import json
import os
import random
from pathlib import Path

import pytest

from skewcheck.cli import main
from skewcheck.engine.memory import ENTRIES
from skewcheck.engine.memory.history import HISTORY
from skewcheck.engine.memory.lock import LOCK
from skewcheck.logs import open_logs
from skewcheck.logs.paths import find
from skewcheck.logs.tree import OF_STATE, STATE, LocalTree
from skewcheck.text.errors import LogError, NothingToTestError

MARK = json.dumps({"skewcheck": {"kind": "state", "version": 1}})
NAMES = ("a", "b", "a1.csv", "b2.csv", "[x]", "A", "d=1")
PARTS = ("*", "**", "a*", "?", "*.csv", "[ab]*", "[!a]*", "a", "b", "a1.csv", "..", "d=*")


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def fill(*names: str, text: str = "x,y\n1,2\n") -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def read(*given: str) -> list[str]:
    """Return the files that are meant, by their paths."""
    return [Path(file.path).as_posix() for file in find(given)[0]]


def refusal(given: str) -> str:
    with pytest.raises(LogError) as caught:
        find([given])
    return str(caught.value)


# A link to nothing where a folder may have been: `g/d1/log.csv` is not all that is meant.
@pytest.mark.parametrize("parts", ["", "*/log.csv", "*/*.csv", "**/*.csv", "**/log.csv", "**", "*"])
@pytest.mark.parametrize("to", ["/nowhere", "d2", "d1/log.csv/x"])
def test_a_link_to_nothing_in_the_place_of_a_folder_is_an_error(parts, to):
    fill("g/d1/log.csv")
    Path("g/d2").symlink_to(to)
    assert refusal(f"g/{parts}") == "d2: a link to nothing: mend it, or remove it"


def test_a_link_to_nothing_that_no_part_means_is_not_met():
    fill("g/d1/log.csv", "g/d1/b.csv")
    Path("g/e").symlink_to("nowhere")
    Path("g/d1/c.txt").symlink_to("nowhere")
    assert read("g/d*/*.csv") == ["g/d1/b.csv", "g/d1/log.csv"]
    assert read("g/d*/log.csv") == ["g/d1/log.csv"]
    Path("g/d2").mkdir()
    Path("g/d2/log.csv").symlink_to("nowhere")
    assert refusal("g/d*/log.csv").startswith("d2/log.csv: a link to nothing")


@pytest.mark.usefixtures("bound_by_permissions")
@pytest.mark.parametrize("mode", [0o444, 0])
@pytest.mark.parametrize("parts", ["", "*/log.csv", "**/log.csv", "d[12]/log.csv", "*/e/*", "*/*"])
def test_a_folder_that_cannot_be_entered_is_an_error(parts, mode):
    fill("u/d1/log.csv", "u/d2/log.csv")
    Path("u/d2").chmod(mode)
    try:
        assert "d2" in refusal(f"u/{parts}")
        assert "permission denied" in refusal(f"u/{parts}")
    finally:
        Path("u/d2").chmod(0o700)


@pytest.mark.parametrize("parts", ["", "**/*.csv", "**/a/**/b/**/*.csv", "**"])
def test_links_in_circles_add_nothing(parts, monkeypatch):
    fill("g/a/b/log.csv")
    for place in ("g", "g/a", "g/a/b"):
        for name in ("x", "y", "z"):
            (Path(place) / name).symlink_to("/".join([".", *[".."] * place.count("/")]))
    calls = []
    listed = LocalTree.listed

    def counted(tree, folder, pattern, *, deep):
        calls.append((folder, pattern))
        return listed(tree, folder, pattern, deep=deep)

    monkeypatch.setattr(LocalTree, "listed", counted)
    assert read(f"g/{parts}") == ["g/a/b/log.csv"]
    # 3 real folders, at most once by each of the 6 parts of the longest pattern and as a whole.
    assert len(calls) <= 3 * 7


def test_links_to_the_next_folder_are_followed_once():
    # Two ways from each of 40 folders to the next: 2^40 paths to the last.
    fill(*(f"g/{i:02}/log.csv" for i in range(41)))
    for i in range(40):
        for name in "ab":
            Path(f"g/{i:02}/{name}").symlink_to(f"../{i + 1:02}")
    assert len(read("g/**/*.csv")) == len(read("g")) == len(read("g/00")) == 41


def test_a_mark_hides_nothing_but_the_state():
    fill("logs/a.csv", "logs/d/b.csv", f"logs/{LOCK}", f"logs/{ENTRIES}/c", f"logs/d/{LOCK}")
    everything = read("logs")
    for text in (
        "{}", "[]", "x", "", '{"skewcheck": {"kind": "report"}}', "[" * 9000,
        MARK + " " * (1 << 16) + "\nx,y\n1,2\n", MARK + '\n{"x": 1}\n', MARK[:-1] + ', "x": 1}',
    ):  # fmt: skip
        fill(f"logs/{STATE}", text=text)
        assert set(read("logs")) == {*everything, f"logs/{STATE}"}
    assert set(read("logs/*")) == set(read("logs/**/*")) == {*everything, f"logs/{STATE}"}
    # Where the mark is one, what is no lock, no history and no entry is a log all the same.
    fill(f"logs/{STATE}", text=MARK)
    fill(f"logs/{HISTORY}")
    for pattern in ("logs", "logs/*", "logs/**", "logs/**/*", "l*", "l*/**/*"):
        assert set(read(pattern)) == {*everything, f"logs/{HISTORY}"}
    assert read(f"logs/{ENTRIES}") == read(f"logs/{ENTRIES}/*") == [f"logs/{ENTRIES}/c"]


@pytest.mark.usefixtures("folder")
def test_what_a_run_keeps_is_what_is_passed_over(monkeypatch):
    Path("logs").mkdir()
    Path("good.csv").rename("logs/a.csv")
    os.utime("logs/a.csv", (0, 0))  # a file that has just been written is not remembered
    for _ in range(2):
        main(["audit", "p.json", "logs/a.csv", "--state", "s", "-q"])
    Path("logs/a.csv").rename("s/a.csv")
    Path("logs").rmdir()
    Path("s").rename("logs")
    entries = [entry.name for entry in Path("logs", ENTRIES).iterdir()]
    assert entries
    assert {entry.name for entry in Path("logs").iterdir()} == {*OF_STATE, "a.csv"}
    places = ("logs", "logs/*", "l*/**/*")
    assert all(read(given) == ["logs/a.csv"] and not find([given])[1] for given in places)
    assert "no file matches" in refusal(f"l*/{ENTRIES}/{entries[0]}")
    assert "no file matches" in refusal(f"l*/{LOCK}")
    monkeypatch.chdir(f"logs/{ENTRIES}")
    assert "holds no files" in refusal(".")
    monkeypatch.chdir("../..")
    # A killed run and a power cut leave half a line, an entry of zeros, and one without a byte.
    history = Path("logs", HISTORY)
    history.write_text(history.read_text() + '{"at":"2026-11')
    Path("logs", ENTRIES, entries[0]).write_bytes(bytes(4096))
    Path("logs", ENTRIES, "0" * 32).write_bytes(b"")
    assert read("logs") == ["logs/a.csv"]
    # Rows in one of its files make that a log, be they the only ones or behind ours.
    row = '{"age": 30, "fare": 1.5}\n'
    for name in (LOCK, HISTORY, STATE, f"{ENTRIES}/{entries[0]}"):
        kept = Path("logs", name).read_bytes()
        texts = ["x,y\n1,2\n", row]
        texts += [kept.decode() + "\n" + row] if name in (HISTORY, LOCK) else []
        for text in texts:
            fill(f"logs/{name}", text=text)
            assert f"logs/{name}" in read("logs"), (name, text)
        Path("logs", name).write_bytes(kept)
    assert read("logs") == ["logs/a.csv"]


def test_a_state_in_the_working_folder_hides_no_logs_below_it():
    fill("logs/a.csv")
    fill(STATE, text=MARK)
    for pattern in ("logs/*.csv", "logs", "*/*.csv", "**/*.csv", str(Path.cwd() / "logs/*.csv")):
        assert len(read(pattern)) == 1


EMPTY = {
    "serve.log": b"", "b.csv.gz": b"", "c.parquet": b"", "d.gz": gzip.compress(b""),
    "e.csv": b"\n\r\n\n", "f.jsonl": b" ", "g.csv": b"\xef\xbb\xbf\n",
    "h.gz": gzip.compress(b"\n\t"),
    "i.tsv": b"\n" * (3 << 20), "j.parquet": b"\n",
}  # fmt: skip


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_file_is_passed_over_unless_it_was_named(name):
    fill("g/a.csv")
    (Path("g") / name).write_bytes(EMPTY[name])
    for given in ("g", "g/*", "**/*"):
        log = open_logs(given)
        assert [Path(file.path).name for file in log.files] == ["a.csv"]
        assert [(Path(file.name).name, file.why) for file in log.unopened] == [(name, "empty")]
    with pytest.raises(LogError, match=rf"\A{name}: is empty \(nothing but white space\)"):
        open_logs(["g/a.csv", f"g/{name}"])
    Path("g/a.csv").unlink()
    with pytest.raises(NothingToTestError, match=rf"\A{name}: empty \(nothing but white space\)"):
        open_logs("g")


@pytest.mark.usefixtures("folder")
def test_an_audit_says_what_was_empty(capsys):
    fill("g/serve.log", text="")
    Path("good.parquet").rename("g/good.parquet")
    assert main(["audit", "p.json", "g"]) == 0
    assert (
        "not read, as they are empty (nothing but white space): serve.log"
        in capsys.readouterr().out
    )
    Path("g/good.parquet").unlink()
    assert main(["audit", "p.json", "g"]) == 2


def test_hidden_names_are_told_where_something_in_them_is_meant():
    fill("g/a/x.csv", "g/.git/config", "g/_tmp/x.csv", "g/.t/u/v.csv", "g/a/_y.csv")
    (Path("g/.git/gone")).symlink_to("nowhere")
    hidden = {
        "*/*.csv": ["_tmp/", "a/_y.csv"],
        "**/*.csv": [".t/", "_tmp/", "a/_y.csv"],
        "*/x.csv": ["_tmp/"],
        "*/../a/x.csv": [".git/", ".t/", "_tmp/"],
        "**": [".git/", ".t/", "_tmp/", "a/_y.csv"],
    }
    for pattern, expected in hidden.items():
        files, unopened = find([f"g/{pattern}"])
        assert [file.path for file in files][-1].endswith("a/x.csv")
        assert [(file.name, file.why) for file in unopened] == [(n, "hidden") for n in expected]


@pytest.mark.parametrize("pattern", ["_b*", "_b*/", "_b*/**", "./_b*"])
def test_a_pattern_may_ask_for_hidden_folders(pattern):
    fill("_b1/x.csv")
    assert read(pattern) == ["_b1/x.csv"]


def test_a_slash_at_the_end_means_folders_only():
    fill("g/a.csv", "g/b/c.csv")
    assert read("g/*/") == ["g/b/c.csv"]
    assert read("g/*") == ["g/a.csv", "g/b/c.csv"]


def meant(pattern: str) -> set[str]:
    """Return the real paths of the files of glob.glob, and of those below its folders."""
    files = set()
    for match in glob.glob(pattern, recursive=True, include_hidden=True):  # noqa: PTH207
        if not os.path.exists(match):  # noqa: PTH110
            continue  # for `file/**` glob gives `file/`, which is neither a file nor a folder
        for path in (Path(match), *Path(match).rglob("*")):
            if path.is_file():
                files.add(os.path.realpath(path))
    return files


@pytest.mark.parametrize("seed", range(20))
def test_the_files_are_those_of_glob(seed):
    chance = random.Random(seed)  # noqa: S311
    for _ in range(25):
        path = Path("t", *chance.choices(NAMES, k=chance.randint(1, 3)))
        if not path.exists() and not any(p.is_file() for p in path.parents):
            fill(str(path)) if chance.random() < 0.7 else path.mkdir(parents=True)
    matched = 0
    for _ in range(60):
        parts = chance.choices(PARTS, k=chance.randint(1, 4))
        pattern = "/".join(["t", *parts]) + chance.choice(["", "", "/"])
        if (".." in parts and parts.index("..") < 2) or not glob.has_magic(pattern):
            continue  # may lead out of the tree; names without wildcards are other rules
        given = chance.choice([pattern, f"./{pattern}", str(Path.cwd()) + "/" + pattern])
        expected = meant(given)
        if expected:
            matched += 1
            assert {os.path.realpath(file.path) for file in find([given])[0]} == expected, given
        else:
            assert "no file matches" in refusal(given)
    assert matched > 5


def test_rows_with_some_keys_of_a_run_are_no_history():
    Path("g").mkdir()
    fill("g/a.csv")
    Path("g", STATE).write_text(MARK)
    line = json.dumps({"id": "1", "features": {"age": 30, "fare": 8.5}, "rows": 1})
    Path("g", HISTORY).write_text(f"{line}\n" * 3)
    assert read("g") == ["g/a.csv", f"g/{HISTORY}"]

"""`--only-new-alarms` knows an audit again however the paths of logs and parameters are written.

What is the same place is told by the file system itself (`samefile`), not by the code under test.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rides import frame

import skewcheck
from skewcheck.cli import main
from skewcheck.engine.memory.history import HISTORY, runs
from skewcheck.engine.memory.places import MOST_PLACES, places, places_of_file


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder with two folders of logs, links to them, and a parameter file."""
    folder = tmp_path_factory.mktemp("spelled")
    for name in ("web/logs", "app/logs"):
        (folder / name).mkdir(parents=True)
        for part in ("a.csv", "b.csv"):
            (folder / name / part).write_text("fare\n1\n")
    (folder / "link").symlink_to("web/logs", target_is_directory=True)
    (folder / "web/self").symlink_to("../web", target_is_directory=True)
    (folder / "p.json").write_text("{}")
    (folder / "now.json").symlink_to("p.json")
    (folder / "copy.json").write_text("{}")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


HEADS = ("", "./", "web/../", ".//", "web/self/../", "app/logs/../../")
FOLDERS = ("web/logs", "link", "web/self/logs", "web/self/self/logs")
TAILS = ("", "/", "//", "/.", "/../logs")
INSIDE = ("", "/*", "/*.csv", "/**", "/[ab].csv")


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, bool]:
    """Return a path of the folder, and whether it is a pattern."""
    head, folder = draw(st.sampled_from(HEADS)), draw(st.sampled_from(FOLDERS))
    tail, inside = draw(st.sampled_from(TAILS)), draw(st.sampled_from(INSIDE))
    if folder == "link" and tail == "/../logs":
        tail = ""  # a text of a path may leave a link where the system would not
    whole = f"{head}{folder}{tail}{inside}"
    form = draw(st.sampled_from(("relative", "absolute", "url")))
    if form == "relative":
        return whole, bool(inside)
    absolute = f"{os.getcwd()}/{whole}"  # noqa: PTH109  # a text, not normalized
    return (absolute if form == "absolute" else f"file://{absolute}"), bool(inside)


@settings(max_examples=80, deadline=None)
@given(spelled=spellings())
def test_every_spelling_of_a_folder_is_the_folder(tree: Path, spelled: tuple[str, bool]) -> None:
    text, pattern = spelled
    path = text.removeprefix("file://")
    assert pattern or Path(path).samefile(tree / "web" / "logs")
    ours = {*places(text)}
    assert ours & {*places("web/logs")}
    assert ours & {*places(["web/logs/a.csv", "web/logs/b.csv"])} or not pattern
    assert not ours & {*places("app/logs")}


def test_a_list_that_a_shell_made_is_the_folder(tree: Path) -> None:
    files = ["web/logs/b.csv", f"{tree}/link/a.csv"]
    assert {*places(files)} & {*places("web/logs")}
    assert {*places(files)} & {*places("link/*.csv")}


@pytest.mark.parametrize("part", ["web/logs/a*", "web/logs/a.csv", "app/logs/*", "web", "*/logs/*"])
def test_a_part_or_more_of_a_folder_is_another_audit(tree: Path, part: str) -> None:
    assert not {*places(part)} & {*places("web/logs")}


@pytest.mark.usefixtures("tree")
def test_what_is_elsewhere_stays_as_it_is_written() -> None:
    for url in ("s3://b/logs", "https://h/logs.csv", "gs://b/x/*.csv"):
        assert len(places(url)) == 1
        assert places(url) != places(f"{url}/")
    assert places(["s3://b/logs", "web/logs"]) == tuple(
        sorted({*places("s3://b/logs"), *places("web/logs")})
    )
    assert places("postgresql://me:secret@h/db?table=t") == places("postgresql://h/db?table=u")


@pytest.mark.usefixtures("tree")
def test_a_parameter_file_is_known_by_its_links_and_not_by_its_copies() -> None:
    for text in ("./p.json", "now.json", f"{os.getcwd()}/web/../p.json", "web/self/../p.json"):  # noqa: PTH109
        assert {*places_of_file(text)} & {*places_of_file("p.json")}, text
    assert not {*places_of_file("copy.json")} & {*places_of_file("p.json")}
    assert places_of_file("") == ()
    assert {*places_of_file("p-1.json")}.isdisjoint(places_of_file("p-2.json"))


def test_the_number_of_digests_is_bounded(tree: Path) -> None:
    files = [f"web/logs/f{chr(97 + i % 26)}{chr(97 + i // 26)}.csv" for i in range(300)]
    assert len(places([f"link/../{name}" for name in files])) <= 2 * MOST_PLACES


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with parameters and two bad logs in `logs`, and links to both."""
    monkeypatch.chdir(tmp_path)
    columns = frame(1, 1000)[["fare"]]
    skewcheck.save(skewcheck.fit(columns), "p.json")
    Path("logs").mkdir()
    for part in ("a", "b"):
        (columns * 100).to_parquet(f"logs/{part}.parquet")
    Path("link").symlink_to("logs")
    Path("now.json").symlink_to("p.json")
    return tmp_path


def audited(parameters: str, *logs: str) -> int:
    return main(["audit", parameters, *logs, "--state", "s", "--only-new-alarms", "-q"])


def test_an_alarm_grows_old_by_any_spelling(work: Path) -> None:
    assert audited("p.json", "logs") == 1
    for parameters, logs in (
        ("./p.json", "./logs/"), (f"{work}/p.json", f"{work}/logs"), ("now.json", "link"),
        ("p.json", "logs/*.parquet"), ("now.json", f"file://{work}/logs"),
    ):  # fmt: skip
        assert audited(parameters, logs) == 0, (parameters, logs)
    assert audited("p.json", "logs/a.parquet") == 1  # a part is another job
    assert audited("p.json", "logs/a.parquet", "logs/b.parquet") == 0
    shutil.copy("p.json", "q.json")
    assert audited("q.json", "logs") == 1


@pytest.mark.usefixtures("work")
def test_a_state_of_an_older_version_knows_its_audits() -> None:
    """Its lines have the parameters as they were given, and the first digest of each log."""
    assert audited("p.json", "logs/") == 1
    path = Path("s", HISTORY)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    (spelled,) = places(f"{Path.cwd()}/logs")
    for key in ("parameter_places", "model"):
        del lines[0][key]
    lines[0]["logs"] = [spelled]
    for record in lines[0]["features"].values():
        del record["test"]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    (old,) = runs(Path("s"))
    assert (old.parameter_places, old.model, old.features["fare"].test) == ((), {}, "")
    assert audited("p.json", "link") == 0
    assert audited("./p.json", "logs") == 0

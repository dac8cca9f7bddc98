from pathlib import Path

import pytest

from skewcheck.reports.places import places


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(text: str, *names: str, file: str = "p.json") -> dict[str, int]:
    Path(file).write_text(text, encoding="utf-8")
    return places(file, names).lines


def test_the_key_and_not_another_of_the_same_name() -> None:
    text = """{
      "skewcheck": {"kind": "parameters"}, "model": {"name": "fare", "mean": 1},
      "features": {
        "mean": {"steps": [{"op": "zscore",
            "mean": 1.0, "std": 2.0}]},
        "steps":
            {"steps": []},
        "fare": {"x-note": "\\"tip\\": {}", "edges": [1, 2,
            3]},   "tip": {}
      }
    }"""
    assert lines(text, "tip", "fare", "steps", "mean", "std") == {
        "mean": 4, "steps": 6, "fare": 8, "tip": 9,
    }  # fmt: skip


def test_names_written_with_escapes() -> None:
    text = '\ufeff{"features": {\n"Gr\\u00f6\\u00dfe": {},\n"Größe 🚕": {}, "a\\"b\\n": {}}}'
    assert lines(text, "Größe", "Größe 🚕", 'a"b\n') == {"Größe": 2, "Größe 🚕": 3, 'a"b\n': 3}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[features.fare]\nsteps = []\n[features."the tip"]\n', {"fare": 1, "the tip": 3}),
        ('{"columns": ["id",\n "fare",\n "the tip"], "mean": [1, 2]}', {"fare": 2, "the tip": 3}),
        ("fare,the tip\n", {}),
        ('{"features": [{"name": "fare"},\n{"name": "the tip"}]}', {"fare": 1, "the tip": 2}),
        ("", {}),
        ('{"features": {"fare": ', {"fare": 1}),
        ("[" * 100_000, {}),
    ],
)
def test_other_text(text: str, expected: dict[str, int]) -> None:
    assert lines(text, "fare", "the tip") == expected


def test_files_without_lines(tmp_path: Path) -> None:
    Path("p.pkl").write_bytes(b'\x80\x04\xff"fare"')
    for path in ("p.pkl", "gone.json", str(tmp_path), "nul\0l"):
        assert places(path, ["fare"]).lines == {}
    assert places("", ["fare"]).path == ""


def test_paths_are_those_of_the_repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert places("./a/../p.json", ()).path == "p.json"
    assert places(str(folder / "sub" / "p.json"), ()).path == "sub/p.json"
    assert places("/elsewhere/p.json", ()).path == "/elsewhere/p.json"
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    assert places("../p.json", ()).path == (folder / "p.json").as_posix()
    for name in ("CI_PROJECT_DIR", "GITHUB_WORKSPACE"):
        monkeypatch.setenv(name, str(folder))
        assert places("p.json", ()).path == "sub/p.json"
    assert places("a\n\x1b.json", ()).path == r"sub/a\n\x1b.json"

"""What is shipped: sdist and wheel, the release workflow, container and conda recipe."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import skewcheck

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def run(*words: str | Path, folder: Path = ROOT, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, **variables},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist, and the wheel that pip would build from it; without the kernel: quicker."""
    folder = tmp_path_factory.mktemp("dist")
    build = ("-m", "hatchling", "build", "-d", folder, "-t")
    run(*build, "sdist")
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    source = folder / sdist.name.removesuffix(".tar.gz")
    run(*build, "wheel", folder=source, SKEWCHECK_KERNEL="off")
    (wheel,) = folder.glob("*.whl")
    return sdist, wheel


def test_the_wheel_holds_the_package_alone(built: tuple[Path, Path]) -> None:
    names = zipfile.ZipFile(built[1]).namelist()
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "skewcheck").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".so"
    }
    info = {name for name in names if ".dist-info/" in name}
    assert {*names} - info == ours - {"skewcheck/counts/_build.py"}
    assert any(name.endswith("licenses/LICENSE") for name in info)


def test_a_wheel_installs_without_this_folder_and_runs_the_demo(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    """A run of the demo is most of the time; `make dist` does it in a fresh environment."""
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target")
    run(*install, tmp_path / "site", built[1])
    where = {"PYTHONPATH": str(tmp_path / "site")}
    code = "import skewcheck; print(skewcheck.__file__, skewcheck.__version__)"
    place, version = run("-P", "-c", code, folder=tmp_path, **where).split()
    assert Path(place).is_relative_to(tmp_path)
    assert version == skewcheck.__version__
    out = run("-P", "-m", "skewcheck", "demo", folder=tmp_path, **where)
    assert re.search(r"^ok: ", out, re.MULTILINE)
    assert re.search(r"^skew: ", out, re.MULTILINE)


def test_notes_of_a_release_are_the_changelog(tmp_path: Path) -> None:
    script = (ROOT / "docs/release_notes.py").read_text()
    (tmp_path / "docs").mkdir()
    (tmp_path / "skewcheck").mkdir()
    place = tmp_path / "docs/release_notes.py"
    place.write_text(script)
    (tmp_path / "skewcheck/__init__.py").write_text('__version__ = "1.0.0"\n')
    sections = ("Unreleased\n\n- c", "1.0.0 - 2026-12-01\n\n- b", "1.0.0rc1\n\n- a")
    changelog = "# Changelog\n" + "".join(f"\n## {section}\n" for section in sections)
    (tmp_path / "CHANGELOG.md").write_text(changelog)
    assert run(place, "v1.0.0") == "- b\n"
    (tmp_path / "skewcheck/__init__.py").write_text('__version__ = "1.0.0rc1"\n')
    assert run(place, "v1.0.0rc1") == "- a\n"
    for tag, version in (("v1.0.0", "1.0.1"), ("1.0.0", "1.0.0"), ("v2.0", "2.0")):
        (tmp_path / "skewcheck/__init__.py").write_text(f'__version__ = "{version}"\n')
        done = subprocess.run([sys.executable, place, tag], capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (1, b"")


def test_the_workflow_publishes_what_was_checked_without_a_password() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text()
    jobs = yaml.safe_load(text)["jobs"]
    assert [(name, job.get("needs")) for name, job in jobs.items()] == [
        ("tag", None), ("build", "tag"), ("check", "build"), ("publish", "check"),
        ("announce", "publish"),
    ]  # fmt: skip
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in text
    assert "password" not in str(jobs)
    called = yaml.safe_load((ROOT / jobs["build"]["uses"]).read_text())
    assert "workflow_call" in called[True]  # `on` is a boolean in YAML 1.1
    for script in re.findall(r"docs/\w+\.\w+", str(jobs)):
        assert (ROOT / script).exists()


def test_workflows_are_valid() -> None:
    files = sorted((ROOT / ".github/workflows").glob("*.yml"))
    run("-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *files)


def test_the_container_has_no_rights_and_gets_all_that_is_built() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    last = lines[max(i for i, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert any(re.fullmatch(r"USER [1-9]\d*", line) for line in last)
    copied = re.findall(r"^COPY (?!--from)(.*) ", "\n".join(lines), re.MULTILINE)
    allowed = re.findall(r"^!(.*)", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert {word for line in copied for word in line.split()} == {*allowed}
    extras = re.search(r"/source\[(.*)\]", "\n".join(lines))
    assert extras is not None
    assert {*extras[1].split(",")} <= {*PROJECT["optional-dependencies"]}


def test_the_conda_recipe_needs_what_the_package_needs() -> None:
    recipe = yaml.safe_load((ROOT / "docs/conda/recipe.yaml").read_text())
    assert recipe["context"]["version"] == skewcheck.__version__
    needed = [f"python {PROJECT['requires-python']}"]
    needed += [re.sub(r"(?=[<>=])", " ", text, count=1) for text in PROJECT["dependencies"]]
    assert recipe["requirements"]["run"] == needed
    (entry,) = recipe["build"]["python"]["entry_points"]
    assert entry == f"skewcheck = {PROJECT['scripts']['skewcheck']}"


def test_what_the_page_on_stability_calls_stable_is_there() -> None:
    page = (ROOT / "docs/stability.md").read_text()
    for place in re.findall(r"`(skewcheck\.\w+)`", page):
        assert place == "skewcheck.toml" or place.removeprefix("skewcheck.") in (
            "__all__", "testing", "spark"
        )  # fmt: skip
    assert {*skewcheck.__all__} >= {"audit", "fit", "load", "render"}


def test_no_page_installs_from_an_index_that_does_not_have_it() -> None:
    """With skewcheck installed, `pip install 'skewcheck[yaml]'` adds what an extra needs."""
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for block in re.findall(r"^ *```\w*\n(.*?)```", page.read_text(), re.DOTALL | re.MULTILINE):
            assert not re.search(r"pip install (-\S+ )*['\"]?skewcheck\b", block), page.name

"""CONTRIBUTING.md names files, functions and types that are there, and all rooms of the house."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PLACES = sorted(
    set(re.findall(r"`((?:skewcheck|tests|docs|benchmarks)/[\w./]+(?::[\w.]+)?)`", PAGE))
)


def test_the_page_names_enough_to_find_the_way() -> None:
    assert len(PLACES) > 60
    assert sum(":" in place for place in PLACES) > 35


@pytest.mark.parametrize("place", PLACES)
def test_what_is_named_is_there(place: str) -> None:
    path, _, name = place.partition(":")
    assert (ROOT / path).exists()
    if not name:
        return
    found: object = import_module(
        path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    )
    for part in name.split("."):
        found = getattr(found, part)


def test_every_room_is_on_the_map() -> None:
    rooms = {
        path.relative_to(ROOT).as_posix() + ("/" if path.is_dir() else "")
        for path in (ROOT / "skewcheck").iterdir()
        if path.name not in {"__pycache__", "__init__.py", "__main__.py", "py.typed"}
    }
    assert rooms <= set(PLACES)


def test_every_type_of_results_that_users_meet_is_in_the_glossary() -> None:
    import skewcheck

    glossary = PAGE.partition("## Glossary")[2].partition("\n## ")[0]
    types = [name for name in skewcheck.__all__ if isinstance(getattr(skewcheck, name), type)]
    for name in {*types} - {"SkewcheckError", "Verdict"}:
        assert f":{name}`" in glossary, name

"""What the site has beside docs/: measured figures, and files of the project that pages name.

Pages link to them as they stand in the repository (`../benchmarks/CAUSES.md`), so that the links
work there; the site has its own copies, below `project/`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\(\.\./([^)#\s]+)")


def on_files(files: Files, *, config: Any) -> Files:
    """Add each file that a page links to outside of docs/, and those that these link to."""
    seen: set[str] = set()
    queue = [(Path(f.abs_src_path).read_text(), "") for f in files.documentation_pages()]
    while queue:
        text, folder = queue.pop()
        for target in _linked(text, folder):
            if target in seen or not (ROOT / target).is_file():
                continue
            seen.add(target)
            path = ROOT / target
            files.append(File.generated(config, f"project/{target}", abs_src_path=str(path)))
            if path.suffix == ".md":
                queue.append((path.read_text(), str(Path(target).parent)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Let links to files of the project lead to their copies."""
    source = page.file.src_uri
    if not source.startswith("project/"):
        return LINK.sub(r"](project/\1", markdown)
    up = "../" * source.count("/")
    return re.sub(
        r"\]\((?!https?:|#)([^)#\s]+)",
        lambda link: f"]({up}{_place(link[1], source.removeprefix('project/'))}",
        markdown,
    )


def _linked(text: str, folder: str) -> list[str]:
    """Return the files outside of docs/ that a page of a folder links to, from the top."""
    if not folder:
        return LINK.findall(text)
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    return [link for link in (_resolved(each, folder) for each in links) if "docs/" not in link]


def _resolved(link: str, folder: str) -> str:
    return str((ROOT / folder / link).resolve().relative_to(ROOT))


def _place(link: str, source: str) -> str:
    """Return where the site has what a copied page links to."""
    target = _resolved(link, str(Path(source).parent))
    return target.removeprefix("docs/") if target.startswith("docs/") else f"project/{target}"

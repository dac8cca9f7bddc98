"""The places of a log by their paths: all that it has, what a name means, what a layout names."""

from __future__ import annotations

import re

from skewcheck.config.layouts import Layout
from skewcheck.connect.records import Findings
from skewcheck.logs.shape.ops import Op
from skewcheck.text.errors import OptionName, UsageError


def places_of(findings: Findings) -> dict[str, tuple[str, tuple[Op, ...]]]:
    """Return the paths of fields and elements, and the steps to them, by the path.

    Also by the path without `[]`, where it is no other's.
    """
    places: dict[str, tuple[str, tuple[Op, ...]]] = {}
    for record in findings.records:
        for name in record.fields:
            path = record.child(name)
            places.setdefault(path, (path, record.ops))
    for vector in findings.vectors:
        for i in range(vector.length):
            path = f"{vector.path}[{i}]"
            places.setdefault(path, (path, vector.ops))
    bare = {plain(path): place for path, place in reversed(places.items())}
    return {**bare, **places}


def plain(path: str) -> str:
    """Return a path without `[]`, with `.x` for the pair or tensor `[name=x]` and for `['x']`."""
    return _NAMED.sub(r".\1\2\3", path).replace("[]", "").removeprefix(".")


_NAMED = re.compile(r"""\[(?:(?:name|key|feature)=([^\[\]]+)|'([^']+)'|"([^"]+)")\]""")


def inside(findings: Findings, layout: Layout, name: str) -> Findings:
    """Return the records and vectors at or below the paths of a layout; UsageError without any."""

    def lies(path: str) -> bool:
        bare = path.replace("[]", "")
        return any(
            not top or bare == top or bare.startswith((f"{top}.", f"{top}["))
            for top in layout.inside
        )

    records = tuple(r for r in findings.records if lies(r.path) or "" in layout.inside)
    vectors = tuple(v for v in findings.vectors if lies(v.path))
    if not records and not vectors:
        raise UsageError(
            OptionName("layout", layout.name),
            f": {name} has no records in {', '.join(layout.inside)}: another layout?",
        )
    return Findings(records, vectors, findings.several)

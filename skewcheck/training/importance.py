"""Feature importances to the model, from the JSON or CSV file that a training job wrote."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import chain
from pathlib import Path

from skewcheck.features.notes import Note
from skewcheck.features.transform import served_keys
from skewcheck.features.types import Feature, Parameters
from skewcheck.parameters.tree import Node, parse
from skewcheck.text.errors import ParameterError

_FEATURES = (
    *("feature", "features", "feature_name", "feature_names", "col_name", "name", "names"),
    *("variable", "column", "index", ""),
)
_IMPORTANCES = (
    *("importance", "importances", "importances_mean", "mean_abs_shap", "shap", "gain"),
    *("feature_importance", "feature_importances", "feature_importance_vals"),
    *("feature_importances_", "weight", "value", "score", "0"),
)
"""What the two columns, or keys, are called by those who save importances; the first wins."""
NAMES_SHOWN = 3
"""Names that an error lists of the file and of the parameters: enough to see how they differ."""
_SHAPES = 'must be {"feature": number}, a list of feature and importance, or two lists of these'


def with_importance(parameters: Parameters, path: str | Path) -> Parameters:
    """Return the parameters with the importances of a JSON or CSV file; features without get 0.

    Those of a one-hot feature's columns (`pay_Cash`) add up, and scikit-learn's prefixes
    (`num__fare`) are ignored. A note lists the names that are no feature's. Raises
    ParameterError, naming file and key or row, where the file is not valid or names no feature.
    """
    importances = read(path)
    owner = {name: f.name for f in parameters.features for name in _names(f)}
    sums: dict[str, float] = {}
    unmatched = []
    for name, number in importances.items():
        bare = name if name in owner else name.partition("__")[2]
        if bare in owner:
            sums[owner[bare]] = sums.get(owner[bare], 0.0) + number
        else:
            unmatched.append(name)
    feature_names = [f.name for f in parameters.features]
    if not sums:
        names = ", ".join(map(repr, list(importances)[:NAMES_SHOWN]))
        raise ParameterError(
            f"{path}: no importance of any feature: it names {names}, the parameters"
            f" {', '.join(map(repr, feature_names[:NAMES_SHOWN]))}"
        )
    features = tuple(
        replace(f, importance=sums.get(f.name, 0.0)) if f.role == "feature" else f
        for f in parameters.features
    )
    notes = parameters.notes
    if unmatched:
        nearest = [next(iter(get_close_matches(n, feature_names, 1)), "") for n in unmatched]
        pairs = tuple(zip(unmatched, nearest, strict=True))
        notes = (*notes, Note("strange_importances", {"path": str(path), "names": pairs}))
    return replace(parameters, features=features, notes=notes)


def _names(feature: Feature) -> tuple[str, ...]:
    """Return the names that a feature's importances may have: its own and its one-hot columns'."""
    return (feature.name, *chain.from_iterable(served_keys(feature.name, feature.steps)))


def read(path: str | Path) -> dict[str, float]:
    """Return the importances in a file by name, in its order; ParameterError if it has none."""
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ParameterError(f"{path}: cannot read importances from it ({reason})") from error
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        pairs = list(_of_json(parse(file, content)))
    else:
        pairs = list(_of_table(str(path), content))
    if not pairs:
        raise ParameterError(f"{path}: is empty: it must hold the importance of some feature")
    importances: dict[str, float] = {}
    for name, number in pairs:
        if name in importances:
            raise ParameterError(f"{path}: {name!r} stands there twice; leave one")
        importances[name] = number
    return importances


def _of_json(root: Node) -> Iterator[tuple[str, float]]:
    """Yield names and importances of an object, a list of objects, or two lists."""
    if isinstance(root.value, list):
        for item in root.items():
            members = item.members()
            name, number = _key(members, _FEATURES[:-1]), _key(members, _IMPORTANCES)
            if name is None or number is None:
                raise item.error("must have the keys feature and importance")
            yield members[name].text(), members[number].number()
        return
    members = root.members()
    name, number = _key(members, _FEATURES[:-1]), _key(members, _IMPORTANCES)
    if name is not None and isinstance(members[name].value, list | dict):
        if number is None or not isinstance(members[number].value, list | dict):
            raise root.error(f"has {name}, but no list of importances beside it")
        names, numbers = _column(members[name]), _column(members[number])
        if len(names) != len(numbers):
            raise members[number].error(
                f"must be as long as {name}: {len(names)}, got {len(numbers)}"
            )
        for name_node, number_node in zip(names, numbers, strict=True):
            yield name_node.text(), number_node.number()
        return
    for key, member in members.items():
        if isinstance(member.value, dict | list):
            raise member.error(_SHAPES)
        yield key, member.number()


def _column(node: Node) -> list[Node]:
    """Return the items of a list, or of a column as pandas writes it: an object by row."""
    return list(node.members().values() if isinstance(node.value, dict) else node.items())


def _of_table(file: str, content: bytes) -> Iterator[tuple[str, float]]:
    """Read a table, comma, semicolon or tab between columns, with or without a header."""
    try:
        text = content.decode("utf-8-sig")
        first = text.lstrip().partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        lines = csv.reader(io.StringIO(text), delimiter=delimiter)
        rows = [(i, row) for i, row in enumerate(lines, 1) if "".join(row).strip()]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ParameterError(
            f"{file}: neither JSON nor a table of text: save names and importances as CSV"
        ) from error
    if not rows:
        return
    head = [cell.strip() for cell in rows[0][1]]
    titled = len(head) > 1 and (_float(head[1]) is None or not head[0] or len(head) > 2)
    name, number = _columns(file, head) if titled else (0, 1)
    for i, row in rows[1:] if titled else rows:
        if len(row) <= max(name, number):
            raise ParameterError(
                f"{file}: row {i}: must have a name and a number, has {len(row)} columns"
            )
        value = _float(row[number])
        if value is None and _float(row[name]) is not None:  # a table of other things
            raise ParameterError(f"{file}: row {i}: must have a name and a number, in this order")
        if value is None:
            raise ParameterError(
                f"{file}: row {i}: the importance of {row[name][:40]!r} must be a finite number,"
                f" got {row[number][:40]!r}"
            )
        yield row[name].strip(), value


def _columns(file: str, head: Sequence[str]) -> tuple[int, int]:
    """Return the places of the columns of names and of importances, by the header."""
    titles = dict.fromkeys(head)
    name, number = _key(titles, _FEATURES), _key(titles, _IMPORTANCES)
    if name is None or number is None:
        if len(head) == 2:
            return 0, 1
        shown = ", ".join(title[:30] or "''" for title in head[:5])
        if any(_float(title) is not None for title in head):  # a row of other things
            shown = f"{len(head)} values"
        raise ParameterError(
            f"{file}: row 1: must name the columns feature and importance, has {shown}"
        )
    return head.index(name), head.index(number)


def _key(members: Mapping[str, object], names: Sequence[str]) -> str | None:
    """Return the key that equals the first possible of the names; case and spaces are ignored."""
    lowered = {key.lower().replace(" ", "_"): key for key in reversed(list(members))}
    return next((lowered[name] for name in names if name in lowered), None)


def _float(text: str) -> float | None:
    """Return a finite number; None for any other text."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None

"""Choose the constants of one scaler among those of a program, as the tree of a JSON file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skewcheck.parameters.handwritten import key_names
from skewcheck.parameters.source_code import identifiers
from skewcheck.parameters.source_code.definitions import Definition
from skewcheck.parameters.source_code.grouping import Numbers, grouped, objects, several
from skewcheck.parameters.source_code.literals import Listed
from skewcheck.text.errors import ParameterError
from skewcheck.text.numbers import shortened

MAX_SCALERS = 6
"""Scalers of one program that a message lists, to stay a line that is read."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The constants of one scaler."""

    tree: dict[str, object]
    places: Mapping[str, Definition]
    """What stands at the beginning of each place in the tree."""
    notes: tuple[str, ...] = ()


def select(found: Sequence[Definition], *, sure: bool) -> Selection:
    """Return the tree of the one scaler that a program holds; ParameterError unless it is one.

    `sure`, the file's name says that minima and maxima are those of a normalization.
    """
    named = [d for d in found if _is_names(d.value) and identifiers.name_rank(d.name) is not None]
    lists, scalars = grouped(found)
    whole = [numbers for numbers in lists.values() if numbers.complete(sure=True, alone=True)]
    outputs = [numbers for numbers in whole if _is_output(numbers)]
    inputs = [numbers for numbers in whole if not _is_output(numbers)] or outputs
    candidates = [*(numbers.first for numbers in inputs), *objects(found, sure=sure)]
    if len(candidates) > 1:
        raise _several([*map(_names_of, inputs), *map(str, candidates[len(inputs) :])])
    if inputs:
        targets = [n for n in (*outputs, *scalars.values()) if _is_output(n) and n is not inputs[0]]
        return _of_lists(inputs[0], targets, scalars.get(""), named)
    if candidates:
        return _of_object(candidates[0], named)
    features = [n for n in scalars.values() if n.complete(sure=sure, alone=False)]
    if features:
        return _of_scalars(features, scalars, named)
    raise _nothing(found)


def _names_of(numbers: Numbers) -> str:
    """Return the constants of a scaler: `MEAN_A, STD_A (line 3)`."""
    names = shortened([found.name for found in numbers.by_key.values()])
    return f"{names} (line {numbers.first.line:,})"


def _several(scalers: Sequence[str]) -> ParameterError:
    """Return the error that a program holds several scalers, and none of them is the model's."""
    listed = shortened(scalers, MAX_SCALERS).replace("), ", "); ")
    return ParameterError(
        f"holds the numbers of {len(scalers):,} scalers: {listed}: copy those of the model that"
        " you audit to a file of their own"
    )


def _is_output(numbers: Numbers) -> bool:
    return key_names.side(numbers.owner) == "output" if numbers.owner else False


def _is_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(x, str) for x in value)


def _of_lists(
    inputs: Numbers, targets: Sequence[Numbers], common: Numbers | None,
    named: Sequence[Definition],
) -> Selection:  # fmt: skip
    """Return the tree of lists that belong together, and of those of the model's output."""
    tree = inputs.tree()
    settings = common.settings() if common is not None else {}
    names, notes = _names(inputs, named)
    tree |= {key: found.value for key, found in settings.items()}
    places = {**inputs.places(), **settings}
    if names:
        tree["feature_names"] = list(names)
    complete = [n for n in targets if n.complete(sure=True, alone=False)]
    if not complete:
        return Selection(tree, places, notes)
    target = complete[0]
    return Selection(
        {"x": tree, target.owner: target.tree()},
        {
            **{f"x.{key}": found for key, found in places.items()},
            **{f"{target.owner}.{key}": found for key, found in target.places().items()},
        },
        notes,
    )


def _names(
    numbers: Numbers, named: Sequence[Definition]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of a list's values and the note on where they stand; none if none fit.

    ParameterError if lists differ in length, or if two lists of names fit and differ.
    """
    lists = {k: d for k, d in numbers.places().items() if isinstance(d.value, Listed)}
    lists = {key: found for key, found in lists.items() if key != "feature_range"}
    if not lists:
        return (), ()
    first, *others = lists.values()
    for other in others:
        if _length(other) != _length(first):
            raise ParameterError(
                f"{first} has {_length(first):,} values, but {other} has {_length(other):,}"
            )
    if chosen := _fitting(named, _length(first)):
        return tuple(map(str, _items(chosen))), (f"names from {chosen}",)
    said = {found.value.names for found in lists.values()
            if isinstance(found.value, Listed) and found.value.names}  # fmt: skip
    if len(said) != 1:
        return (), ()
    return said.pop(), ("names from the comments beside the values",)


def _fitting(named: Sequence[Definition], count: int) -> Definition | None:
    """Return the list of so many names; the one whose name says it most surely."""
    fitting = [found for found in named if len(_items(found)) == count]
    ranks = [identifiers.name_rank(found.name) or 0 for found in fitting]
    best = [d for d, rank in zip(fitting, ranks, strict=True) if rank == min(ranks)]
    for other in best[1:]:
        if other.value != best[0].value:
            raise ParameterError(
                f"{best[0]} and {other} both have {count:,} names, and differ: keep the one that"
                " is in the order of the numbers"
            )
    return best[0] if best else None


def _items(found: Definition) -> list[object]:
    return found.value if isinstance(found.value, list) else []


def _length(found: Definition) -> int:
    return len(_items(found))


def _of_object(found: Definition, named: Sequence[Definition]) -> Selection:
    """Return the tree of an object, as if it were a file; its own names come first."""
    value = found.value
    if not isinstance(value, dict):
        return Selection({"features": value}, {"features": found})
    tree, notes = dict(value), tuple[str, ...]()
    has_names = any(_is_names(v) and key_names.name_list_side(k) for k, v in tree.items())
    lengths = {len(v) for k, v in tree.items() if isinstance(v, Listed) and not _is_names(v)
               and key_names.number_kind(k) not in (None, "range")}  # fmt: skip
    if not has_names and len(lengths) == 1 and (chosen := _fitting(named, lengths.pop())):
        tree["feature_names"], notes = list(_items(chosen)), (f"names from {chosen}",)
    return Selection(tree, {"": found}, notes)


def _of_scalars(
    features: Sequence[Numbers], scalars: Mapping[str, Numbers], named: Sequence[Definition]
) -> Selection:
    """Return the tree of constants that each are one number of one feature."""
    if len(features) > 1 and not all(numbers.owner for numbers in features):
        raise several(features[0].first, features[1].first, features[0].kind)
    settings = scalars[""].settings() if "" in scalars and features[0].owner else {}
    spelled = {str(x).lower(): str(x) for found in named for x in _items(found)}
    tree: dict[str, object] = {key: found.value for key, found in settings.items()}
    places = dict(settings)
    lowered: list[str] = []
    for numbers in features:
        name = spelled.get(numbers.owner.lower(), numbers.owner)
        if not name:
            tree |= numbers.tree()
            places |= numbers.places()
            lists = [found for found in named if identifiers.name_rank(found.name) == 0]
            tree |= {"feature_names": lists[0].value} if len(lists) == 1 else {}
            continue
        lowered += [name] if name not in numbers.first.name else []
        tree[name] = numbers.tree()
        places |= {f"{name}.{key}": found for key, found in numbers.places().items()}
    note = f"named in small letters: {shortened(lowered)}" if lowered else ""
    return Selection(tree, places, (note,) if note else ())


def _nothing(found: Sequence[Definition]) -> ParameterError:
    """Return the error that no numbers make a normalization, with those that come near."""
    near = [d for d in found if (said := identifiers.meaning(d.name)) and not said.is_limit]
    for definition in near:
        if definition.problem:
            return ParameterError(
                f"{definition} has no value that is written down: {definition.problem}"
            )
    of_lists = [str(d) for d in near if isinstance(d.value, list | dict) or d.constant]
    if of_lists:
        verb = "makes" if len(of_lists) == 1 else "make"
        return ParameterError(
            f"{shortened(of_lists)} {verb} no normalization alone: it takes means and deviations,"
            " or minima and maxima, that are written down"
        )
    return ParameterError(
        "holds no constants of a normalization: no means and deviations, or minima and maxima, that"
        " are written down under names that say so"
    )

"""Differences between two parameter files, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from skewcheck.features.steps import Expand, Map, Piecewise, Standardize, Step, settings
from skewcheck.features.types import Feature
from skewcheck.lock.diff import Difference
from skewcheck.text.numbers import figure, shortened
from skewcheck.text.printable import count, printable, value_text

_MOST_MEMBERS = 4
"""Members of a list that are written, to keep a change on one line; of others only how many."""

BY_POSITION = "compared by position: one of the files does not name its values"


def lines(differences: Iterable[Difference]) -> tuple[str, ...]:
    """Return a line for each difference."""
    return tuple(map(line, differences))


def line(difference: Difference) -> str:
    """Return a difference, after the name of its feature if it has one."""
    name = "" if difference.feature is None else f"{printable(difference.feature)}: "
    return f"{name}{_what(difference)}"


def remark_lines(differences: Iterable[Difference]) -> tuple[str, ...]:
    """Return what is no normalization: all importances in one line, all features whose parameters
    are rounded otherwise in another, and one each for the rest."""
    differences = tuple(differences)
    weights = [
        f"{printable(str(d.feature))} {_importance(d.old)} → {_importance(d.new)}"
        for d in differences
        if d.kind == "importance"
    ]
    rounded = [d for d in differences if d.kind == "rounding"]
    together = ("importance", "rounding") if len(rounded) > 1 else ("importance",)
    others = [line(difference) for difference in differences if difference.kind not in together]
    more = (
        f" and {count(len(weights) - _MOST_MEMBERS)} more" if len(weights) > _MOST_MEMBERS else ""
    )
    first = [f"importance of {', '.join(weights[:_MOST_MEMBERS])}{more}"] if weights else []
    if "rounding" in together:
        names = shortened([printable(str(d.feature)) for d in rounded], _MOST_MEMBERS)
        first.append(f"{names}: steps differ by rounding alone, and are the same to 6e-8")
    return (*first, *others)


def described(step: Step) -> str:
    """Return a step as `zscore mean=1.02 std=0.71`; long lists are told by their length."""
    if isinstance(step, Standardize):
        return _over(step)
    if isinstance(step, Map):
        return f"map {_mapped(step)}"
    if isinstance(step, Expand):
        return f"expand to {shortened([printable(name, 20) for name in step.columns])}"
    if isinstance(step, Piecewise):
        return f"piecewise of {count(len(step.knots), 'knot')}"
    members = [f"{key}={_shown(value)}" for key, value in settings(step).items()]
    return " ".join([step.op, *members])


def _over(step: Standardize) -> str:
    """Return a step over a scope without what is usual: `standardize over=window length=24`."""
    usual = Standardize(step.over)
    members = [
        f"{key}={_shown(value)}" for key, value in settings(step).items()
        if key == "over" or (value != getattr(usual, key) and key not in ("group", "width"))
    ]  # fmt: skip
    return " ".join([step.op, *members])


def _mapped(step: Map) -> str:
    """Return the first levels with the numbers that they are served as: `Cash 0 1.3, Card 2 0`."""
    more = len(step.values) - _MOST_MEMBERS
    levels = [
        " ".join([printable(level, 20), *(f"{number:.6g}" for number in vector[:_MOST_MEMBERS]),
                  *(["..."] if len(vector) > _MOST_MEMBERS else [])])
        for level, vector in [*step.values.items()][:_MOST_MEMBERS]
    ]  # fmt: skip
    return ", ".join(levels) + (f" and {count(more, 'more level')}" if more > 0 else "")


def described_feature(feature: Feature) -> str:
    """Return what a feature's steps are: by key those of the first, and how many keys there are."""
    steps = described_steps(feature.steps)
    if not feature.groups:
        over = f" by {printable(feature.by, 40)}" if feature.by else ""
        return f"{steps}{over}"
    first = next(iter(feature.groups))
    then = f"; then {steps}" if feature.steps else ""
    by = printable(feature.by or "a key that the file does not name", 40)
    keys = f"by {by}, {count(len(feature.groups), 'key')}"
    return f"{keys}: {printable(first, 20)} {described_steps(feature.groups[first])}, ...{then}"


def described_steps(steps: Sequence[Step]) -> str:
    """Return all steps in their order, `as it is` for none."""
    return ", ".join(described(step) for step in steps) or "as it is"


def short_hash(fingerprint: str) -> str:
    """Return so many digits that nobody makes up another file with the same by accident."""
    return printable(fingerprint, 24 if fingerprint.startswith("sha256:") else 17)


def _what(difference: Difference) -> str:
    match difference:
        case Difference("removed"):
            return "removed"
        case Difference("rounding", _, tuple(old), tuple(new)):
            return f"{described_steps(old)} and {described_steps(new)} are the same to 6e-8"
        case Difference("added", new=Feature() as new):
            return f"added ({_reapplied(new)})"
        case Difference("order"):
            return "features stand in another order"
        case Difference("key", _, old, new):
            return f"by {value_text(old)} → {value_text(new)}"
        case Difference("type" | "role" as kind, _, old, new):
            return f"{kind} {old} → {new}"
        case Difference("untested", _, Feature() as old, Feature() as new):
            return f"{_reapplied(old)} → {_reapplied(new)}"
        case Difference("step_order", _, tuple(old), tuple(new)):
            return f"steps reordered: {', '.join(old)} → {', '.join(new)}"
        case Difference("step_removed", old=old) if isinstance(old, Step):
            return f"step removed: {described(old)}"
        case Difference("step_added", new=new) if isinstance(new, Step):
            return f"step added: {described(new)}"
        case Difference("setting", _, tuple(old), tuple(new)):
            return f"{difference.op} {difference.setting}: {_lists(old, new)}"
        case Difference("setting", _, dict() as old, dict() as new):
            return f"{difference.op}: {_levels(old, new)}"
        case Difference("setting", _, old, new):
            return f"{difference.op} {difference.setting} {_pair(old, new)}"
        case _:
            return _of_the_file(difference)


def _of_the_file(difference: Difference) -> str:
    old, new = difference.old, difference.new
    if difference.kind == "model_error":
        return f"error of the model {_error(old)} → {_error(new)}"
    if difference.kind == "fingerprint":
        return (
            f"is {short_hash(str(new))} by the features and steps that stand there,"
            f" but {short_hash(str(old))} was stored"
        )
    now = "not stored" if new is None else short_hash(str(new))
    return f"model: sha256 {short_hash(str(old))} → {now}"


def _error(error: object) -> str:
    match error:
        case (metric, float() | int() as value):
            return f"{metric} {figure(value)}"
        case _:
            return "not known"


def _importance(importance: object) -> str:
    return figure(importance) if isinstance(importance, float | int) else "not known"


def _reapplied(feature: Feature) -> str:
    return feature.untested or described_feature(feature)


def _levels(old: dict[str, object], new: dict[str, object]) -> str:
    """Return which levels of a map have other numbers, came or went."""
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    changed = [
        f"{printable(name, 20)} {_numbers(old.get(name))} → {_numbers(new.get(name))}"
        for name in names[:_MOST_MEMBERS]
    ]
    return shortened([*changed, *names[_MOST_MEMBERS:]], _MOST_MEMBERS)


def _numbers(vector: object) -> str:
    vector = vector if isinstance(vector, tuple) else ()
    return " ".join(f"{number:.6g}" for number in vector) or "none"


def _lists(old: Sequence[object], new: Sequence[object]) -> str:
    """Return how a list changed: the members that came and went, or else that their order did."""
    before, after = set(old), set(new)
    gone = [item for item in old if item not in after]
    come = [item for item in new if item not in before]
    if not gone and not come:
        moved = sum(a != b for a, b in zip(old, new, strict=False))
        return f"same members in another order ({count(moved, 'place')} differ)"
    parts = [
        f"{word} {_members(members)}" for word, members in (("+", come), ("-", gone)) if members
    ]
    return f"{'; '.join(parts)} ({len(old):,} → {len(new):,} members)"


def _members(members: Sequence[object]) -> str:
    listed = ", ".join(value_text(item) for item in members[:_MOST_MEMBERS])
    left = len(members) - _MOST_MEMBERS
    return f"{listed} and {count(left)} more" if left > 0 else listed


def _pair(old: object, new: object) -> str:
    """Return two numbers with so many digits that they differ, and by how much; or two values."""
    if not (isinstance(old, int | float) and isinstance(new, int | float)):
        return f"{value_text(old)} → {value_text(new)}"
    digits = next((d for d in range(4, 17) if f"{old:.{d}g}" != f"{new:.{d}g}"), 17)
    pair = f"{old:.{digits}g} → {new:.{digits}g}"
    return f"{pair} ({100 * (new - old) / abs(old):+.3g} %)" if old else pair


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        whole = len(value) <= _MOST_MEMBERS
        return f"[{_members(value)}]" if whole else f"[{count(len(value))} values]"
    return f"{value:.6g}" if isinstance(value, float) else value_text(value)

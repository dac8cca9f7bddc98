"""What changed between two parameter files, in words: the normalization, not the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from difflib import SequenceMatcher

from skewcheck.features.steps import Step
from skewcheck.features.types import Feature, Parameters
from skewcheck.text.numbers import figure
from skewcheck.text.printable import count, printable, value_text

_FEW = 4
"""So many members of a list are told one by one."""


def changes(old: Parameters, new: Parameters) -> tuple[str, ...]:
    """Return a line for each difference in features, types, roles, order and steps.

    Empty if both normalize alike. Reference distributions, notes and the model are not compared.
    """
    before = {feature.name: feature for feature in old.features}
    after = {feature.name: feature for feature in new.features}
    lines = [f"{printable(name)}: removed" for name in before if name not in after]
    for name, feature in after.items():
        if name in before:
            lines += [f"{printable(name)}: {what}" for what in _feature(before[name], feature)]
        else:
            lines.append(f"{printable(name)}: added ({_reapplied(feature)})")
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        lines.append("features stand in another order")
    return tuple(lines)


def remarks(old: Parameters, new: Parameters) -> tuple[str, ...]:
    """Return what else changed and is no normalization: importances, the model's error."""
    before = {feature.name: feature.importance for feature in old.features}
    weights = [
        f"{printable(f.name)} {_known(before[f.name])} → {_known(f.importance)}"
        for f in new.features
        if f.name in before and f.importance != before[f.name]
    ]
    more = f" and {count(len(weights) - _FEW)} more" if len(weights) > _FEW else ""
    lines = [f"importance of {', '.join(weights[:_FEW])}{more}"] if weights else []
    errors = [
        f"{e.metric} {figure(e.value)}" if e is not None else "not known"
        for e in (old.error, new.error)
    ]
    if errors[0] != errors[1]:
        lines.append(f"error of the model {' → '.join(errors)}")
    return tuple(lines)


def _known(importance: float | None) -> str:
    return "not known" if importance is None else figure(importance)


def described(step: Step) -> str:
    """Return a step as `zscore mean=1.02 std=0.71`; long lists are told by their length."""
    members = [f"{_key(name)}={_shown(getattr(step, name))}" for name in _names(step)]
    return " ".join([step.op, *members])


def described_steps(steps: Sequence[Step]) -> str:
    """Return all steps in their order, `as it is` for none."""
    return ", ".join(described(step) for step in steps) or "as it is"


def _feature(old: Feature, new: Feature) -> Iterator[str]:
    if old.type != new.type:
        yield f"type {old.type} → {new.type}"
    if old.role != new.role:
        yield f"role {old.role} → {new.role}"
    if old.untested != new.untested:
        told = [_reapplied(feature) for feature in (old, new)]
        yield f"{told[0]} → {told[1]}"
        return
    ops = [[step.op for step in feature.steps] for feature in (old, new)]
    if sorted(ops[0]) == sorted(ops[1]) and ops[0] != ops[1]:
        yield f"steps reordered: {', '.join(ops[0])} → {', '.join(ops[1])}"
    for tag, a, b, c, d in SequenceMatcher(a=ops[0], b=ops[1], autojunk=False).get_opcodes():
        if tag == "equal":
            for before, after in zip(old.steps[a:b], new.steps[c:d], strict=True):
                yield from _step(before, after)
            continue
        # A step that stands elsewhere as it is only moved, which is told above.
        gone = [step for step in old.steps[a:b] if step not in new.steps]
        come = [step for step in new.steps[c:d] if step not in old.steps]
        yield from (f"step removed: {described(step)}" for step in gone)
        yield from (f"step added: {described(step)}" for step in come)


def _reapplied(feature: Feature) -> str:
    return feature.untested or described_steps(feature.steps)


def _step(old: Step, new: Step) -> Iterator[str]:
    """Both of one op."""
    for name in _names(old):
        before, after = getattr(old, name), getattr(new, name)
        if isinstance(before, tuple) and isinstance(after, tuple):
            if before != after:
                yield f"{old.op} {_key(name)}: {_lists(before, after)}"
        elif before != after:
            yield f"{old.op} {_key(name)} {_pair(before, after)}"


def _lists(old: tuple[object, ...], new: tuple[object, ...]) -> str:
    """How a list changed: the members that came and went, or else that their order did."""
    before, after = set(old), set(new)
    gone = [item for item in old if item not in after]
    come = [item for item in new if item not in before]
    if not gone and not come:
        moved = sum(a != b for a, b in zip(old, new, strict=False))
        return f"same members in another order ({count(moved, 'place')} differ)"
    parts = [f"{word} {_members(found)}" for word, found in (("+", come), ("-", gone)) if found]
    return f"{'; '.join(parts)} ({len(old):,} → {len(new):,} members)"


def _members(found: Sequence[object]) -> str:
    listed = ", ".join(value_text(item) for item in found[:_FEW])
    return listed if len(found) <= _FEW else f"{listed} and {count(len(found) - _FEW)} more"


def _pair(old: object, new: object) -> str:
    """Two numbers with so many digits that they differ, and by how much; or two other values."""
    if not (isinstance(old, int | float) and isinstance(new, int | float)):
        return f"{value_text(old)} → {value_text(new)}"
    digits = next((d for d in range(4, 17) if f"{old:.{d}g}" != f"{new:.{d}g}"), 17)
    pair = f"{old:.{digits}g} → {new:.{digits}g}"
    return f"{pair} ({100 * (new - old) / abs(old):+.3g} %)" if old else pair


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{_members(value)}]" if len(value) <= _FEW else f"[{count(len(value))} values]"
    return f"{value:.6g}" if isinstance(value, float) else value_text(value)


def _names(step: Step) -> list[str]:
    return [field.name for field in fields(step)]


def _key(name: str) -> str:
    """The key in the file: `lambda_` is only Python's way to spell it."""
    return name.rstrip("_")

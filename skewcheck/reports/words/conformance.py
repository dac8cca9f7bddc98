"""What a server's answers to golden rows are worth, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skewcheck.reports.words.causes import sentence
from skewcheck.results.conformance import InputCondition, OutputCheck, RowsCheck, WrongAnswer
from skewcheck.results.verdicts import Verdict
from skewcheck.text.numbers import shortened
from skewcheck.text.printable import count, printable

MAX_ROWS_SHOWN = 8
"""Ids that a line lists, of those that are wrong: the JSON report has all."""
_CONDITIONS = {
    "null": "without {column}", "unknown": "with a level of {column} that training has not seen",
    "null_or_unknown": "without {column}, or with a level of it that training has not seen",
}  # fmt: skip


def headline(check: RowsCheck) -> str:
    """Return the verdict in a line."""
    wrong = [output for output in check.outputs if output.verdict is Verdict.SKEW]
    answered, rows = check.rows - len(check.missing), count(check.rows, "golden row")
    of_file = f" of {printable(check.path, 100)}" if check.path else ""
    if wrong:
        outputs = count(len(check.outputs), "output")
        return f"SKEW: {len(wrong)} of {outputs} differ in the {rows}{of_file} (exit code 1)"
    if check.missing:
        return (
            f"INCONCLUSIVE: {answered} of the {rows}{of_file} are answered, and right (exit code 3)"
        )
    return f"ok: all {rows}{of_file} are answered as training's normalization answers them"


def message(output: OutputCheck) -> str:
    """Return what is wrong with the answers of one feature or output, without its name."""
    parts = []
    if output.absent:
        parts.append(f"no answer has {shortened([*map(printable, output.absent)])}")
    if output.wrong:
        parts.append(_wrong(output))
    parts += [*map(sentence, output.causes)]
    return "; ".join(parts)


def _wrong(output: OutputCheck) -> str:
    text = f"{len(output.wrong)} of {count(output.rows, 'answer')} wrong: {_ids(output.wrong)}"
    if output.where is not None:
        text += f", which are the rows {where(output.where)}"
    if len(output.columns) > 1:
        text += f", in {shortened([*map(printable, output.wrong_columns)])}"
    if output.no_numbers:
        text += f"; {count(output.no_numbers, 'value')} no number"
    return text


def where(condition: InputCondition) -> str:
    """Return what the wrong rows have in common."""
    column = "one of the inputs" if condition.column is None else printable(condition.column)
    return _CONDITIONS[condition.kind].replace("{column}", column)


def _ids(rows: Sequence[int]) -> str:
    return f"{'row' if len(rows) == 1 else 'rows'} {shortened([*map(str, rows)], MAX_ROWS_SHOWN)}"


def example(wrong: WrongAnswer) -> str:
    """Return one wrong answer with what is right."""
    right, given = _value(wrong.expected), _value(wrong.answered)
    return f"row {wrong.row}: {printable(wrong.column)} is {given}, expected {right}"


def _value(value: object) -> str:
    if value is None:
        return "null"
    return f"{value:.9g}" if isinstance(value, float) else printable(str(value), 40)


def remarks(check: RowsCheck) -> Iterator[str]:
    """Yield what else is to be known of the answers."""
    if check.missing:
        yield f"without an answer: {_ids(check.missing)}"
    if check.unknown:
        yield f"answers to no golden row: {shortened([*map(printable, check.unknown)])}"
    if check.extra:
        yield f"outputs that no golden row has: {shortened([*map(printable, check.extra)])}"
    yield from left_out(check.left_out)


def left_out(features: Sequence[str]) -> Iterator[str]:
    """Yield that golden rows say nothing of some features; nothing where there are none."""
    if features:
        yield f"in no golden row: {shortened([*map(printable, features)])}"

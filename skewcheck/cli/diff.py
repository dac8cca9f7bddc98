"""`skewcheck diff`: what changed between two parameter files, or between two JSON reports."""

from pathlib import Path
from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, Texts, given, parameters_of
from skewcheck.config.given import Given
from skewcheck.config.names import names as names_of
from skewcheck.config.options import FORMAT_ON_SCREEN, GROUP_ALONE
from skewcheck.text.errors import UsageError

_o = parameters_of("diff")


def diff(
    old: Annotated[str, _o("old")],
    new: Annotated[str, _o("new")],
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    format: Annotated[Text, _o("format")] = None,  # noqa: A002  # the option's name
) -> int:
    """Say what changed between parameter files, or JSON reports.

    Parameter files: exits 1 if they normalize differently; distributions are not compared. Reports
    of audits with --format json: exits 1 if skew or a warning is new, or anything is worse.
    """
    flags = given("diff", locals())
    from skewcheck.reports.report_file import read

    reports = [read(path) for path in (old, new)]
    before, after = reports
    if before is None and after is None:
        return _parameters(old, new, flags)
    if before is None or after is None:
        report, other = (old, new) if after is None else (new, old)
        if not Path(other).exists():
            raise UsageError(f"{other}: no such file")
        raise UsageError(f"{report} is a report, and {other} is none: diff compares two of a kind")
    for key in ("names", "group"):
        if key in flags.values:
            raise flags.error(key, "is for parameter files, and these are reports")
    from skewcheck.reports.comparison import compare
    from skewcheck.reports.differences import json_of_reports, text_of_reports
    from skewcheck.reports.words.comparison import remark_lines

    comparison = compare(before, after)
    notes = remark_lines(comparison.remarks)
    as_json = FORMAT_ON_SCREEN.of(flags) == "json"
    out.say(json_of_reports(comparison, notes) if as_json else text_of_reports(comparison))
    _tell([] if as_json else notes)
    return int(comparison.is_worse)


def _parameters(old: str, new: str, flags: Given) -> int:
    listed = names_of(flags)
    from skewcheck.lock.diff import changes, remarks
    from skewcheck.lock.pairing import load_pair
    from skewcheck.reports.differences import json_of_parameters, text_of_parameters
    from skewcheck.reports.words.diff import BY_POSITION, remark_lines

    pair = load_pair(old, new, listed, GROUP_ALONE.of(flags))
    differences = changes(pair.old, pair.new)
    by_position = [BY_POSITION] if pair.by_position else []
    notes = [*by_position, *remark_lines(remarks(pair.old, pair.new))]
    as_json = FORMAT_ON_SCREEN.of(flags) == "json"
    said = json_of_parameters(differences, notes) if as_json else text_of_parameters(differences)
    out.say(said)
    _tell([] if as_json else notes)
    return 1 if differences else 0


def _tell(notes: list[str]) -> None:
    for note in notes:
        out.tell(f"note: {note}")

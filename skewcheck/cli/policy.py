"""`skewcheck policy`: what an audit with these options is held to."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Flag, Number, Text, Texts, Whole, configured, given, parameters_of
from skewcheck.config import options as o

_o = parameters_of("policy")


def policy(
    reference: Annotated[Text, _o("reference")] = None,
    raw: Annotated[Text, _o("raw")] = None,
    served: Annotated[Text, _o("served")] = None,
    features: Annotated[Texts, _o("features")] = None,
    exclude: Annotated[Texts, _o("exclude")] = None,
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    null_values: Annotated[Texts, _o("null_values")] = None,
    version: Annotated[Whole, _o("version")] = None,
    as_of: Annotated[Text, _o("as_of")] = None,
    sql: Annotated[Text, _o("sql")] = None,
    join: Annotated[Text, _o("join")] = None,
    within: Annotated[Text, _o("within")] = None,
    columns: Annotated[Texts, _o("columns")] = None,
    layout: Annotated[Text, _o("layout")] = None,
    where: Annotated[Texts, _o("where")] = None,
    max_bad: Annotated[Number, _o("max_bad")] = None,
    alpha: Annotated[Number, _o("alpha")] = None,
    correction: Annotated[Text, _o("correction")] = None,
    thresholds: Annotated[Texts, _o("thresholds")] = None,
    fail_on: Annotated[Text, _o("fail_on")] = None,
    inconclusive: Annotated[Text, _o("inconclusive")] = None,
    allow_missing: Annotated[Flag, _o("allow_missing")] = None,
    min_rows: Annotated[Whole, _o("min_rows")] = None,
    since: Annotated[Text, _o("since")] = None,
    until: Annotated[Text, _o("until")] = None,
    last: Annotated[Text, _o("last")] = None,
    time_column: Annotated[Text, _o("time_column")] = None,
    every: Annotated[Text, _o("every")] = None,
    baseline: Annotated[Text, _o("baseline")] = None,
    history: Annotated[Texts, _o("history")] = None,
    by: Annotated[Texts, _o("by")] = None,
    cluster: Annotated[Text, _o("cluster")] = None,
    ignore: Annotated[Texts, _o("ignore")] = None,
    state: Annotated[Text, _o("state")] = None,
    state_hash: Annotated[Text, _o("state_hash")] = None,
    settle: Annotated[Text, _o("settle")] = None,
    learn: Annotated[Whole, _o("learn")] = None,
    only_new_alarms: Annotated[Flag, _o("only_new_alarms")] = None,
    gate: Annotated[Text, _o("gate")] = None,
    config: Annotated[Text, _o("config")] = None,
    format: Annotated[Text, _o("format")] = None,  # noqa: A002  # the option's name
    output: Annotated[Text, _o("output")] = None,
) -> int:
    """Say what an audit with these options is held to, and what weakens it.

    With -o FILE it is a lock: `audit --policy-lock FILE` refuses whatever is weaker.
    """
    flags = given("policy", locals())
    name, path = o.FORMAT_ON_SCREEN.of(flags), o.OUTPUT_ALONE.of(flags)
    settings, _ = configured("policy", flags)
    from skewcheck.lock.policy import content
    from skewcheck.reports.policy import table

    file = None if settings.file is None else settings.file.path
    locked = path is not None or name == "json"
    out.write(content(settings) if locked else table(settings), path, [file])
    return 0

"""`skewcheck init`: writes how logs are connected with a parameter file."""

import shlex
from pathlib import Path
from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Flag, Text, Texts, Whole, given, parameters_of
from skewcheck.config.options import FORCE, SETTINGS_TO_WRITE
from skewcheck.text.errors import naming

_o = parameters_of("init")


def init(
    parameters: Annotated[str, _o("parameters")],
    logs: Annotated[list[str], _o("logs")],
    output: Annotated[Text, _o("output")] = None,
    force: Annotated[Flag, _o("force")] = None,
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    null_values: Annotated[Texts, _o("null_values")] = None,
    version: Annotated[Whole, _o("version")] = None,
    as_of: Annotated[Text, _o("as_of")] = None,
    sql: Annotated[Text, _o("sql")] = None,
    columns: Annotated[Texts, _o("columns")] = None,
    where: Annotated[Texts, _o("where")] = None,
    layout: Annotated[Text, _o("layout")] = None,
) -> int:
    """Write how logs are connected with a parameter file.

    A skewcheck.toml: it names the columns of raw and served values and says why, and suggests
    those of times and segments. First rows are read. Exit code 2: no column is of any feature.
    """
    flags = given("init", locals())
    path = SETTINGS_TO_WRITE.of(flags) or ""
    shown = path == "-"
    if not shown:
        out.refuse_inputs([path], [parameters, *logs])
        if Path(path).exists() and not FORCE.of(flags):
            raise FORCE.error(flags, f"needed to overwrite {path}; or name another file with -o")
    from skewcheck.config.settings import settings
    from skewcheck.connect.proposal import proposed
    from skewcheck.reports import settings_file

    read = {k: v for k, v in flags.values.items() if k in settings_file.READING}
    with naming(flags.origin):
        found = proposed(parameters, logs, settings(read))
    text = settings_file.settings_text(found)
    if shown:
        out.say(text)
    else:
        out.save([(path, text)])
    for line in settings_file.summary(found):
        out.tell(line)
    command = ["skewcheck", "audit", parameters, *logs]
    if not shown:
        if Path(path).resolve() != Path("skewcheck.toml").resolve():
            command += ["--config", path]
        out.tell(f"wrote {path}; next: {shlex.join(command)}")
    return 0

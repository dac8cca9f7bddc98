"""`skewcheck export`: the training normalization as code for the server's language."""

from pathlib import Path
from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, Texts, given, parameters_of
from skewcheck.config.names import names as names_of
from skewcheck.config.options import FEATURES_ALONE, GROUP_ALONE
from skewcheck.config.options_of_export import DIALECT, DTYPE, EXCLUDE_ALONE, TABLE_OF_SQL, TO

_o = parameters_of("export")


def export(
    parameters: Annotated[str, _o("parameters")],
    to: Annotated[str, _o("to")],
    table: Annotated[Text, _o("table")] = None,
    dialect: Annotated[Text, _o("dialect")] = None,
    dtype: Annotated[Text, _o("dtype")] = None,
    features: Annotated[Texts, _o("features")] = None,
    exclude: Annotated[Texts, _o("exclude")] = None,
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    output: Annotated[Text, _o("output")] = None,
) -> int:
    """Write the training normalization as code for the server.

    One file without dependencies, from raw values to served ones: Python, JavaScript, C, Java, or a
    SELECT of DuckDB or SQLite.
    """
    flags = given("export", locals())
    language = TO.of(flags)
    from skewcheck import api

    loaded = api.load(parameters, names_of(flags))
    text = api.export(
        loaded, language, table=TABLE_OF_SQL.of(flags), dialect=DIALECT.of(flags),
        dtype=DTYPE.of(flags), features=FEATURES_ALONE.of(flags),
        exclude=EXCLUDE_ALONE.of(flags), group=GROUP_ALONE.of(flags),
    )  # fmt: skip
    out.remark(loaded.notes, loaded.warnings)
    out.write(text, output, [parameters])
    if language == "java" and output is not None:
        from skewcheck.repair.export.java import CLASS

        if Path(output).name != f"{CLASS}.java":
            out.tell(f"note: javac needs the file to be named {CLASS}.java")
    return 0

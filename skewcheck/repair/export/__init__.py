"""The training normalization as code for the server's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from skewcheck.features.shared_names import refuse_shared
from skewcheck.features.types import Parameters, refuse_untested
from skewcheck.repair.export import c, java, javascript, python, sql
from skewcheck.repair.export.dialects import DIALECTS
from skewcheck.repair.export.heading import Exported
from skewcheck.repair.export.lowering import lowered
from skewcheck.text.errors import NothingToTestError, OptionName, UsageError
from skewcheck.text.printable import printable, visible

LANGUAGES: Mapping[str, Callable[[Exported], str]] = {
    "python": python.module,
    "javascript": javascript.module,
    "c": c.module,
    "java": java.module,
    "sql": sql.query,
}
"""By name, what writes a file of the language."""


def source_code(
    parameters: Parameters, language: str, *, single: bool = False, table: str | None = None,
    dialect: str | None = None,
) -> str:  # fmt: skip
    """Return the code of the features that are no outputs, as one file of a language.

    `single`: served numbers are rounded to float32. `table` and `dialect` are of SQL alone. Raises
    UsageError for them with another language and for SQL without a table, ParameterError for a
    feature that the language cannot express, NothingToTestError where no feature is left.
    """
    is_sql = language == "sql"
    for key, value in (("table", table), ("dialect", dialect)):
        if value is not None and not is_sql:
            raise UsageError(OptionName(key), " is for ", OptionName("to", "sql"), " alone")
    if is_sql and not table:
        raise UsageError(OptionName("to", "sql"), " needs ", OptionName("table", "NAME"))
    if table is not None and not all(part and visible(part) == part for part in table.split(".")):
        raise UsageError(
            OptionName("table"), f": must be a name, or several with dots, got {printable(table)!r}"
        )
    of_sql = DIALECTS[dialect or "duckdb"] if is_sql else None
    features = [feature for feature in parameters.features if not feature.output]
    if not features:
        raise NothingToTestError(f"{parameters.path or 'the parameters'}: no feature is an input")
    refuse_untested(features)
    refuse_shared(features)
    code = [lowered(feature, single=single) for feature in features]
    exported = Exported.of(parameters, code, single=single, table=table or "", dialect=of_sql)
    return LANGUAGES[language](exported)

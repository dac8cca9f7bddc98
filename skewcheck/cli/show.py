"""`skewcheck show`: what a parameter file says."""

from typing import TYPE_CHECKING, Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, Texts, given, parameters_of
from skewcheck.config.names import names as names_of
from skewcheck.config.options import FEATURES_ALONE, FORMAT_OF_FILE, GROUP_ALONE

if TYPE_CHECKING:
    from skewcheck.features.types import Parameters

_o = parameters_of("show")


def show(
    parameters: Annotated[str, _o("parameters")],
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    features: Annotated[Texts, _o("features")] = None,
    format: Annotated[Text, _o("format")] = None,  # noqa: A002  # the option's name
    output: Annotated[Text, _o("output")] = None,
) -> int:
    """Say what a parameter file says.

    A table, or with --format json (and with -o) skewcheck's own file, whatever the format it was
    read from. In a table, values that the file does not name are shown by their position.
    """
    flags = given("show", locals())
    chosen = FORMAT_OF_FILE.of(flags) or ("terminal" if output is None else "json")
    from skewcheck import api
    from skewcheck.config.columns import Choice
    from skewcheck.config.loading import of_group, selected
    from skewcheck.reports import parameter_table

    loaded = _loaded(parameters, names_of(flags), in_table=chosen == "terminal")
    loaded = of_group(loaded, GROUP_ALONE.of(flags))
    loaded = selected(loaded, Choice(FEATURES_ALONE.of(flags)))
    out.remark(loaded.notes, loaded.warnings)
    if chosen == "json":
        text = api.dumps(loaded)
    elif output is None:
        text = parameter_table.table(loaded, out.screen())
    else:
        text = parameter_table.table(loaded)
    # A file of ours may be written anew, with its fingerprint; another's would be lost.
    anew = chosen == "json" and "format" not in loaded.model
    out.write(text, output, [] if anew else [parameters])
    return 0


def _loaded(parameters: str, names: tuple[str, ...], *, in_table: bool) -> "Parameters":
    """Return what a file says; in a table, values without names are called by their position."""
    from skewcheck import api
    from skewcheck.config.given import AS_FLAGS
    from skewcheck.parameters import UnnamedError
    from skewcheck.text.errors import message

    try:
        return api.load(parameters, names)
    except UnnamedError as error:
        if not in_table:
            raise
        by_position = api.load(parameters, [f"x[{i}]" for i in range(error.count)])
        told = message(error.args, AS_FLAGS)
        out.tell(f"note: {told}; until then they are called by their position")
        return by_position

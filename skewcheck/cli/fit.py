"""`skewcheck fit`: writes what training knew."""

from pathlib import Path
from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Flag, Text, Texts, Whole, configured, given, parameters_of
from skewcheck.config.options import BY_KEY, CATEGORICAL, NORMALIZE
from skewcheck.text.errors import naming

_o = parameters_of("fit")


def fit(
    train: Annotated[list[str], _o("train")],
    output: Annotated[Text, _o("output")] = None,
    normalize: Annotated[Texts, _o("normalize")] = None,
    categorical: Annotated[Texts, _o("categorical")] = None,
    features: Annotated[Texts, _o("features")] = None,
    exclude: Annotated[Texts, _o("exclude")] = None,
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    parameters: Annotated[Texts, _o("parameters")] = None,
    by: Annotated[Text, _o("by")] = None,
    model: Annotated[Text, _o("model")] = None,
    prediction: Annotated[Text, _o("prediction")] = None,
    label: Annotated[Text, _o("label")] = None,
    metric: Annotated[Text, _o("metric")] = None,
    positive: Annotated[Text, _o("positive")] = None,
    time_column: Annotated[Text, _o("time_column")] = None,
    holidays: Annotated[Text, _o("holidays")] = None,
    strata: Annotated[Text, _o("strata")] = None,
    null_values: Annotated[Texts, _o("null_values")] = None,
    version: Annotated[Whole, _o("version")] = None,
    as_of: Annotated[Text, _o("as_of")] = None,
    sql: Annotated[Text, _o("sql")] = None,
    columns: Annotated[Texts, _o("columns")] = None,
    no_rows: Annotated[Flag, _o("no_rows")] = None,
    engine: Annotated[Text, _o("engine")] = None,
    workers: Annotated[Whole, _o("workers")] = None,
    config: Annotated[Text, _o("config")] = None,
) -> int:
    """Write a parameter file from training data.

    It holds the normalization of each feature and its distribution in training. What each column
    was taken for, and why, stands on stderr.
    """
    settings, options = configured("fit", given("fit", locals()))
    from skewcheck import api
    from skewcheck.parameters.several.folder import files_read, is_ours
    from skewcheck.reports.reading_table import lines

    stored = [file for place in parameters or () for file in files_read(place)]
    # A file of ours may be written anew, with what this training data says.
    others = [file for file in stored if not is_ours(Path(file))]
    out.refuse_inputs([output], [*train, model, holidays, *others])
    with naming(options.origin):
        fitted = api.fit(
            train,
            normalize=NORMALIZE.of(options) or "zscore",
            categorical=CATEGORICAL.of(options),
            features=settings.features,
            exclude=settings.exclude,
            parameters=parameters or None,
            names=settings.names,
            group=settings.group,
            by=BY_KEY.of(options),
            model=model,
            prediction=prediction,
            label=label,
            metric=metric,
            positive=positive,
            time_column=time_column,
            holidays=holidays,
            strata=strata,
            null_values=settings.null_values,
            version=version,
            as_of=as_of,
            sql=sql,
            columns=settings.column_names,
            rows=not no_rows,
            engine=settings.engine,
            workers=settings.workers,
        )
    if output is None:
        out.say(api.dumps(fitted))
    else:
        api.save(fitted, output)
    for line in lines(fitted):
        out.tell(line)
    out.remark(fitted.notes, fitted.warnings)
    return 0

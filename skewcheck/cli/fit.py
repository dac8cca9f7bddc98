"""`skewcheck fit`: writes what training knew."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Flag, Text, Texts, Whole, configured, given, parameters_of
from skewcheck.config.options import CATEGORICAL, NORMALIZE
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
    parameters: Annotated[Text, _o("parameters")] = None,
    model: Annotated[Text, _o("model")] = None,
    prediction: Annotated[Text, _o("prediction")] = None,
    label: Annotated[Text, _o("label")] = None,
    metric: Annotated[Text, _o("metric")] = None,
    positive: Annotated[Text, _o("positive")] = None,
    null_values: Annotated[Texts, _o("null_values")] = None,
    version: Annotated[Whole, _o("version")] = None,
    as_of: Annotated[Text, _o("as_of")] = None,
    sql: Annotated[Text, _o("sql")] = None,
    columns: Annotated[Texts, _o("columns")] = None,
    no_rows: Annotated[Flag, _o("no_rows")] = None,
    config: Annotated[Text, _o("config")] = None,
) -> int:
    """Write a parameter file from training data.

    It holds the normalization of each feature and its distribution in training. What each column
    was taken for, and why, stands on stderr.
    """
    settings, options = configured("fit", given("fit", locals()))
    from skewcheck import api
    from skewcheck.reports.reading_table import lines

    out.refuse_inputs([output], [*train, model])
    with naming(options.origin):
        fitted = api.fit(
            train,
            normalize=NORMALIZE.of(options) or "zscore",
            categorical=CATEGORICAL.of(options),
            features=settings.features,
            exclude=settings.exclude,
            parameters=parameters,
            names=settings.names,
            model=model,
            prediction=prediction,
            label=label,
            metric=metric,
            positive=positive,
            null_values=settings.null_values,
            version=version,
            as_of=as_of,
            sql=sql,
            columns=settings.column_names,
            rows=not no_rows,
        )
    if output is None:
        out.say(api.dumps(fitted))
    else:
        api.save(fitted, output)
    for line in lines(fitted):
        out.tell(line)
    out.remark(fitted.notes, fitted.warnings)
    return 0

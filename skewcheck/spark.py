"""For Spark: audit and fit DataFrames and tables where they are, on the workers of a cluster.

`skewcheck.spark.audit("params.json", df)`; docs/spark.md says how, on which platforms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeGuard, Unpack

from skewcheck import api
from skewcheck.auditing import delivering
from skewcheck.config.given import Origin
from skewcheck.config.keywords import settings_for
from skewcheck.engine.spark.errors import in_one_line
from skewcheck.engine.spark.executor import SparkExecutor
from skewcheck.engine.spark.frame import DataFrame
from skewcheck.engine.spark.source import SparkSource, open_frame
from skewcheck.text.errors import OptionName, UsageError, naming

if TYPE_CHECKING:
    from pathlib import Path

    from skewcheck.auditing import Sources
    from skewcheck.config.typed import AuditOptions
    from skewcheck.config.types import Settings
    from skewcheck.features.types import Parameters
    from skewcheck.parameters import Place
    from skewcheck.results.audit import Audit

__all__ = ["audit", "executor", "fit"]


@naming(Origin("function", "spark.audit"))
def audit(
    parameters: Place | Parameters,
    data: DataFrame | str,
    *,
    key: str | Sequence[str] = (),
    reference: DataFrame | Sources | None = None,
    settings: Settings | None = None,
    policy_lock: str | Path | None = None,
    **options: Unpack[AuditOptions],
) -> Audit:
    """Audit a DataFrame of Spark, or the table of this name, as `skewcheck.audit` does its logs.

    Workers count their rows, the driver adds the counts: no row but those of samples leaves them.
    Rows are told apart by file and row number where Spark has them (Parquet, Delta, Iceberg), else
    by the columns of `key`, whose values must be stable, else by a hash of the row; a note says
    by which. `reference` is training data: another DataFrame, or what `skewcheck.audit` takes.

    `options` are those of `skewcheck.audit`. UsageError for `join`, for windows of rows where there
    are no files, and for features that are normalized over several rows; LogError where Spark
    fails.
    """
    chosen = settings_for("spark.audit", settings, options)
    if chosen.join:
        raise UsageError(OptionName("join"), ": join with Spark before the audit: df.join(...)")
    logs = _source(data, key)
    training = _source(reference, ()) if _is_frame(reference) else reference
    with delivering(
        parameters, logs, reference=training, settings=chosen, policy_lock=policy_lock
    ) as (result, delivery):
        if delivery is not None:
            delivery.confirm()
        return result


@naming(Origin("function", "spark.fit"))
def fit(train: DataFrame | str, *, key: str | Sequence[str] = (), **options: Any) -> Parameters:
    """Fit parameters and reference distributions to a DataFrame, or to the table of this name.

    `key` is as for `audit`, `options` are those of `skewcheck.fit`.
    """
    fitted: Parameters = api.fit(_source(train, key), **options)
    return fitted


def executor(session: Any = None, workers: int | None = None) -> SparkExecutor:
    """Return what runs calls on the workers of a session, by default the active one.

    `workers` is how many jobs run at a time, by default as many as the session runs tasks.
    UsageError without PySpark.
    """
    return SparkExecutor(_session("executor") if session is None else session, workers)


def _source(data: object, key: str | Sequence[str]) -> SparkSource:
    """Open a DataFrame or a table."""
    name, columns = "<DataFrame>", (key,) if isinstance(key, str) else tuple(key)
    if isinstance(data, str):
        name, data = data, _table(data)
    if not _is_frame(data):
        raise UsageError(f"{type(data).__name__}: neither a DataFrame of Spark nor a table's name")
    return open_frame(data, name, columns)


def _table(name: str) -> DataFrame:
    session = _session(name)
    with in_one_line(name):
        table: DataFrame = session.table(name)
        return table


def _session(name: str) -> Any:
    """Return the active session of Spark, or start one; `name` is of what needs it."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError(f"{name}: needs PySpark: pip install 'skewcheck[spark]'") from None
    with in_one_line(name):
        return SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()


def _is_frame(data: object) -> TypeGuard[DataFrame]:
    return hasattr(data, "mapInArrow") and hasattr(data, "schema")

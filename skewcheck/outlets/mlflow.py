"""MLflow: reports as artifacts, statistics as metrics, of the current run.

That is the active run of this process, or that of `MLFLOW_RUN_ID`, as in a job that MLflow started;
without either a run of its own is made in the experiment that the environment names, and ended. A
run that was there is never ended: whoever began it goes on.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING

from skewcheck.config import options as o
from skewcheck.reports import FORMATS
from skewcheck.reports.summary import ranked
from skewcheck.results.audit import Audit
from skewcheck.text.errors import OptionName, UsageError

if TYPE_CHECKING:
    from mlflow import MlflowClient

FOLDER = "skewcheck"
"""The folder of the artifacts, and what names of metrics begin with."""
ARTIFACTS = {"json": "report.json", "markdown": "report.md"}
"""Formats, and the files that they are logged as: one for programs, one for MLflow's page."""
MOST_FEATURES = 200
"""Features with metrics, the worst: with ten tests each, some 2,000 metrics."""
_MOST_OF_REQUEST = 1000
"""Metrics in a request of MLflow's REST API, by its reference (`runs/log-batch`)."""
_MOST_OF_NAME = 100
"""Characters of a feature in a metric's name, which may have 250."""
_FOREIGN = re.compile(r"[^A-Za-z0-9_\-]")


@dataclass(frozen=True, slots=True)
class Mlflow:
    """The current run of MLflow."""

    @property
    def name(self) -> str:
        """Return the option."""
        return o.MLFLOW.flag

    def send(self, audit: Audit) -> str | None:
        """Log an audit; return the kind of an error of MLflow, whose text may hold tokens."""
        printed = io.StringIO()
        try:
            # MLflow tells the address of a run on stdout, which is the report's.
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                log(audit)
        except Exception as error:  # whatever a store may raise: the audit stands
            return type(error).__name__
        return None


def outlet() -> Mlflow:
    """Return the outlet; UsageError where MLflow is missing."""
    try:
        import_module("mlflow")
    except ModuleNotFoundError as error:
        needs = f": needs {error.name}: pip install 'skewcheck[mlflow]'"
        raise UsageError(OptionName("mlflow"), needs) from error
    return Mlflow()


def log(audit: Audit) -> str:
    """Log an audit to the current run and return its id; raises what MLflow does."""
    import mlflow

    client = mlflow.MlflowClient()
    active = mlflow.active_run()
    current = os.environ.get("MLFLOW_RUN_ID") if active is None else active.info.run_id
    run = current or _new_run(client)
    now = int(time.time() * 1000)
    metrics = [mlflow.entities.Metric(key, value, now, 0) for key, value in figures(audit)]
    for start in range(0, len(metrics), _MOST_OF_REQUEST):
        client.log_batch(run, metrics=metrics[start : start + _MOST_OF_REQUEST])
    client.set_tag(run, f"{FOLDER}.verdict", audit.verdict.value)
    for name, file in ARTIFACTS.items():
        client.log_text(run, FORMATS[name](audit), f"{FOLDER}/{file}")
    if current is None:
        client.set_terminated(run)
    return run


def figures(audit: Audit) -> Iterator[tuple[str, float]]:
    """Yield metrics: of the whole, then the statistic of each test of the worst features."""
    yield f"{FOLDER}/exit_code", float(audit.exit_code)
    yield f"{FOLDER}/rows", float(audit.logs.rows)
    for verdict in dict.fromkeys(feature.verdict for feature in audit.features):
        yield f"{FOLDER}/features_{verdict.value}", float(audit.count(verdict))
    for feature in ranked(audit.features)[:MOST_FEATURES]:
        name = _safe(feature.name)
        seen = set[str]()
        for test in feature.tests:
            if test.statistic is not None and test.name not in seen:
                seen.add(test.name)
                yield f"{FOLDER}/{name}/{test.name}", float(test.statistic)


def _safe(name: str) -> str:
    """Return a name that MLflow admits and that stays unique: a changed one ends in a hash."""
    safe = _FOREIGN.sub("_", name)[:_MOST_OF_NAME]
    if safe == name and name:
        return name
    digest = sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{safe}-{digest}"


def _new_run(client: MlflowClient) -> str:
    """Begin a run in the experiment of the environment, or else in MLflow's default one."""
    experiment = os.environ.get("MLFLOW_EXPERIMENT_ID")
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME")
    if experiment is None and name is not None:
        known = client.get_experiment_by_name(name)
        experiment = client.create_experiment(name) if known is None else known.experiment_id
    run: str = client.create_run(experiment or "0", run_name=FOLDER).info.run_id
    return run

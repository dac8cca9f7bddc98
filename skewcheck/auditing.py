"""One audit, from what was given to its result: load, plan, measure, judge; then deliver."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Unpack

import numpy as np

from skewcheck import __version__
from skewcheck.config.given import Origin
from skewcheck.config.keywords import settings_for
from skewcheck.config.loading import loaded, of_group, of_log
from skewcheck.config.types import Settings
from skewcheck.config.weaker import in_force, weakenings
from skewcheck.engine.engines import opened
from skewcheck.engine.fold import Progress
from skewcheck.features.types import Parameters
from skewcheck.logs.storage import public
from skewcheck.parameters import Place
from skewcheck.results.audit import Audit
from skewcheck.results.policy import InForce
from skewcheck.results.verdicts import Verdict
from skewcheck.text.errors import (
    NothingToTestError,
    OptionName,
    SkewcheckError,
    UsageError,
    naming,
)
from skewcheck.training.inputs import AuditInputs, open_inputs
from skewcheck.verdict.judge import Logs, judge

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    import pyarrow as pa

    from skewcheck.causes.log_evidence import Columns
    from skewcheck.causes.renamed_columns import UnknownColumns
    from skewcheck.config.typed import AuditOptions
    from skewcheck.counts.plan import Plan
    from skewcheck.engine.memory import State
    from skewcheck.engine.memory.delivery import Delivery
    from skewcheck.engine.source import LogSource
    from skewcheck.results.nights import PastNights
    from skewcheck.verdict.parts import Divided

    Source: TypeAlias = str | Path | pd.DataFrame | pa.Table
    Sources: TypeAlias = Source | Sequence[Source] | LogSource


@naming(Origin("function", "audit"))
def audit(
    parameters: Place | Parameters,
    logs: Sources,
    *,
    reference: Sources | None = None,
    settings: Settings | None = None,
    policy_lock: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    **options: Unpack[AuditOptions],
) -> Audit:
    """Audit logs of serving against the parameters and distributions of training.

    `reference` is training data (path, DataFrame, Arrow table) that replaces the stored reference.
    `policy_lock` is a file of `skewcheck policy`: UsageError for options that are weaker than it.
    An `executor` (`concurrent.futures`, Dask's `client.get_executor()`) measures the files in its
    workers, of which it is taken to have `workers`; the report is the same.

    `options` are those of the command, with underscores: `served="{feature}_norm"`,
    `thresholds={"psi": 0.1}`, `since="2026-11-01"`; or all of them as `settings`. Raises a
    SkewcheckError where there is no verdict: unreadable input, or nothing to test. One that
    `state` could not keep is the `audit` of an UnrememberedError.
    """
    chosen = settings_for("audit", settings, options)
    with delivering(
        parameters, logs, reference=reference, settings=chosen, progress=progress,
        policy_lock=policy_lock, executor=executor,
    ) as (result, delivery):  # fmt: skip
        if delivery is not None:
            delivery.confirm()
        return result


@contextmanager
def delivering(
    parameters: Place | Parameters,
    logs: object,
    *,
    settings: Settings,
    reference: object = None,
    progress: Progress | None = None,
    policy_lock: str | Path | None = None,
    executor: Executor | None = None,
) -> Iterator[tuple[Audit, Delivery | None]]:
    """Yield an audit and, with a state, what is to be confirmed once its report is out.

    The state folder stays locked until the block ends. Raises as `audit` does.
    """
    began = datetime.now(UTC), time.perf_counter()
    chosen, training = settings, settings.reference if reference is None else reference
    if reference is not None:
        chosen = replace(chosen, reference=_source_text(reference))
    admit = None if policy_lock is None else _held_to(policy_lock)
    with opened(chosen.engine, chosen.workers, executor) as engine:
        inputs = open_inputs(
            parameters, logs, training, chosen, engine=engine, progress=progress, admit=admit
        )
        names = [feature.name for feature in inputs.all_features]
        policy = in_force(inputs.asked, names, None if policy_lock is None else str(policy_lock))
        if chosen.state is None:
            yield _audit(inputs, policy, began, progress), None
            return
        from skewcheck.engine.memory import opened as opened_state
        from skewcheck.engine.memory.delivery import measured, places

        with opened_state(chosen.state, chosen.state_hash) as state:
            result = _audit(inputs, policy, began, progress, state, places(logs))
            delivery = measured(state, result, logs, only_new=chosen.only_new_alarms)
            yield delivery.audit, delivery


def _source_text(source: object) -> str:
    """Return what stands for training data among the settings: paths, or that it is in memory."""
    sources = source if isinstance(source, list | tuple) else (source,)
    return ",".join(public(str(s)) if isinstance(s, str | Path) else _IN_MEMORY for s in sources)


_IN_MEMORY = "(in memory)"
"""Stands for data without a path."""


def _held_to(lock: str | Path) -> Callable[[Parameters, Settings], None]:
    """Return what raises UsageError where settings are weaker than a policy lock.

    It takes the parameters, of whose features the patterns are, and the settings.
    """
    from skewcheck.lock.policy import read  # most audits have none

    base = read(lock)

    def admit(parameters: Parameters, chosen: Settings) -> None:
        """Raise UsageError, naming what is weaker."""
        weaker = weakenings(chosen, base, [feature.name for feature in parameters.features])
        if weaker:
            from skewcheck.reports.words.policy import weaker_than_lock

            raise UsageError(OptionName("policy_lock", str(lock)), f": {weaker_than_lock(weaker)}")

    return admit


@np.errstate(over="ignore", invalid="ignore")  # overflow is judged, not printed to stderr
def _audit(
    inputs: AuditInputs, policy: InForce, began: tuple[datetime, float],
    progress: Progress | None, state: State | None = None, log_places: tuple[str, ...] = (),
) -> Audit:  # fmt: skip
    """Plan, measure, judge; raises NothingToTestError where no test could be done."""
    started, clock = began
    inputs, plan, unasked = inputs.planned()
    chosen = inputs.settings
    profile = inputs.logs.measure(plan, progress=progress, state=state)
    divided = _divided(plan, chosen, inputs, progress)
    run = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "tool": __version__,
    }
    history = tuple(
        of_log(of_group(loaded(path, chosen.names, inputs.training, chosen), chosen.group),
               inputs.logs, chosen.raw)
        for path in chosen.history
    )  # fmt: skip
    notes = inputs.notes(plan, profile, chosen)
    about = Logs(
        inputs.logs.names, notes, run, history=history, unasked=unasked, divided=divided,
        in_order=partial(_in_order, inputs.logs, plan) if inputs.logs.ordered else None,
        unknown=partial(_unknown, inputs.logs, plan) if inputs.logs.ordered else None,
        nights=None if state is None else _past_nights(state, inputs, log_places, run["started"]),
    )  # fmt: skip
    result = judge(inputs.parameters, plan, profile, chosen.policy, about)
    if result.verdict is Verdict.UNTESTED:
        from skewcheck.reports.words.features import nothing_tested

        raise NothingToTestError(nothing_tested(result.features))
    result = replace(result, account=inputs.account(plan))
    result = replace(result, warnings=inputs.parameters.warnings, in_force=policy)
    if chosen.values:
        return result
    from skewcheck.reports.redact import without_values

    return without_values(result)


def _past_nights(
    state: State, inputs: AuditInputs, log_places: tuple[str, ...], now: object
) -> PastNights | None:
    """Return the nights that a state remembers; None where they cannot be read."""
    from skewcheck.engine.memory.nights import Log, past_nights  # most audits have no state

    parameters = inputs.parameters
    log = Log(parameters.path or "", parameters.fingerprint, log_places)
    learn = inputs.settings.learn
    with state.trying():
        files = (inputs.logs.read or inputs.logs).files
        return past_nights(state.folder, log, files, learn, str(now))
    return None


def _in_order(logs: LogSource, plan: Plan, names: Sequence[str]) -> Columns:
    """Return the first rows in their order; none where a file cannot be read a second time.

    A file that was rotated away since was counted: only servers with a state remain unnamed.
    """
    from skewcheck.engine.arrival import columns_in_order  # most servers have no state

    try:
        return columns_in_order(logs, plan, names)
    except (SkewcheckError, OSError):
        return {}


def _unknown(logs: LogSource, plan: Plan) -> UnknownColumns:
    from skewcheck.engine.unknown_columns import unknown_columns  # few logs lack a column

    return unknown_columns(logs, plan)


def _divided(
    plan: Plan, chosen: Settings, inputs: AuditInputs, progress: Progress | None
) -> Divided | None:
    """Return what windows and segments are compared with; None where the plan has none."""
    if plan.division is None:
        return None
    from skewcheck.engine.baselines import divided  # most audits have no parts

    return divided(plan, plan.division, chosen, inputs.training, inputs.logs.engine, progress)

"""The model's error in training, which is `model.error` of a parameter file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from skewcheck.catalogue.losses import NO_LOSS
from skewcheck.counts.feature_plan import plan_feature
from skewcheck.counts.plan import Plan, planned_losses
from skewcheck.counts.profile import Profile
from skewcheck.engine.fold import Progress
from skewcheck.engine.source import Source
from skewcheck.features.types import METRICS, Feature, Parameters, Role, TrainingError
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.similar import nearest


def with_roles(parameters: Parameters, roles: Mapping[str, Role], source: Source) -> Parameters:
    """Return the parameters with these roles, in which a column of the data becomes a feature.

    UsageError where a name is neither a feature nor a column. A scaler's file has only the inputs
    of the model: its prediction and label are columns of the training data without steps.
    """
    names = {feature.name for feature in parameters.features}
    added: list[Feature] = []
    for name, role in roles.items():
        if name in names:
            continue
        if not source.has(name):
            hint = nearest(name, [*names, *source.leaves()])
            raise UsageError(
                OptionName(role),
                f": no feature {name!r} in the parameters, and no such column{hint}",
            )
        guess = Feature(name, "numeric", role=role, guessed=True).typed(source.types(name))
        added.append(replace(guess, guessed=False))
    stored = (replace(f, role=roles[f.name]) if f.name in roles else f for f in parameters.features)
    return replace(parameters, features=(*stored, *added))


def with_error(
    parameters: Parameters, source: Source, metric: str, positive: str | None = None, *,
    progress: Progress | None = None,
) -> Parameters:  # fmt: skip
    """Return the parameters with the model's error in training data, by a pass over two columns.

    `positive` is the level of the label that a score is the probability of. UsageError where the
    metric cannot be computed from the prediction and the label, or is 0: the relative effect of a
    log's error is then undefined.
    """
    name = next((code for code in METRICS if code == metric), None)
    if name is None:
        hint = nearest(metric, METRICS) or f"; known are {', '.join(METRICS)}"
        raise _metric_error(f": no metric {metric!r}{hint}")
    unmeasured = TrainingError(name, 1.0, positive=positive)
    outputs = [f for f in parameters.features if f.role != "feature"]
    features = tuple(plan_feature(f, f.name, None, source.has) for f in outputs)
    loss_plan = planned_losses(features, unmeasured)
    if loss_plan is None:
        prediction, label = OptionName("prediction"), OptionName("label")
        raise _metric_error(": needs one ", prediction, " and one ", label, " to be taken of")
    if loss_plan.reason is not None:
        problem = NO_LOSS[loss_plan.reason.kind].format_map(loss_plan.reason.parameters)
        raise _metric_error(f": {problem}")
    both = " and ".join(feature.name for feature in outputs)
    plan = Plan(features, losses=loss_plan)
    profile = source.fold(
        plan.wanted, Profile.zero(plan), partial(Profile.of, plan), progress=progress
    )
    losses = profile.losses
    if losses.unusable:
        raise _metric_error(
            f": {name} cannot be taken of {losses.unusable:,} rows of the training data:"
            f" are {both} as it needs them?"
        )
    value = losses.value(name)
    if losses.rows < 2 or not value > 0:
        raise _metric_error(
            f": {name} is {value:g} in {losses.rows:,} rows with a prediction"
            " and a label: no log's error can be compared with that"
        )
    std = math.sqrt(losses.variance)
    error = replace(unmeasured, value=value, rows=losses.rows, std=std)
    return replace(parameters, error=error)


def _metric_error(*problem: str | OptionName) -> UsageError:
    return UsageError(OptionName("metric"), *problem)

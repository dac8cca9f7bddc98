"""How wrong the model was in training: what `model.error` of a parameter file says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from skewcheck.catalogue.losses import NO_LOSS
from skewcheck.config.given import nearest
from skewcheck.counts.feature_plan import plan_feature
from skewcheck.counts.plan import Plan, planned_losses
from skewcheck.counts.profile import Profile
from skewcheck.engine.fold import Progress
from skewcheck.engine.source import Source
from skewcheck.features.types import METRICS, Parameters, Role, TrainingError
from skewcheck.text.errors import UsageError


def with_roles(parameters: Parameters, roles: Mapping[str, Role]) -> Parameters:
    """Return the parameters with these features' roles; UsageError where one is not among them."""
    known = [feature.name for feature in parameters.features]
    for name, role in roles.items():
        if name not in known:
            hint = nearest(name, known)
            raise UsageError(f"--{role}: no feature {name!r} in the parameters{hint}")
    features = tuple(
        replace(f, role=roles[f.name]) if f.name in roles else f for f in parameters.features
    )
    return replace(parameters, features=features)


def with_error(
    parameters: Parameters, source: Source, metric: str, positive: str | None = None, *,
    progress: Progress | None = None,
) -> Parameters:  # fmt: skip
    """Return the parameters with the model's error in training data, a pass over two columns.

    UsageError where the metric cannot be taken of the prediction and the label, or is 0: no log's
    error can be compared with that.
    """
    name = next((known for known in METRICS if known == metric), None)
    if name is None:
        hint = nearest(metric, METRICS) or f"; known are {', '.join(METRICS)}"
        raise UsageError(f"--metric: no metric {metric!r}{hint}")
    asked = TrainingError(name, 1.0, positive=positive)
    outputs = [f for f in parameters.features if f.role != "feature"]
    features = tuple(plan_feature(f, f.name, None, source.has) for f in outputs)
    losses = planned_losses(features, asked)
    if losses is None:
        raise UsageError("--metric: needs one --prediction and one --label to be taken of")
    if losses.reason is not None:
        problem = NO_LOSS[losses.reason.kind].format_map(losses.reason.parameters)
        raise UsageError(f"--metric: {problem}")
    both = " and ".join(feature.name for feature in outputs)
    plan = Plan(features, losses=losses)
    profile = source.fold(
        plan.wanted, Profile.zero(plan), lambda batch: Profile.of(plan, batch), progress=progress
    )
    found = profile.losses
    if found.unusable:
        what = f"{name} cannot be taken of {found.unusable:,} rows of the training data"
        raise UsageError(f"--metric: {what}: are {both} as it needs them?")
    if found.rows < 2 or not found.value(name) > 0:
        raise UsageError(
            f"--metric: {name} is {found.value(name):g} in {found.rows:,} rows with a prediction"
            " and a label: no log's error can be compared with that"
        )
    error = replace(asked, value=found.value(name), rows=found.rows, std=math.sqrt(found.variance))
    return replace(parameters, error=error)

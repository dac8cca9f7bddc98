"""Servers of statistics over all rows so far, other than training's: candidates and rivals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from skewcheck.counts.tried import MAX_HARM, Tried
from skewcheck.features.scope_reader import ScopeColumn
from skewcheck.features.types import FloatArray
from skewcheck.statistics.running_evidence import log_likelihood_ratio
from skewcheck.statistics.running_models import (
    Model,
    Stretch,
    by_variance,
    centred,
    decaying,
    running,
)
from skewcheck.statistics.running_states import (
    DECAYS,
    RATES,
    Fit,
    errors,
    evaluated,
    fit,
    predicted,
)

ALL = 0.995
"""Share of the rows of what served all of them: some cell may be wrong."""
DECISIVE = 10.0
"""Log-likelihood ratio beyond which one of two servers is refuted: odds of 20,000."""
CLOSER = 10.0
"""So many times less off is another server that is named though the right state explains all rows:
rounding that accumulates may favour a wrong one by far less."""
NEARBY = (-1.0, -0.2, 0.0, 0.2, 1.0)
"""Added to ln(1 / n) of a state, for the starts of fits near it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server other than training's: a model of what it normalizes by."""

    kind: Tried | None
    """None where no scope says it: a constant factor."""
    stretch: Stretch
    """The rows with the sums that it has of them."""
    model: Model
    free: int = 3
    """Parameters that are fitted."""
    rates: FloatArray = field(default_factory=lambda: RATES)
    """Starts of the fit."""

    @property
    def has_state(self) -> bool:
        """Return whether its parameters are a state that a right server may have had."""
        return self.model is not decaying and (self.kind is None or self.kind.over == "running")

    def fitted(self, near: FloatArray | None = None) -> Fit | None:
        """Return the parameters that explain most rows; None where no line starts a fit."""
        return fit(self.stretch, self.model, free=self.free, rates=self.rates, near=near)


@dataclass(frozen=True, slots=True)
class Rival:
    """Another server that explains all rows of a series that a right state explains."""

    server: Server
    kind: Tried
    fit: Fit
    evidence: float
    """Log-likelihood ratio of the right server to this one."""
    harm: float
    """Largest difference between this server's values and right ones, in standard deviations."""

    @property
    def open(self) -> bool:
        """Return whether the rows of the series do not refute it, and it would do harm."""
        return self.evidence < DECISIVE and self.harm > MAX_HARM

    @property
    def closer(self) -> bool:
        """Return whether it explains the series better than a right state, and would do harm."""
        return self.evidence < 0 and self.harm > MAX_HARM

    @property
    def proven(self) -> bool:
        """Return whether it is so much closer to what was served that no rounding explains it."""
        return self.evidence <= -len(self.fit.residuals) * float(np.log(CLOSER))


def servers(scope: ScopeColumn, stretch: Stretch) -> Iterator[Server]:
    """Yield servers other than training's, those that differ least first."""
    step = scope.step
    kind = Tried("running", None, step.ddof, step.method, scope.by)
    flipped = replace(stretch, step=replace(stretch.step, ddof=1 - step.ddof))
    yield Server(kind._replace(ddof=1 - step.ddof), flipped, running)
    yield Server(kind._replace(over="earlier"), stretch.earlier(), running)
    head = stretch.take(stretch.rows <= len(stretch.head))
    yield Server(kind._replace(over="decaying"), head, decaying, rates=DECAYS)
    yield Server(kind._replace(method="centred"), stretch, centred)
    yield Server(kind._replace(method="variance"), stretch, by_variance)
    yield Server(None, stretch, running, free=4)


def told(kind: Tried, made: Fit) -> Tried:
    """Return the scope with what a fit says of it: the rows that decaying statistics are of."""
    if kind.over != "decaying":
        return kind
    return kind._replace(length=max(round(1 / float(np.exp(made.parameters[2]))), 1))


def rivals(scope: ScopeColumn, stretch: Stretch, right: Fit) -> list[Rival]:
    """Return the servers that explain all rows, as the right state does, from fits near it."""
    found = []
    for server in servers(scope, stretch):
        if server.kind is None:  # whether a factor shows is asked of all factors
            continue
        near = right.parameters + np.array([[0.0, 0.0, k] for k in NEARBY])
        if server.kind.over == "decaying":
            near[:, 2] = -np.log(np.exp(-near[:, 2]) + len(stretch.x) / 2)
        made = server.fitted(near)
        if made is not None and made.share >= ALL:
            evidence = _evidence(server, stretch, right, made)
            rival = Rival(server, server.kind, made, evidence, _harm(server, stretch, made))
            found.append(_of_whole_counts(rival, stretch, right) if rival.open else rival)
    return found


def _of_whole_counts(rival: Rival, stretch: Stretch, right: Fit) -> Rival:
    """Return a rival with the evidence that both counts of rows before the log are whole numbers.

    The same where statistics decay, and where either state fits with no whole number at all.
    """
    if rival.server.model is decaying:
        return rival
    others = _whole(rival.server.stretch, rival.fit, rival.server.model)
    pairs = [
        [_evidence(rival.server, stretch, own, other) for own in _whole(stretch, right)]
        for other in others
    ]
    return replace(rival, evidence=float(np.array(pairs).max(1).min())) if pairs else rival


def _whole(stretch: Stretch, made: Fit, model: Model = running) -> list[Fit]:
    """Return the fits with the whole numbers next to the count of a state, from 1 on."""
    count = round(float(np.exp(-made.parameters[2])))
    fits = []
    for whole in {max(count + by, 1) for by in (-1, 0, 1)}:
        near = made.parameters[None].copy()
        near[:, 2] = -np.log(whole)
        of_whole = fit(stretch, model, free=2, near=near)
        fits += [] if of_whole is None else [of_whole]
    return fits


def _evidence(server: Server, stretch: Stretch, right: Fit, other: Fit) -> float:
    """Return the log-likelihood ratio of the right state to another server on the same rows."""
    rows = stretch.take(stretch.rows <= len(stretch.head)) if server.model is decaying else stretch
    unit = errors(rows, right.parameters)
    made = predicted(server.stretch, other.parameters, server.model)
    of_right = evaluated(rows, right.parameters).residuals
    # The deviation is no parameter of a server that only centres.
    free = 2 if server.model is centred else 3
    return log_likelihood_ratio(of_right, (made - rows.served) / unit, free=(3, free))


def _harm(server: Server, stretch: Stretch, made: Fit) -> float:
    """Return how far right values are from a server's at most, in standard deviations.

    A right server is taken to have the same state; one that only centres has none of the
    deviation, for which that of the log stands. Decaying statistics of weight w are off by
    sqrt(w / (2 - w)) of the deviation, the standard error of their mean (Roberts, Control chart
    tests based on geometric moving averages, 1959).
    """
    parameters = made.parameters.copy()
    if server.model is decaying:
        weight = float(np.exp(parameters[2]))
        return float(np.sqrt(weight / (2 - weight)))
    if server.model is centred:
        parameters[1] = 0.0
    served = predicted(server.stretch, made.parameters, server.model)
    return float(np.abs(predicted(stretch, parameters) - served).max())

"""Judged features as an audit, with the causes and incidents that they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from skewcheck.counts.profile import Profile
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit, FeatureAudit, LogsSummary
from skewcheck.results.causes import OPEN, Cause
from skewcheck.results.policy import Policy
from skewcheck.results.verdicts import ALARMS, Verdict
from skewcheck.verdict.gate import Gate

if TYPE_CHECKING:
    from skewcheck.results.incidents import Incident


def assembled(
    parameters: Parameters, profile: Profile, policy: Policy, files: tuple[str, ...],
    features: tuple[FeatureAudit, ...], gate: Gate,
) -> Audit:  # fmt: skip
    """Return the audit of judged features, with the causes that they share."""
    modes = {f.mode for f in features if f.verdict is not Verdict.UNTESTED} or {
        f.mode for f in features
    }
    mode = modes.pop() if len(modes) == 1 else "mixed"
    causes = _shared_causes(features)
    return Audit(
        verdict=gate.verdict,
        exit_code=gate.exit_code,
        parameters_path=parameters.path or "",
        fingerprint=parameters.fingerprint,
        model=parameters.model,
        logs=LogsSummary(files, profile.rows, mode, profile.newest),
        policy=policy,
        features=features,
        causes=causes,
        incidents=_incidents(features, causes),
        not_tested=gate.not_tested,
        holds=gate.holds,
    )


def _shared_causes(features: Sequence[FeatureAudit]) -> tuple[Cause, ...]:
    """Return the causes that explain several features at once."""
    if not any(feature.causes for feature in features):
        return ()
    from skewcheck.causes.shared_causes import shared

    return shared(
        {feature.name: () if _hardly_explained(feature) else feature.causes
         for feature in features},
        len(features),
    )  # fmt: skip


def _incidents(
    features: Sequence[FeatureAudit], causes: Sequence[Cause]
) -> tuple[Incident, ...]:  # fmt: skip
    """Return what features that alarm have in common in place and time."""
    if not any(feature.verdict in ALARMS for feature in features):
        return ()
    from skewcheck.verdict.incidents import incidents  # most audits find nothing

    return incidents(features, causes)


def _hardly_explained(feature: FeatureAudit) -> bool:
    """Return whether the first cause is doubtful, and of fewer rows than no cause explains."""
    first = next(iter(feature.causes), None)
    return first is not None and first.confidence <= OPEN and first.share < feature.unexplained

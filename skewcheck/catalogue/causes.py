"""All causes, in the order in which they are listed: the only place that lists their codes."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.catalogue.causes_of_levels import CATEGORY_RENAMED, ENCODING_CHANGED
from skewcheck.catalogue.causes_of_scopes import GLOBAL_PARAMETERS, SCOPE_CHANGED, WRONG_GROUP
from skewcheck.catalogue.causes_of_steps import (
    EPSILON_CHANGED,
    NORMALIZED_TWICE,
    NOT_NORMALIZED,
    RECOMPUTED_PARAMETERS,
    STALE_PARAMETERS,
    STEP_CHANGED,
    STEP_MISSING,
    WRONG_DDOF,
    WRONG_METHOD,
    WRONG_PARAMETERS,
)
from skewcheck.catalogue.causes_of_values import (
    DRIFT,
    PRECISION_LOSS,
    STUCK_VALUE,
    SWAPPED_FEATURES,
    TIME_SHIFT,
    UNIT_CHANGE,
    VALUE_MAPPED,
)

CAUSES: Mapping[str, CauseSpec] = {
    spec.code: spec
    for spec in (
        NOT_NORMALIZED,
        NORMALIZED_TWICE,
        WRONG_PARAMETERS,
        STALE_PARAMETERS,
        RECOMPUTED_PARAMETERS,
        WRONG_DDOF,
        EPSILON_CHANGED,
        WRONG_METHOD,
        SWAPPED_FEATURES,
        STEP_MISSING,
        STEP_CHANGED,
        UNIT_CHANGE,
        TIME_SHIFT,
        VALUE_MAPPED,
        PRECISION_LOSS,
        STUCK_VALUE,
        ENCODING_CHANGED,
        CATEGORY_RENAMED,
        WRONG_GROUP,
        GLOBAL_PARAMETERS,
        SCOPE_CHANGED,
        DRIFT,
    )
}

__all__ = [
    "CATEGORY_RENAMED",
    "CAUSES",
    "DRIFT",
    "ENCODING_CHANGED",
    "EPSILON_CHANGED",
    "GLOBAL_PARAMETERS",
    "NORMALIZED_TWICE",
    "NOT_NORMALIZED",
    "PRECISION_LOSS",
    "RECOMPUTED_PARAMETERS",
    "SCOPE_CHANGED",
    "STALE_PARAMETERS",
    "STEP_CHANGED",
    "STEP_MISSING",
    "STUCK_VALUE",
    "SWAPPED_FEATURES",
    "TIME_SHIFT",
    "UNIT_CHANGE",
    "VALUE_MAPPED",
    "WRONG_DDOF",
    "WRONG_GROUP",
    "WRONG_METHOD",
    "WRONG_PARAMETERS",
]

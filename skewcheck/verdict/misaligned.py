"""Causes of features that came loose from the others, beside those that were diagnosed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from skewcheck.catalogue.tests import DEPENDENCE
from skewcheck.causes.log_evidence import InOrder
from skewcheck.causes.misaligned import Partner, misaligned
from skewcheck.results.causes import Diagnosed
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import ALARMS
from skewcheck.verdict.dependence import ComparedPairs
from skewcheck.verdict.measured_log import MeasuredLog

LEAST = 0.1
"""Correlation in training from which on a partner tells where values belong."""


def with_misaligned(
    diagnoses: Sequence[Diagnosed], compared: ComparedPairs, log: MeasuredLog,
    tests: Mapping[str, Sequence[JudgedTest]], in_order: InOrder | None,
) -> list[Diagnosed]:  # fmt: skip
    """Return the diagnoses, with a cause more for each feature whose test of dependence alarms.

    Only for features that came loose and have no cause yet: one of a feature's own rows explains
    its dependence as well.
    """
    result = list(diagnoses)
    for name in compared.loose:
        place = log.names.index(name)
        alarms = [test.name for test in tests[name] if test.verdict in ALARMS]
        partners = [
            Partner(
                pair.partner(name),
                pair.pair.correlation,
                pair.correlation,
                pair.pair.unit_variance,
            )
            for pair in compared.of(name)
            if abs(pair.pair.correlation) >= LEAST and pair.partner(name) not in compared.loose
        ]
        if DEPENDENCE.code not in alarms or result[place].causes or not partners:
            continue
        moved = any(test != DEPENDENCE.code for test in alarms)
        cause = misaligned(log.plan, name, partners, compared.orders, in_order, moved=moved)
        if cause is not None:
            result[place] = replace(result[place], causes=(cause,))
    return result

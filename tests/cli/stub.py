"""A stand-in for the API below the command line, so that its tests need no data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType

import numpy as np
from reports.sample import AUDIT

from skewcheck.features.histogram import Histogram
from skewcheck.features.notes import free_notes
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature, NumericReference, Parameters
from skewcheck.results.audit import Audit
from skewcheck.simulate.inject import Injected
from skewcheck.text.errors import ParameterError


def parameters(std: float) -> Parameters:
    """Return a file of one feature."""
    reference = NumericReference(3, histogram=Histogram.discrete(np.array([1.0]), np.array([3])))
    return Parameters((Feature("fare", "numeric", (ZScore(0.0, std),), reference),), "sha256:0")


@dataclass
class Api:
    """What was called, and what to answer."""

    audit_result: Audit = AUDIT
    error: BaseException | None = None
    calls: list[tuple[str, tuple[object, ...], Mapping[str, object]]] = field(default_factory=list)

    def audit(self, *given: object, **options: object) -> Audit:
        self.calls.append(("audit", given, options))
        if self.error:
            raise self.error
        return self.audit_result

    @contextmanager
    def delivering(self, *given: object, **options: object) -> Iterator[tuple[Audit, None]]:
        yield self.audit(*given, **options), None

    def fit(self, *given: object, **options: object) -> Parameters:
        self.calls.append(("fit", given, options))
        return replace(
            parameters(1.0), notes=free_notes(["id: left out, every value is distinct\x1b[2J"])
        )

    def load(self, path: str, names: tuple[str, ...] = ()) -> Parameters:
        self.calls.append(("load", (path, names), {}))
        if path == "bad.json":
            raise ParameterError("bad.json: features.x: must be a table\n\x1b[2J")
        return parameters(2.0 if path == "new.json" else 1.0)

    def save(self, *given: object) -> None:
        self.calls.append(("save", given, {}))

    def apply(self, *given: object) -> int:
        self.calls.append(("apply", given, {}))
        return 1234

    def inject(self, *given: object, **options: object) -> Injected:
        self.calls.append(("inject", given, options))
        return Injected(1234, 86, ("fare",), free_notes(["not in pay: needs a number"]))

    def dumps(self, found: Parameters) -> str:
        return f'{{"features": {len(found.features)}}}\n'

    def module(self) -> ModuleType:
        """Return it as the module that the commands import."""
        module = ModuleType("skewcheck.api")
        for name in ("audit", "delivering", "fit", "load", "save", "apply", "inject", "dumps"):
            setattr(module, name, getattr(self, name))
        return module

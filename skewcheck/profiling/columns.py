"""The columns of a server's rows: those of features that training names, and of options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace

import pyarrow as pa

from skewcheck.config.loading import loaded, of_group, selected
from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import served_columns
from skewcheck.engine.columns import FeatureColumns, parts
from skewcheck.engine.plan import make_plan
from skewcheck.engine.profiles.writing import Counting, refuse_scopes
from skewcheck.engine.source import LogSource
from skewcheck.features.types import Feature, Parameters
from skewcheck.logs.batch import Wanted
from skewcheck.logs.columns import Path
from skewcheck.logs.file import Contents, File, Thunk
from skewcheck.parameters import Place
from skewcheck.text.errors import OptionName, UsageError

SERVED = "{feature}_norm"
"""The columns of served values, where no option names them: a log's must differ from the raw ones.
"""
_OF_FILES = (
    "join", "within", "layout", "where", "version", "as_of", "sql", "settle", "column_names",
    "null_values", "since", "until", "last", "reference",
)  # fmt: skip
"""Settings of logs in files."""


@dataclass(frozen=True, slots=True)
class Served:
    """What a server's rows are counted by."""

    parameters: Parameters
    """Those of the selected features."""
    stated: Parameters
    settings: Settings
    raw: Mapping[str, str]
    """The columns of a row's raw values, and of times and segments, by their key in the row."""
    served: Mapping[str, str]
    """Likewise of its served values, by the names that training gives them."""

    @classmethod
    def of(cls, parameters: Place | Parameters, settings: Settings) -> Served:
        """Return what rows are counted by; UsageError for settings of logs in files."""
        for key in _OF_FILES:
            if getattr(settings, key) != getattr(Settings(), key):
                raise UsageError(OptionName(_KEYS.get(key, key)), ": is of logs in files")
        if isinstance(settings.every, int):
            raise UsageError(
                OptionName("every", settings.every), ": rows of a server have no numbers: name a"
                " length of time",
            )  # fmt: skip
        if settings.served is None:
            settings = replace(settings, served=SERVED)
        stated = of_group(loaded(parameters, settings.names), settings.group)
        raw, served = _columns(stated.features, settings)
        others = (settings.time_column, settings.cluster, *(settings.by or ()),
                  *(f.by for f in stated.features))  # fmt: skip
        raw |= {name: name for name in others if name}
        return cls(selected(stated, settings), stated, settings, raw, served)

    def counting(self, present: Set[str], *, sampled: bool) -> tuple[LogSource, Counting]:
        """Return the plan for rows with these columns, and the log that they are of.

        NothingToTestError where none is of a feature.
        """
        source = self.source("rows", present)
        plan = make_plan(self.parameters, source, self.settings, self.stated.features)
        refuse_scopes(plan)
        return source, Counting(
            plan,
            self.stated.fingerprint,
            self.settings,
            self.settings,
            self.stated.features,
            sampled=sampled,
        )

    def source(self, name: str, present: Set[str]) -> LogSource:
        """Return a log of one file without rows, with these columns."""

        def read(_: Mapping[str, Path], wanted: Wanted) -> Iterator[Thunk]:  # noqa: ARG001
            return iter(())

        features = {f.name: f for f in self.stated.features}
        schema = {
            column: _type(features.get(key))
            for keys in (self.raw, self.served) for key, column in keys.items()
            if column in present
        }  # fmt: skip
        return LogSource((File(name, name, 0, Contents(schema, read, rows=0)),))


_KEYS = {"column_names": "columns"}


def _type(feature: Feature | None) -> pa.DataType:
    text = feature is not None and feature.type == "categorical"
    return pa.string() if text else pa.float64()


def _columns(
    features: tuple[Feature, ...], settings: Settings
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the raw columns by key, and the served ones by the names that training gives them."""
    raw: dict[str, str] = {}
    served: dict[str, str] = {}
    for whole in features:
        of_whole = FeatureColumns.of(whole, settings)
        if of_whole.raw is not None:
            raw[of_whole.raw] = of_whole.raw
        for feature in parts(whole):
            if of_whole.served is not None and feature.normalized:
                names: Callable[[str], str] = of_whole.served
                columns = served_columns(feature, names)
                served.update(zip(feature.served_names, columns, strict=False))
    return raw, served

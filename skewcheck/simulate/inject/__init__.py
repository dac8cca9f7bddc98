"""Write logs as a server with a known fault would, to measure what an audit detects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from skewcheck.catalogue.causes import CAUSES, RECOMPUTED_PARAMETERS
from skewcheck.features.notes import Note
from skewcheck.features.steps import Affine
from skewcheck.features.types import Feature, Parameters, refuse_untested
from skewcheck.lock.apply import Made, named, present, write_log
from skewcheck.logs.arrays.numeric import EXACT
from skewcheck.logs.batch import Batch
from skewcheck.logs.log import Log
from skewcheck.simulate.inject.arrived_rows import ArrivedValues
from skewcheck.simulate.inject.categorical_faults import Renamed
from skewcheck.simulate.inject.fault_plan import FaultPlan, InjectionTask, plan_faults
from skewcheck.simulate.inject.fault_settings import FaultSettings
from skewcheck.simulate.inject.faults import ChangedRawValues, Fault
from skewcheck.simulate.inject.faulty_columns import FaultyColumns
from skewcheck.simulate.inject.row_selection import RowSelection
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.similar import nearest

if TYPE_CHECKING:
    from skewcheck.simulate.inject.own_serving import OwnServer
    from skewcheck.simulate.inject.own_statistics import OwnFault

__all__ = ["FaultSettings", "Injected", "RowSelection", "write_injected"]


@dataclass(frozen=True, slots=True)
class Injected:
    """The result of an injection."""

    rows: int
    """Rows written."""
    affected: int
    """Rows with the fault."""
    features: tuple[str, ...]
    """Features with the fault, in the order of the parameter file."""
    notes: tuple[Note, ...] = ()
    """Sentences on features that do not have the fault, and why."""


def write_injected(
    code: str,
    parameters: Parameters,
    log: Log,
    output: str | Path,
    *,
    raw: Mapping[str, str],
    served: str = "{feature}_norm",
    features: Sequence[str] = (),
    rows: RowSelection | None = None,
    numbers: FaultSettings | None = None,
    history: Sequence[Parameters] = (),
    by_file: bool = False,
) -> Injected:
    """Write all rows with served columns: faulty ones in affected rows, else correct ones.

    `code` is a cause code; `features` are patterns of the features with the fault (none: all that
    can have it), `numbers` its settings, `raw` and `served` are as in `write_applied`. Drift and
    renamed categories change the raw column and are served correctly. Raises UsageError if no
    feature can have the fault or no row is affected; nothing is written then.
    """
    _check_code(code, by_file)
    selection = rows or RowSelection()
    selection.check(log)
    servable, unserved_notes = _servable(present(parameters.features, log, raw), features)
    task = InjectionTask(code, servable, log, raw, selection, numbers or {}, history, by_file)
    plan, notes = plan_faults(task, parameters, features)
    notes = (*unserved_notes, *notes)
    faulty = FaultyColumns(task, plan, served)
    server = _own_server(servable, parameters, log, raw, plan)

    def batches_written(batches: Iterable[Batch]) -> Iterator[Made]:
        for batch in batches:
            mask = selection.affected(batch)
            columns = faulty.of(batch, mask)
            if server is not None:
                own = [feature for feature in servable if not feature.by_itself]
                for name, made in server.served(own, batch, mask).items():
                    columns |= named({name: made.values}, served)
                    columns |= {} if made.raw is None else {raw[name]: made.raw}
                    faulty.changed.update([name] if made.changed else [])
            yield batch, columns
        if not faulty.affected:
            options = selection.options()
            raise UsageError("inject: no row is affected by ", *options, ": nothing is written")

    changed = {raw[name]: _type(log, raw[name], faults.get("")) for name, faults in plan.items()}
    types = {column: arrow_type for column, arrow_type in changed.items() if arrow_type is not None}
    total = write_log(servable, log, output, batches_written, raw=raw, served=served, types=types)
    unchanged = [name for name in plan if name not in faulty.changed]
    if unchanged:
        notes = (*notes, Note("fault_without_effect", {"features": tuple(unchanged)}))
    return Injected(total, faulty.affected, tuple(plan), notes)


def _own_server(
    servable: Sequence[Feature], parameters: Parameters, log: Log, raw: Mapping[str, str],
    plan: FaultPlan,
) -> OwnServer | None:  # fmt: skip
    """Return what serves features by a key or over rows; None without any."""
    own = [feature for feature in servable if not feature.by_itself]
    if not own:
        return None
    from skewcheck.simulate.inject.own_serving import OwnServer  # few features are so
    from skewcheck.simulate.inject.own_statistics import KeyFaults, ScopeFault

    faults = {
        name: fault
        for name, of_file in plan.items()
        if isinstance(fault := of_file.get(""), KeyFaults | ScopeFault)
    }
    return OwnServer(own, parameters.features, log, raw, faults)


def _check_code(code: str, by_file: bool) -> None:
    """Raise UsageError for an unknown fault, and for `by_file` with a fault that ignores it."""
    if code not in CAUSES:
        hint = nearest(code, tuple(CAUSES)) or f"; known are {', '.join(CAUSES)}"
        raise UsageError(f"inject: no fault {code[:60]!r}{hint}")
    if by_file and code != RECOMPUTED_PARAMETERS.code:
        raise UsageError(
            OptionName("by_file"), f": is for {RECOMPUTED_PARAMETERS.code}, not for {code}"
        )


def _servable(
    features: Sequence[Feature], patterns: Sequence[str]
) -> tuple[tuple[Feature, ...], tuple[Note, ...]]:
    """Return the features that can be served, and a note on each that cannot."""
    refuse_untested(f for f in features if patterns and f.name in patterns)
    servable = tuple(f for f in features if f.untested is None)
    if not servable:
        refuse_untested(features)
    notes = tuple(
        Note("feature_not_served", {"feature": f.name, "reason": f.untested})
        for f in features
        if f.untested is not None
    )
    return servable, notes


def _type(
    log: Log, column: str, fault: Fault | OwnFault | ArrivedValues | None
) -> pa.DataType | None:
    """Return the new type of a raw column that a fault changes; None if it does not change it."""
    if fault is not None and getattr(fault, "changes_raw", False):
        return pa.float64()
    if isinstance(fault, Renamed):
        return pa.string()
    if not isinstance(fault, ChangedRawValues):
        return None
    types = [file.schema()[column] for file in log.files if column in file.schema()]
    is_integer = all(pa.types.is_integer(k) for k in types) and all(
        step.offset.is_integer() and abs(step.offset) < EXACT
        for step in fault.steps
        if isinstance(step, Affine)
    )
    return pa.int64() if types and is_integer else pa.float64()

"""Keras models: the preprocessing layers between the inputs and the model."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.features.types import FeatureType, Parameters, ParameterWarning
from skewcheck.parameters.columns import PipelineColumn, build_parameters, positional_names
from skewcheck.parameters.keras.layer import Layer, Origin, layer, layers, origins
from skewcheck.parameters.keras.saved import Saved, recognised, saved
from skewcheck.parameters.keras.steps import HASHED, LAYERS, Call, Columns
from skewcheck.parameters.source import ParameterSource, Reader

MOST = 500_000
"""Columns that all layers together may make."""
WIDEST = 100_000
LOOKED = 1_000_000
"""Layers looked at until all are called: Keras writes them almost in order."""
_DEEPEST = 5
_MODELS = ("Sequential", "Functional", "Model")


class _Walk:
    """What each layer made so far: its columns, or None for what a model computes."""

    def __init__(self, source: ParameterSource, found: Saved) -> None:
        self.source = source
        self.saved = found
        self.served: list[PipelineColumn] = []
        self.models: dict[str, None] = {}
        self.notes: list[str] = []
        self.warnings: list[ParameterWarning] = []
        self.features: list[str] = []
        self._made = 0

    def input(self, own: Layer, shape: Sequence[int | None] | None, width: int = 0) -> Columns:
        """Return a column for each place of an input."""
        if shape is not None and len(shape) == 2:
            width = shape[1] or width
        elif shape is not None:
            width = 1
        if not 0 < width <= WIDEST:
            raise self.source.error(
                f"does not say how many columns its input {own.name} has, or says {width:,}: build"
                " the model with keras.Input(shape=(columns,))"
            )
        names = [own.name]
        if width > 1 and self.source.names:
            names = list(self.source.names_for(width))
        elif width > 1:
            names, note = positional_names(own.name, width)
            self.notes.append(note)
        self.features += names
        kind: FeatureType | None = "categorical" if _dtype(own) == "string" else None
        return self.made(tuple(PipelineColumn(name, type=kind) for name in names))

    def made(self, columns: Columns) -> Columns:
        """Count columns; ParameterError where a small file makes too many."""
        self._made += len(columns)
        if self._made > MOST:
            raise self.source.error(f"makes more than {MOST:,} columns, too many to follow")
        return columns

    def call(
        self, own: Layer, given: Sequence[Columns | float | None], depth: int
    ) -> Columns | None:
        """Return what a layer makes of tensors; None where that is a model's."""
        tensors = [item for item in given if item is not None and not isinstance(item, float)]
        columns = tuple(column for item in tensors for column in item)
        if own.kind in _MODELS and not own.custom:
            return self.model(own, tensors, depth + 1) if len(tensors) == len(given) else None
        reads = LAYERS.get(own.kind) if not own.custom else None
        whole = [item for item in given if item is not None]
        if len(whole) < len(given) or (reads is None and own.kind not in HASHED and not own.custom):
            if columns:
                self.models[own.kind] = None
            self.served += self.made(columns)
            return None
        if reads is None:
            return self.made(
                tuple(c.untestable(f"{own.kind} has no per-feature form") for c in columns)
            )
        result = reads(Call(own, columns, self.saved, whole, self.warnings))
        if isinstance(result, str):
            result = tuple(column.untestable(result) for column in columns)
        return self.made(result)

    def model(self, own: Layer, given: Sequence[Columns], depth: int) -> Columns | None:
        """Return what a model makes of tensors, its layers one after the other or as a graph."""
        if depth > _DEEPEST:
            raise self.source.error("models nested too deep")
        inside = layers(own.settings)
        if own.kind != "Sequential":
            return self.graph(inside, given, depth)
        last: Columns | None = given[0] if given else None
        begun = bool(given)
        for one in inside:
            if not begun:
                last, begun = self.first(own, inside), True
            if one.kind != "InputLayer":
                last = self.call(one, [last], depth)
        return last

    def first(self, own: Layer, inside: Sequence[Layer]) -> Columns:
        """Return the columns of a Sequential model, which may begin without an input of its own."""
        shape = next((shape for one in inside[:1] if (shape := one.shape()) is not None), None)
        built = own.given("build_input_shape")
        if shape is None and built is not None:
            shape = tuple(None if item.value is None else item.count() for item in built.items())
        width = next((n for one in inside if (n := self.learned_width(one))), 0)
        named = inside[0] if inside[0].kind == "InputLayer" else own
        return self.input(named, shape, width)

    def learned_width(self, own: Layer) -> int:
        """Return how many columns a Normalization has means for."""
        if own.kind != "Normalization":
            return 0
        mean = own.numbers("mean")
        if mean is None:
            held = self.saved.learned(own.name, own.usual)
            mean = held.get("mean", held.get("0"))
        return 0 if mean is None else mean.size

    def graph(
        self, inside: Sequence[Layer], given: Sequence[Columns], depth: int
    ) -> Columns | None:
        """Return what a graph of layers makes; a layer is called when all that it takes is made."""
        values: dict[tuple[str, int], Columns | None] = {}
        taken: set[tuple[str, int]] = set()
        fed = iter(given)
        waiting: list[tuple[Layer, int, list[Origin | float]]] = []
        for one in inside:
            if one.kind == "InputLayer":
                inner = next(fed, ()) if given else self.input(one, one.shape())
                values[one.name, 0] = inner
            waiting += [(one, i, list(origins(node))) for i, node in enumerate(one.calls)]
        looked = 0
        while waiting:
            looked += len(waiting)
            ready = [(one, i, takes) for one, i, takes in waiting
                     if all(isinstance(t, float) or t[:2] in values for t in takes)]  # fmt: skip
            if looked > LOOKED:
                raise self.source.error("has too many layers in no order, no model does")
            if not ready:
                raise self.source.error(f"layer {waiting[0][0].name} waits for one that is absent")
            for one, i, takes in ready:
                taken |= {t[:2] for t in takes if not isinstance(t, float)}
                got = [t if isinstance(t, float) else values[t[:2]] for t in takes]
                values[one.name, i] = self.call(one, got, depth)
            done = {(one.name, i) for one, i, _ in ready}
            waiting = [item for item in waiting if (item[0].name, item[1]) not in done]
        ends = [value for key, value in values.items() if key not in taken]
        if not ends or any(value is None for value in ends):
            for value in ends:
                self.served += self.made(value or ())
            return None
        return self.made(tuple(column for value in ends for column in value or ()))


def _dtype(own: Layer) -> str:
    found = own.given("dtype")
    return found.value if found is not None and isinstance(found.value, str) else ""


def read(source: ParameterSource) -> Parameters:
    """Return what the layers before the model do to each input."""
    found = saved(source)
    walk = _Walk(source, found)
    own = layer(found.root, {})
    if own.kind in _MODELS:
        end = walk.model(own, (), 0)
    elif own.kind in LAYERS:
        end = walk.call(own, [walk.input(own, own.shape(), walk.learned_width(own) or 1)], 0)
    else:
        raise source.error(
            f"is a {own.kind or 'model'} of Keras whose layers it does not list: save a Sequential"
            " or functional model, or its preprocessing layers as one"
        )
    served = [*walk.served, *(end or ())]
    notes = [*walk.notes, *(f"{kind}: a model, left out" for kind in walk.models)]
    known = {column.feature for column in served}
    if dropped := [name for name in walk.features if name not in known]:
        notes.append(f"{', '.join(dropped[:3])}: not taken by the model, left out")
    return build_parameters(source, served, notes=notes, warnings=walk.warnings)


READER = Reader(recognised, read)

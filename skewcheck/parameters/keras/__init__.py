"""Read Keras models: the preprocessing layers between the inputs and the predictor."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.features.types import FeatureType, Parameters, ParameterWarning
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn, positional_names
from skewcheck.parameters.keras.layer import Layer, Origin, origins, parse_layer, parse_layers
from skewcheck.parameters.keras.layer_steps import LAYERS, UNTESTABLE_LAYERS, Columns, LayerCall
from skewcheck.parameters.keras.saved_model import SavedModel, open_model, recognised
from skewcheck.parameters.source import FormatReader, ParameterSource

MAX_COLUMNS = 500_000
"""Columns that all layers together may create: a few bytes of a file may announce millions."""
MAX_WIDTH = 100_000
"""Columns of one input: more are pixels or embeddings."""
MAX_VISITS = 1_000_000
"""Visits of layers until all are called: Keras writes them almost in order, so few are visited
twice."""
_MAX_NESTING = 5
"""Models within models; real ones have one or two levels."""
_MODEL_CLASSES = ("Sequential", "Functional", "Model")


class _ModelWalk:
    """Columns that a predictor uses, notes and warnings, while the layers are called."""

    def __init__(self, source: ParameterSource, saved: SavedModel) -> None:
        self.source = source
        self.saved = saved
        self.served: list[PipelineColumn] = []
        self.models: dict[str, None] = {}
        self.notes: list[str] = []
        self.warnings: list[ParameterWarning] = []
        self.features: list[str] = []
        self._made = 0

    def input(self, layer: Layer, shape: Sequence[int | None] | None, width: int = 0) -> Columns:
        """Return a column for each index of an input."""
        if shape is not None and len(shape) == 2:
            width = shape[1] or width
        elif shape is not None:
            width = 1
        if not 0 < width <= MAX_WIDTH:
            raise self.source.error(
                f"does not say how many columns its input {layer.name} has, or says {width:,}:"
                " build the model with keras.Input(shape=(columns,))"
            )
        names = [layer.name]
        if width > 1 and self.source.names:
            names = list(self.source.names_for(width))
        elif width > 1:
            names, note = positional_names(layer.name, width)
            self.notes.append(note)
        self.features += names
        feature_type: FeatureType | None = "categorical" if _dtype(layer) == "string" else None
        return self.counted(tuple(PipelineColumn(name, type=feature_type) for name in names))

    def counted(self, columns: Columns) -> Columns:
        """Count columns and return them; ParameterError if there are too many."""
        self._made += len(columns)
        if self._made > MAX_COLUMNS:
            raise self.source.error(f"makes more than {MAX_COLUMNS:,} columns, too many to follow")
        return columns

    def call(
        self, layer: Layer, arguments: Sequence[Columns | float | None], depth: int
    ) -> Columns | None:
        """Return a layer's output; None if it is a predictor's."""
        tensors = [
            argument
            for argument in arguments
            if argument is not None and not isinstance(argument, float)
        ]
        columns = tuple(column for argument in tensors for column in argument)
        if layer.kind in _MODEL_CLASSES and not layer.custom:
            return self.model(layer, tensors, depth + 1) if len(tensors) == len(arguments) else None
        read_layer = LAYERS.get(layer.kind) if not layer.custom else None
        known_arguments = [argument for argument in arguments if argument is not None]
        if len(known_arguments) < len(arguments) or (
            read_layer is None and layer.kind not in UNTESTABLE_LAYERS and not layer.custom
        ):
            if columns:
                self.models[layer.kind] = None
            self.served += self.counted(columns)
            return None
        if read_layer is None:
            return self.counted(
                tuple(c.untestable(f"{layer.kind} has no per-feature form") for c in columns)
            )
        result = read_layer(LayerCall(layer, columns, self.saved, known_arguments, self.warnings))
        if isinstance(result, str):
            result = tuple(column.untestable(result) for column in columns)
        return self.counted(result)

    def model(self, layer: Layer, arguments: Sequence[Columns], depth: int) -> Columns | None:
        """Return a model's output: its layers in sequence, or as a graph."""
        if depth > _MAX_NESTING:
            raise self.source.error("models nested too deep")
        inner_layers = parse_layers(layer.settings)
        if layer.kind != "Sequential":
            return self.graph(inner_layers, arguments, depth)
        output: Columns | None = arguments[0] if arguments else None
        has_input = bool(arguments)
        for inner in inner_layers:
            if not has_input:
                output, has_input = self.sequential_input(layer, inner_layers), True
            if inner.kind != "InputLayer":
                output = self.call(inner, [output], depth)
        return output

    def sequential_input(self, layer: Layer, inner_layers: Sequence[Layer]) -> Columns:
        """Return the columns of a Sequential model, which may lack an input layer."""
        shape = next(
            (shape for inner in inner_layers[:1] if (shape := inner.shape()) is not None), None
        )
        built = layer.setting("build_input_shape")
        if shape is None and built is not None:
            shape = tuple(None if item.value is None else item.count() for item in built.items())
        width = next(
            (learned for inner in inner_layers if (learned := self.learned_width(inner))), 0
        )
        input_layer = inner_layers[0] if inner_layers[0].kind == "InputLayer" else layer
        return self.input(input_layer, shape, width)

    def learned_width(self, layer: Layer) -> int:
        """Return the number of means of a Normalization; 0 for other layers."""
        if layer.kind != "Normalization":
            return 0
        mean = layer.numbers("mean")
        if mean is None:
            arrays = self.saved.learned(layer.name, layer.default_name)
            mean = arrays.get("mean", arrays.get("0"))
        return 0 if mean is None else mean.size

    def graph(
        self, inner_layers: Sequence[Layer], arguments: Sequence[Columns], depth: int
    ) -> Columns | None:
        """Return a graph's output; a layer is called once all its inputs are known."""
        values: dict[tuple[str, int], Columns | None] = {}
        used: set[tuple[str, int]] = set()
        remaining_arguments = iter(arguments)
        waiting: list[tuple[Layer, int, list[Origin | float]]] = []
        for layer in inner_layers:
            if layer.kind == "InputLayer":
                input_columns = (
                    next(remaining_arguments, ()) if arguments else self.input(layer, layer.shape())
                )
                values[layer.name, 0] = input_columns
            waiting += [(layer, i, list(origins(node))) for i, node in enumerate(layer.calls)]
        visits = 0
        while waiting:
            visits += len(waiting)
            ready = [
                (layer, i, sources)
                for layer, i, sources in waiting
                if all(isinstance(origin, float) or origin[:2] in values for origin in sources)
            ]
            if visits > MAX_VISITS:
                raise self.source.error("has too many layers in no order, no model does")
            if not ready:
                raise self.source.error(f"layer {waiting[0][0].name} waits for one that is absent")
            for layer, i, sources in ready:
                used |= {origin[:2] for origin in sources if not isinstance(origin, float)}
                inputs = [
                    origin if isinstance(origin, float) else values[origin[:2]]
                    for origin in sources
                ]
                values[layer.name, i] = self.call(layer, inputs, depth)
            called = {(layer.name, i) for layer, i, _ in ready}
            waiting = [item for item in waiting if (item[0].name, item[1]) not in called]
        outputs = [value for key, value in values.items() if key not in used]
        if not outputs or any(value is None for value in outputs):
            for value in outputs:
                self.served += self.counted(value or ())
            return None
        return self.counted(tuple(column for value in outputs for column in value or ()))


def _dtype(layer: Layer) -> str:
    setting = layer.setting("dtype")
    return setting.value if setting is not None and isinstance(setting.value, str) else ""


def read(source: ParameterSource) -> Parameters:
    """Return the steps that the layers before a predictor apply to each input."""
    saved_model = open_model(source)
    walk = _ModelWalk(source, saved_model)
    root_layer = parse_layer(saved_model.root, {})
    if root_layer.kind in _MODEL_CLASSES:
        output = walk.model(root_layer, (), 0)
    elif root_layer.kind in LAYERS:
        width = walk.learned_width(root_layer) or 1
        output = walk.call(root_layer, [walk.input(root_layer, root_layer.shape(), width)], 0)
    else:
        raise source.error(
            f"is a {root_layer.kind or 'model'} of Keras whose layers it does not list: save a"
            " Sequential or functional model, or its preprocessing layers as one"
        )
    served = [*walk.served, *(output or ())]
    notes = [*walk.notes, *(f"{kind}: a model, left out" for kind in walk.models)]
    used_features = {column.feature for column in served}
    if unused := [name for name in walk.features if name not in used_features]:
        notes.append(f"{', '.join(unused[:3])}: not taken by the model, left out")
    return build_parameters(source, served, notes=notes, warnings=walk.warnings)


READER = FormatReader(recognised, read)

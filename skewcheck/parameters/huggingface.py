"""Read Hugging Face's preprocessor_config.json: normalization of images and audio."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.features.steps import Affine, Step, ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.source import FormatReader, ParameterSource, root_members
from skewcheck.parameters.tree import Node

_TYPE_KEYS = (
    "feature_extractor_type",
    "image_processor_type",
    "processor_class",
    "video_processor_type",
)
_BYTE_SCALE = 1 / 255
"""Default rescale_factor of image processors."""
_PER_RECORDING = "each recording is normalized by its own mean and deviation"


def _recognised(source: ParameterSource) -> bool:
    root = root_members(source.root)
    has_normalization = "image_mean" in root or "do_normalize" in root or "normalize_means" in root
    return has_normalization or (any(key in root for key in _TYPE_KEYS) and "feature_size" in root)


def _read(source: ParameterSource) -> Parameters:
    if source.root is None:
        raise source.error("no JSON")
    members = source.root.members()
    if "image_mean" in members or "image_std" in members:
        return _images(source, members)
    kind = members["feature_extractor_type"].text() if "feature_extractor_type" in members else ""
    name = str(root_members(source.root).get("model_input_names", ["input_values"]))
    column = PipelineColumn("input_features" if "input_features" in name else "input_values")
    if kind.startswith("AST") and {"mean", "std"} <= set(members):
        if not _flag(members, "do_normalize", True):
            return build_parameters(source, [column], notes=["do_normalize is false: fed as it is"])
        # ASTFeatureExtractor divides by twice the deviation.
        step = ZScore(members["mean"].number(), 2 * members["std"].number())
        return build_parameters(source, [column.then(step, source="mean; std")])
    if "image_processor_type" in members or not kind:
        raise source.error("has no image_mean and image_std: nothing that could be audited")
    if _flag(members, "do_normalize", False) or _flag(members, "normalize_means", False):
        return build_parameters(source, [column.untestable(_PER_RECORDING)])
    return build_parameters(
        source, [column.untestable(f"{kind} computes features, and normalizes none")]
    )


def _flag(members: Mapping[str, Node], key: str, default: bool) -> bool:
    node = members.get(key)
    if node is None or node.value is None:
        return default
    if not isinstance(node.value, bool):
        raise node.must("true or false")
    return node.value


def _images(source: ParameterSource, members: Mapping[str, Node]) -> Parameters:
    """Return (x * rescale_factor - mean) / std for each channel of `image`.

    Image processors rescale by 1/255 unless the file says otherwise.
    """
    for key in ("image_mean", "image_std"):
        if key not in members:
            raise source.root.at(key).error("is missing") if source.root else source.error(key)
    means, stds = _channels(members["image_mean"]), _channels(members["image_std"])
    if len(means) != len(stds):
        raise members["image_std"].error(f"has {len(stds)} channels, but image_mean {len(means)}")
    notes: list[str] = []
    rescaling: list[Step] = []
    if _flag(members, "do_rescale", True):
        factor = _BYTE_SCALE
        if "rescale_factor" in members:
            factor = members["rescale_factor"].number()
        else:
            notes.append("no rescale_factor: read as 1/255, as image processors do")
        rescaling.append(Affine(0.0, factor))
    normalized = _flag(members, "do_normalize", True)
    if not normalized:
        notes.append("do_normalize is false: image_mean and image_std are not applied")
    names = source.names if len(source.names) == len(means) else ()
    columns = []
    for i, (mean, std) in enumerate(zip(means, stds, strict=True)):
        steps = [*rescaling, *([ZScore(mean, std)] if normalized else [])]
        sources = ["rescale_factor"] * bool("rescale_factor" in members and rescaling)
        sources += [f"image_mean[{i}]", f"image_std[{i}]"] if normalized else []
        column = PipelineColumn(names[i] if names else f"image[{i}]", type="numeric")
        columns.append(column.then(*steps, source="; ".join(sources)))
    return build_parameters(source, columns, notes=notes)


def _channels(node: Node) -> list[float]:
    if isinstance(node.value, list):
        return [float(x) for x in node.numbers()]
    return [node.number()]


READER = FormatReader(_recognised, _read)

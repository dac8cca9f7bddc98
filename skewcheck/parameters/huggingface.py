"""Hugging Face's preprocessor_config.json: the normalization of images and recordings."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.features.steps import Affine, Step, ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters.columns import Column, gathered
from skewcheck.parameters.source import Reader, Source, table
from skewcheck.parameters.tree import Node

_TYPES = (
    "feature_extractor_type",
    "image_processor_type",
    "processor_class",
    "video_processor_type",
)
_BYTE = 1 / 255
_OWN = "each recording is normalized by its own mean and deviation"


def _recognised(source: Source) -> bool:
    root = table(source.root)
    known = "image_mean" in root or "do_normalize" in root or "normalize_means" in root
    return known or (any(key in root for key in _TYPES) and "feature_size" in root)


def _read(source: Source) -> Parameters:
    if source.root is None:
        raise source.error("no JSON")
    members = source.root.members()
    if "image_mean" in members or "image_std" in members:
        return _images(source, members)
    kind = members["feature_extractor_type"].text() if "feature_extractor_type" in members else ""
    name = str(table(source.root).get("model_input_names", ["input_values"]))
    column = Column("input_features" if "input_features" in name else "input_values")
    if kind.startswith("AST") and {"mean", "std"} <= set(members):
        if not _flag(members, "do_normalize", True):
            return gathered(source, [column], notes=["do_normalize is false: fed as it is"])
        # ASTFeatureExtractor divides by twice the deviation.
        step = ZScore(members["mean"].number(), 2 * members["std"].number())
        return gathered(source, [column.then(step, source="mean; std")])
    if "image_processor_type" in members or not kind:
        raise source.error("has no image_mean and image_std: nothing that could be audited")
    if _flag(members, "do_normalize", False) or _flag(members, "normalize_means", False):
        return gathered(source, [column.lost(_OWN)])
    return gathered(source, [column.lost(f"{kind} computes features, and normalizes none")])


def _flag(members: Mapping[str, Node], key: str, usual: bool) -> bool:
    node = members.get(key)
    if node is None or node.value is None:
        return usual
    if not isinstance(node.value, bool):
        raise node.must("true or false")
    return node.value


def _images(source: Source, members: Mapping[str, Node]) -> Parameters:
    """Read (x * rescale_factor - mean) / std for each channel of `image`.

    Image processors rescale by 1/255 unless the file says otherwise.
    """
    for key in ("image_mean", "image_std"):
        if key not in members:
            raise source.root.at(key).error("is missing") if source.root else source.error(key)
    means, stds = _channels(members["image_mean"]), _channels(members["image_std"])
    if len(means) != len(stds):
        raise members["image_std"].error(f"has {len(stds)} channels, but image_mean {len(means)}")
    notes: list[str] = []
    first: list[Step] = []
    if _flag(members, "do_rescale", True):
        factor = _BYTE
        if "rescale_factor" in members:
            factor = members["rescale_factor"].number()
        else:
            notes.append("no rescale_factor: read as 1/255, as image processors do")
        first.append(Affine(0.0, factor))
    normalized = _flag(members, "do_normalize", True)
    if not normalized:
        notes.append("do_normalize is false: image_mean and image_std are not applied")
    named = source.names if len(source.names) == len(means) else ()
    columns = []
    for i, (mean, std) in enumerate(zip(means, stds, strict=True)):
        steps = [*first, *([ZScore(mean, std)] if normalized else [])]
        places = ["rescale_factor"] * bool("rescale_factor" in members and first)
        places += [f"image_mean[{i}]", f"image_std[{i}]"] if normalized else []
        column = Column(named[i] if named else f"image[{i}]", type="numeric")
        columns.append(column.then(*steps, source="; ".join(places)))
    return gathered(source, columns, notes=notes)


def _channels(node: Node) -> list[float]:
    if isinstance(node.value, list):
        return [float(x) for x in node.numbers()]
    return [node.number()]


READER = Reader(_recognised, _read)

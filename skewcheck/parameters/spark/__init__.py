"""Spark ML: the folder of a PipelineModel or of a single stage, read without Spark."""

from __future__ import annotations

from skewcheck.features.types import Parameters
from skewcheck.parameters.source import ParameterSource, Reader
from skewcheck.parameters.spark import folder
from skewcheck.parameters.spark.flow import Flow, run
from skewcheck.parameters.spark.stage import Stage
from skewcheck.parameters.spark.transformers import TRANSFORMERS


def recognised(source: ParameterSource) -> bool:
    """Return whether a folder holds the metadata of a Spark stage."""
    return source.folder and folder.recognised(source.path)


def read(source: ParameterSource) -> Parameters:
    """Return what the pipeline does to each raw column."""
    flow = Flow(source)
    stages = []
    for found in folder.stages(source.path, TRANSFORMERS):
        if isinstance(found, Stage):
            stages.append(found)
        else:
            flow.notes.append(f"{found}: not in the folder, left out")
    return run(source, stages, TRANSFORMERS, flow)


READER = Reader(recognised, read)

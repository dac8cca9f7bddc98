"""Read Spark ML: the folder of a PipelineModel or of a single stage, without Spark."""

from __future__ import annotations

from skewcheck.features.types import Parameters
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.parameters.spark import folder
from skewcheck.parameters.spark.stage import Stage
from skewcheck.parameters.spark.table import SparkTable, apply_stages
from skewcheck.parameters.spark.transformers import TRANSFORMERS


def recognised(source: ParameterSource) -> bool:
    """Return whether a folder contains the metadata of a Spark stage."""
    return source.folder and folder.recognised(source.path)


def read(source: ParameterSource) -> Parameters:
    """Return the steps that the pipeline applies to each raw column."""
    table = SparkTable(source)
    stages = []
    for stage in folder.stages(source.path, TRANSFORMERS):
        if isinstance(stage, Stage):
            stages.append(stage)
        else:
            table.notes.append(f"{stage}: not in the folder, left out")
    return apply_stages(source, stages, TRANSFORMERS, table)


READER = FormatReader(recognised, read)

"""Read what torch.save wrote, as data: fitted objects, statistics by name, and state dicts."""

from __future__ import annotations

from dataclasses import replace

from skewcheck.features.notes import free_notes
from skewcheck.features.types import Parameters
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.parameters.torch_files.content import has_code, looks_like_torch, read_content
from skewcheck.text.errors import ParameterError

CODE_NOTE = "TorchScript: its code is not looked at, only the numbers beside it"


def recognised(source: ParameterSource) -> bool:
    """Return whether a file was written by torch.save, or is a pickle that holds its tensors."""
    return looks_like_torch(source.content)


def read(source: ParameterSource) -> Parameters:
    """Return the parameters of fitted objects or tensors; ParameterError without any."""
    from skewcheck.parameters.state_dicts import read_tensors

    try:
        tree, scripted = read_content(source.content), has_code(source.content)
    except ParameterError as error:
        raise source.error(str(error)) from error
    parameters = read_tensors(source, tree)
    notes = free_notes([CODE_NOTE] if scripted else [])
    return replace(parameters, notes=(*parameters.notes, *notes))


READER = FormatReader(recognised, read, decisive=True)

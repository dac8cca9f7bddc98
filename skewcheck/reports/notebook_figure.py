"""A matplotlib figure that notebooks show whether or not pyplot was imported."""

from __future__ import annotations

import io
import warnings

from matplotlib.figure import Figure


class NotebookFigure(Figure):
    """A figure as matplotlib has it, with itself as a picture."""

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        with warnings.catch_warnings():
            # Names may have characters that matplotlib's font lacks: they are drawn as boxes.
            warnings.filterwarnings("ignore", r"(?s)Glyph .* missing from", UserWarning)
            self.savefig(picture, format="png", dpi=100)
        return picture.getvalue()

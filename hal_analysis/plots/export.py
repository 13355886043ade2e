"""Conversion of figures to the content of files."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from hal_analysis.plots import page, style

PNG_COMPRESSION = 2  # zlib level; the default of 6 takes longer and saves few bytes


@style.rc_context()
def figure_to_bytes(figure: Figure, file_format: str) -> bytes:
    """Return a figure as the content of a PNG, PDF or SVG file.

    Parameters
    ----------
    figure : Figure
    file_format : {"png", "pdf", "svg"}
    """
    buffer = io.BytesIO()
    page.keep_layout(figure)  # savefig would lay out the figure twice, and again for each format
    if file_format == "png":
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
        resolution = figure.dpi, figure.dpi
        Image.fromarray(pixels).save(buffer, "png", compress_level=PNG_COMPRESSION, dpi=resolution)
    else:
        date = {"pdf": "CreationDate", "svg": "Date"}[file_format]
        metadata = {date: None, "Title": figure.get_label()}
        figure.savefig(buffer, format=file_format, metadata=metadata)
    return buffer.getvalue()

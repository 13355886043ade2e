"""Page layout: figures as large as their content, with axes at given places in inches.

All texts are measured before they are placed, so each figure is laid out and drawn only once.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from hal_analysis.plots import style

TITLE_HEIGHT, NOTE_OVERLAP = 0.7, 0.14  # inches; the note starts inside the title area
PANEL_LEFT, PANEL_RIGHT, PANEL_TOP, PANEL_BOTTOM = 0.85, 0.3, 0.25, 0.75  # margins in inches
LEGEND_HEIGHT = 0.4  # inches
LINE_HEIGHT = 1.25 / 72  # inches per point of font size
MAX_LINE_LENGTH = 36  # characters
MAX_SIDE, MAX_AREA = 60_000, 60e6  # pixels; matplotlib supports at most 65,536 per side


def blank_figure(title: str, note: str = "") -> Figure:
    """Return a figure with only a title and a note below it; see `size_to_content`."""
    figure = Figure()
    FigureCanvasAgg(figure)
    title_shift = ScaledTranslation(0, -TITLE_HEIGHT / 2, figure.dpi_scale_trans)
    figure.suptitle(title, x=0.5, y=1, va="center", transform=figure.transFigure + title_shift)
    if note:
        note_shift = ScaledTranslation(0, NOTE_OVERLAP - TITLE_HEIGHT, figure.dpi_scale_trans)
        figure.text(
            0.5,
            1,
            note,
            transform=figure.transFigure + note_shift,
            ha="center",
            va="top",
            fontsize=style.NOTE_SIZE,
            color=style.NOTE_COLOR,
        )
    return figure


@style.rc_context()
def message_figure(title: str, message: str, note: str = "") -> Figure:
    """Return a figure that shows a message instead of data."""
    figure = blank_figure(title, note)
    size_to_content(figure, 8, 2)
    figure.text(0.5, 0.4, message, ha="center", va="center", fontsize=13)
    return figure


def size_to_content(figure: Figure, width: float, height: float) -> float:
    """Make a figure large enough for its title, its note and content of a given size.

    Parameters
    ----------
    figure : Figure
        A figure of `blank_figure`.
    width, height : float
        Size of the content in inches.

    Returns
    -------
    float
        Left edge of the content in inches; positive if the title or the note is wider.
    """
    title, *notes = (text.get_text() for text in figure.texts)
    title_width = text_sizes([title], style.TITLE_SIZE, weight="bold")[0, 0]
    note_sizes = text_sizes(notes, style.NOTE_SIZE)
    page_width = max(width, title_width + 0.4, *(note_sizes[:, 0] + 0.4))
    resize(figure, page_width, height + TITLE_HEIGHT + note_sizes[:, 1].sum())
    return (page_width - width) / 2


def resize(figure: Figure, width: float, height: float) -> None:
    """Set the size of a figure in inches, and the highest resolution that can be drawn."""
    figure.set_size_inches(width, height)
    figure.set_dpi(min(style.DPI, MAX_SIDE / max(width, height), sqrt(MAX_AREA / (width * height))))


def place_axes(
    figure: Figure, axes: Axes, left: float, bottom: float, width: float, height: float
) -> None:
    """Set the position and the size of axes in inches."""
    page_width, page_height = figure.get_size_inches()
    axes.set_position(
        (left / page_width, bottom / page_height, width / page_width, height / page_height)
    )


def arrange_panels(
    figure: Figure,
    panels: Sequence[Axes],
    panel_size: tuple[float, float],
    key: Mapping[str, str],
    fontsize: float,
) -> None:
    """Place panels in rows, and beside them the key of the numbers used as labels.

    The key fills the free places of the last row, or else columns to the right of all panels.

    Parameters
    ----------
    figure : Figure
    panels : sequence of Axes
    panel_size : tuple of float
        Width and height of each panel in inches.
    key : mapping
        Names by the numbers that replace them; may be empty.
    fontsize : float
        Font size of the key in points.
    """
    panel_width, panel_height = panel_size
    n_columns = ceil(sqrt(len(panels)))
    n_rows = ceil(len(panels) / n_columns)
    title_lines = max(len(axes.get_title().splitlines()) for axes in panels)
    above = PANEL_TOP * bool(title_lines) + title_lines * style.PANEL_TITLE_SIZE * LINE_HEIGHT
    width = panel_width + (PANEL_LEFT + PANEL_RIGHT)
    height = above + panel_height + PANEL_BOTTOM
    n_free = n_columns * n_rows - len(panels)
    key_height = panel_height if n_free else n_rows * height
    columns, column_widths = _key_columns(key, fontsize, key_height)
    if sum(column_widths) > n_free * width:
        columns, column_widths = _key_columns(key, fontsize, n_rows * height)
        n_free = 0
    top = LEGEND_HEIGHT + n_rows * height
    start = size_to_content(figure, n_columns * width + sum(column_widths) * (n_free == 0), top)
    for place, axes in enumerate(panels):
        row, column = divmod(place, n_columns)
        left = start + column * width + PANEL_LEFT
        place_axes(figure, axes, left, top - row * height - above - panel_height, *panel_size)
        axes.set_visible(True)
    key_top = top - above - (n_rows - 1) * height * (n_free > 0)
    lefts = start + (n_columns - n_free) * width + np.cumsum([0, *column_widths])
    for text, left in zip(columns, lefts, strict=False):
        text_artist = figure.text(left, key_top, text, va="top", fontsize=fontsize)
        text_artist.set(color=style.OTHER_COLOR, transform=figure.dpi_scale_trans)


def _key_columns(
    key: Mapping[str, str], fontsize: float, height: float
) -> tuple[list[str], list[float]]:
    """Return the key as columns of text up to `height` inches, and their widths in inches."""
    lines = []
    for number, name in key.items():
        first, *others = wrap_text(name).splitlines()
        lines += [f"{number}  {first}", *(f"      {other}" for other in others)]
    n_lines = int(height / (fontsize * LINE_HEIGHT))
    columns = ["\n".join(lines[start : start + n_lines]) for start in range(0, len(lines), n_lines)]
    return columns, [width + PANEL_RIGHT for width in text_sizes(columns, fontsize)[:, 0]]


def text_sizes(texts: Iterable[str], fontsize: float, weight: str = "normal") -> np.ndarray:
    """Measure texts.

    Parameters
    ----------
    texts : iterable of str, length n
    fontsize : float
        Font size in points.
    weight : str
        Font weight.

    Returns
    -------
    array of shape (n, 2)
        Width and height of each text in inches.
    """
    figure = Figure()
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [
        figure.text(0, 0, text, fontsize=fontsize, weight=weight).get_window_extent(renderer)
        for text in texts
    ]
    sizes = np.array([(box.width, box.height) for box in boxes])
    return sizes.reshape(-1, 2) / figure.dpi


def slanted_size(labels: Iterable[str], fontsize: float) -> tuple[float, float]:
    """Return how far labels at 45 degrees extend to the left and down, and their distance.

    Parameters
    ----------
    labels : iterable of str
    fontsize : float
        Font size in points.

    Returns
    -------
    extent : float
        Width and height of the longest label in inches.
    distance : float
        Smallest horizontal distance between neighbouring labels in inches.
    """
    sizes = text_sizes(labels, fontsize)
    return sizes.sum(axis=1).max() / sqrt(2), 1.15 * sqrt(2) * sizes[:, 1].max()


def wrap_text(text: str, width: int = MAX_LINE_LENGTH) -> str:
    """Break a text into lines of at most `width` characters."""
    return textwrap.fill(text, width) if len(text) > width else text

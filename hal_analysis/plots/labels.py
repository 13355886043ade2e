"""Labels beside points, without overlaps."""

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import textalloc
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

from hal_analysis.plots import style
from hal_analysis.plots.layout import wrap_text

allocate: Any = textalloc.allocate  # its annotations reject valid arguments

CLEARANCE = 0.3  # around labels, relative to the font size


class Search(NamedTuple):
    """Where to search for the position of a label."""

    max_distance: float  # from its point, relative to the width of the axes
    n_candidates: int
    # Whether labels avoid the curve, and leader lines avoid labels and each other. The leader lines
    # of points that coincide cannot.
    avoids_lines: bool


# Names are placed close to their points, or else become numbers. Only the names of the frontier
# and the numbers go on to the wider searches.
SEARCHES = [
    Search(0.18, 250, True),
    Search(0.4, 600, True),
    Search(0.4, 600, False),
    Search(1.0, 1500, False),
]


@dataclass(frozen=True)
class _Scatter:
    """Points of axes, in the order in which their labels are placed."""

    axes: Axes
    x: np.ndarray
    y: np.ndarray
    is_frontier: np.ndarray
    curve: tuple[np.ndarray, np.ndarray]
    fontsize: float

    @property
    def pixels(self) -> np.ndarray:
        return self.axes.transData.transform(np.column_stack([self.x, self.y]))

    @property
    def font_pixels(self) -> float:
        return self.fontsize * self.axes.figure.dpi / 72


def label_points(
    axes: Axes,
    x: np.ndarray,
    y: np.ndarray,
    names: Sequence[str],
    numbers: Sequence[str],
    is_frontier: np.ndarray,
    curve: tuple[np.ndarray, np.ndarray],
    fontsize: float,
) -> list[int]:
    """Write names beside points, clear of points, the curve, the frame and each other.

    A thin leader line connects each name with its point. If there is no room for a name, a number
    replaces it; if there is no room for a number either, the nearest name is replaced as well.
    Names on the frontier are placed first, at any distance.

    Parameters
    ----------
    axes : Axes
        Axes with final limits, scales and size.
    x, y : array of shape (n,)
        Points in data coordinates.
    names, numbers : sequence of str, length n
        Labels, and the short labels that may replace them.
    is_frontier : array of bool of shape (n,)
        Points on the frontier; their labels are bold and have its colour.
    curve : tuple of two arrays
        The frontier in data coordinates.
    fontsize : float
        Font size in points.

    Returns
    -------
    list of int
        Indices of the names that a number replaces.
    """
    order = np.lexsort((y, ~is_frontier))
    points = _Scatter(axes, x[order], y[order], is_frontier[order], curve, fontsize)
    is_number = _write_labels(
        points, [wrap_text(names[index]) for index in order], [numbers[index] for index in order]
    )
    return order[is_number].tolist()


def _write_labels(points: _Scatter, names: list[str], numbers: list[str]) -> np.ndarray:
    """Write a name or a number for each point; return a mask of the numbers."""
    is_number = np.zeros(len(names), bool)
    artists: list[Text | Line2D] = []
    for search in SEARCHES:
        while True:
            for artist in artists:
                artist.remove()
            pairs = zip(names, numbers, is_number, strict=True)
            texts = [number if is_replaced else name for name, number, is_replaced in pairs]
            labels, leaders = _allocate(points, texts, search)
            artists = [artist for artist in (*labels, *leaders) if artist is not None]
            is_unplaced = np.array([label is None for label in labels], bool)
            to_replace = _choose_replaced(points, leaders, is_unplaced, is_number)
            if not to_replace.any() and search == SEARCHES[-1]:
                to_replace = is_unplaced & ~is_number  # names on the frontier
            if not to_replace.any():
                break
            is_number |= to_replace
        if not is_unplaced.any():
            break
    font: dict[str, Any] = {"fontsize": 0.6 * points.fontsize, "color": "white"}
    for index in np.flatnonzero(is_unplaced):  # numbers without room go on their own markers
        position = points.x[index], points.y[index]
        points.axes.text(*position, numbers[index], **font, ha="center", va="center", zorder=6)
    return is_number


def _choose_replaced(
    points: _Scatter,
    leaders: list[Line2D | None],
    is_unplaced: np.ndarray,
    is_number: np.ndarray,
) -> np.ndarray:
    """Return a mask of the names outside the frontier that numbers must replace.

    These are the names without room and those with a leader line across another marker; if there
    are none, the names nearest to the numbers without room.
    """
    is_candidate = ~is_number & ~points.is_frontier
    is_replaced = (is_unplaced | _cross_markers(points, leaders)) & is_candidate
    if not is_replaced.any() and is_candidate.any():
        pixels = points.pixels
        for point in pixels[is_unplaced & is_number]:
            distances = np.hypot(*(pixels - point).T)
            is_replaced[np.argmin(np.where(is_candidate, distances, np.inf))] = True
    return is_replaced


def _cross_markers(points: _Scatter, leaders: list[Line2D | None]) -> np.ndarray:
    """Return a mask of the points whose leader line crosses the marker of another point."""
    starts = points.pixels
    ends = starts.copy()
    for index, leader in enumerate(leaders):
        if leader is not None:
            ends[index] = points.axes.transData.transform(np.asarray(leader.get_xydata())[0])
    leader_vectors = (ends - starts)[:, np.newaxis]
    offsets = starts - starts[:, np.newaxis]
    lengths = np.maximum((leader_vectors**2).sum(axis=2), 1)
    fractions = np.clip((offsets * leader_vectors).sum(axis=2) / lengths, 0, 1)
    gaps = np.linalg.norm(offsets - fractions[..., np.newaxis] * leader_vectors, axis=2)
    radius = points.font_pixels / 2
    return ((gaps < radius) & (np.linalg.norm(offsets, axis=2) > radius)).any(axis=1)


def _allocate(
    points: _Scatter, texts: list[str], search: Search
) -> tuple[list[Text | None], list[Line2D | None]]:
    """Place texts with textalloc; return the labels, None without room, and the leader lines."""
    axes, font_pixels, width = points.axes, points.font_pixels, points.axes.bbox.width
    marker_radii = np.where(
        points.is_frontier, style.FRONTIER_MARKER_SIZE / sqrt(2), style.OTHER_MARKER_SIZE / 2
    )
    inner_frame = axes.bbox.padded(-CLEARANCE * font_pixels).get_points()
    limits = axes.transData.inverted().transform(inner_frame)
    colors = np.where(points.is_frontier, style.FRONTIER_COLOR, style.OTHER_COLOR)
    with redirect_stdout(io.StringIO()):  # textalloc prints a message if no text has room
        *_, labels, leaders = allocate(
            axes,
            points.x,
            points.y,
            texts,
            x_scatter=points.x,
            y_scatter=points.y,
            scatter_sizes=marker_radii * font_pixels,
            x_lines=[points.curve[0]] if search.avoids_lines else None,
            y_lines=[points.curve[1]] if search.avoids_lines else None,
            textsize=points.fontsize,
            textcolor=colors.tolist(),
            fontweight=np.where(points.is_frontier, "bold", "normal").tolist(),
            linecolor=style.LEADER_COLOR,
            linewidth=0.08 * points.fontsize,
            margin=CLEARANCE * font_pixels / width,
            min_distance=(marker_radii.max() + 1.2 * CLEARANCE) * font_pixels / width,
            max_distance=search.max_distance,
            nbr_candidates=search.n_candidates,
            draw_all=False,
            avoid_label_lines_overlap=search.avoids_lines,
            avoid_crossing_label_lines=search.avoids_lines,
            xlims=limits[:, 0],
            ylims=limits[:, 1],
            auto_ha=False,
            va="bottom",
            zorder=5,
        )
    return labels, leaders

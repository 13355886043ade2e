"""Names beside points, without overlaps."""

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import textalloc
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

from hal_analysis.plots import style

allocate: Any = textalloc.allocate  # its annotations reject valid arguments

CLEARANCE = 0.25  # around names, relative to the font size
MAX_NAMES = 30  # of those outside the frontier; a panel has no room for more


@dataclass(frozen=True)
class Search:
    """Where to search for the places of names.

    Attributes
    ----------
    max_distance : float
        Largest distance from the point, relative to the width of the axes.
    n_candidates : int
        Number of places to try.
    avoids_lines : bool
        Whether names and leader lines avoid the curve and leader lines.
    """

    max_distance: float
    n_candidates: int
    avoids_lines: bool = True


EXTENSION, MAX_EXTENSIONS = 0.2, 5  # of a vertical axis without room for the names of the frontier

# Names on the frontier are placed at any distance; the others only near their points.
FRONTIER_SEARCHES = (Search(0.3, 200), Search(0.8, 1000), Search(1.5, 5000, avoids_lines=False))
OTHER_SEARCH = Search(0.2, 150)


def label_points(
    axes: Axes,
    points: np.ndarray,
    names: Sequence[str],
    is_frontier: np.ndarray,
    curve: np.ndarray,
    radii: np.ndarray,
    fontsize: float = style.NAME_SIZE,
) -> None:
    """Write names beside points, clear of points, the curve, the frame and each other.

    A thin leader line connects a name with its point. Names on the frontier come first and are
    bold; the others follow in the given order as far as there is room.

    Parameters
    ----------
    axes : Axes
        Axes with final limits, scales and size.
    points : array of shape (n, 2)
        In data coordinates.
    names : sequence of str, length n
    is_frontier : array of bool of shape (n,)
        Points on the frontier.
    curve : array of shape (m, 2)
        The frontier in data coordinates.
    radii : array of shape (n,)
        Radii of the markers in points.
    fontsize : float
        Font size in points.
    """
    panel = _Panel(axes, points, names, radii, fontsize)
    labels, leaders = panel.place_all(np.flatnonzero(is_frontier), curve)
    others = np.flatnonzero(~is_frontier)[:MAX_NAMES]
    obstacles = [
        curve,
        *panel.outlines(labels),
        *(np.asarray(line.get_xydata()) for line in leaders if line),
    ]
    labels, leaders = panel.place(others, obstacles, "normal", OTHER_SEARCH)
    for place in np.flatnonzero(panel.cross_markers(others, leaders)):
        _remove([labels[place], leaders[place]])


def _remove(artists: Sequence[Text | Line2D | None]) -> None:
    for artist in artists:
        if artist is not None:
            artist.remove()


@dataclass(frozen=True)
class _Panel:
    """Axes with points that get names."""

    axes: Axes
    points: np.ndarray
    names: Sequence[str]
    radii: np.ndarray
    fontsize: float

    @property
    def pixels_per_point(self) -> float:
        return self.axes.figure.dpi / 72

    def place(
        self, indices: np.ndarray, lines: Sequence[np.ndarray], weight: str, search: Search
    ) -> tuple[list[Text | None], list[Line2D | None]]:
        """Place names with textalloc; return the texts, None without room, and leader lines."""
        if not len(indices):
            return [], []
        margin = CLEARANCE * self.fontsize * self.pixels_per_point
        inside = self.axes.bbox.padded(-margin).get_points()
        limits = self.axes.transData.inverted().transform(inside)
        width = self.axes.bbox.width
        if not search.avoids_lines:
            lines = []
        with redirect_stdout(io.StringIO()):  # textalloc prints a message if no text has room
            *_, labels, leaders = allocate(
                self.axes,
                *self.points[indices].T,
                [self.names[index] for index in indices],
                x_scatter=self.points[:, 0],
                y_scatter=self.points[:, 1],
                scatter_sizes=(self.radii + 0.5) * self.pixels_per_point,
                x_lines=[line[:, 0] for line in lines] or None,
                y_lines=[line[:, 1] for line in lines] or None,
                textsize=self.fontsize,
                textcolor=style.INK,
                fontweight=weight,
                margin=margin / width,
                min_distance=(self.radii.max() * self.pixels_per_point + 1.2 * margin) / width,
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
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0},
                # Above grid, intervals and frontier, below the markers.
                plot_kwargs={"linewidth": 0.5, "c": style.LEADER_COLOR, "zorder": 2.5},
            )
        return labels, leaders

    def place_all(
        self, indices: np.ndarray, curve: np.ndarray
    ) -> tuple[list[Text | None], list[Line2D | None]]:
        """Place names as `place` does; if there is no room, extend the vertical axis."""
        attempts = list(product([0, *[EXTENSION] * MAX_EXTENSIONS], FRONTIER_SEARCHES))
        for number, (extension, search) in enumerate(attempts, start=1):
            if extension and search == FRONTIER_SEARCHES[0]:
                low, high = self.axes.get_ylim()
                self.axes.set_ylim(low, high + extension * (high - low))
            labels, leaders = self.place(indices, [curve], "bold", search)
            if None not in labels or number == len(attempts):
                break
            _remove([*labels, *leaders])
        return labels, leaders

    def outlines(self, labels: Sequence[Text | None]) -> list[np.ndarray]:
        """Return the outline and the diagonals of each text as a line in data coordinates."""
        to_data = self.axes.transData.inverted().transform
        boxes = [label.get_window_extent().corners() for label in labels if label is not None]
        return [to_data(corners[[0, 1, 3, 2, 0, 3, 1, 2]]) for corners in boxes]

    def cross_markers(self, indices: np.ndarray, leaders: Sequence[Line2D | None]) -> np.ndarray:
        """Return a mask of the leader lines that cross the marker of another point."""
        centers = self.axes.transData.transform(self.points)
        starts = centers[indices]
        ends = starts.copy()
        for place, leader in enumerate(leaders):
            if leader is not None:
                ends[place] = self.axes.transData.transform(np.asarray(leader.get_xydata())[0])
        vectors = (ends - starts)[:, np.newaxis]
        offsets = centers - starts[:, np.newaxis]
        lengths = np.maximum((vectors**2).sum(axis=2), 1)
        fractions = np.clip((offsets * vectors).sum(axis=2) / lengths, 0, 1)
        gaps = np.linalg.norm(offsets - fractions[..., np.newaxis] * vectors, axis=2)
        limits = self.radii * self.pixels_per_point
        return ((gaps < limits) & (np.linalg.norm(offsets, axis=2) > limits)).any(axis=1)

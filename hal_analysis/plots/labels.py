"""Names beside points, without overlaps."""

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import textalloc
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform, Transform

from hal_analysis.plots import style

allocate: Any = textalloc.allocate  # its annotations reject valid arguments

MARGIN = 1.5  # points around names
MAX_FAILURES = 8  # names without room after which a panel is full
MAX_RATIO = 1.3  # of the distance to the own point to that of another
# Sideways over upwards, of a leader line that does not look like an interval, and the length in
# points up to which none does.
MIN_SLOPE, SHORT_LEADER = 0.2, 8


@dataclass(frozen=True)
class Search:
    """Where to search for the place of a name.

    Attributes
    ----------
    max_distance : float
        Largest distance from the point, relative to the width of the axes.
    n_candidates : int
        Number of places to try.
    clearance : float
        Distance from the markers of other points, in points.
    avoids_intervals, avoids_curve : bool
    """

    max_distance: float
    n_candidates: int
    clearance: float
    avoids_intervals: bool = True
    avoids_curve: bool = True


SEARCHES = (
    Search(0.12, 40, 5),
    Search(0.22, 150, 3),
    Search(0.22, 150, 5, avoids_intervals=False),
    Search(0.35, 300, 2, avoids_intervals=False),
    Search(0.45, 500, 6, avoids_intervals=False),
)
# Names on the frontier are placed at any distance. Without room, the vertical axis is extended.
FRONTIER_SEARCHES = (
    *SEARCHES,
    Search(0.8, 1000, 2, avoids_intervals=False),
    Search(1.5, 3000, 1, avoids_intervals=False, avoids_curve=False),
)
# Above this density of points per square inch, only names on the frontier have room.
MAX_DENSITY, DENSE_SEARCHES = 100, (Search(4, 1000, 1, False, False),)
EXTENSION, MAX_EXTENSIONS = 0.2, 5  # relative to the axis
# If the names on the frontier have no clear places in a panel with more points than this, the axis
# is extended, in steps, by up to this share for each of them.
CROWDED, HEADROOM, HEADROOM_STEPS = 12, 0.1, (1 / 3, 2 / 3, 1)
COVERED = 0.7  # of the radius of a marker: closer ones hide each other
MAX_JOINED = 3  # names of markers that hide each other


class _Pixels(IdentityTransform):
    """The transform of pixel coordinates, in the form that textalloc expects."""

    def _as_mpl_transform(self, _: Axes) -> Transform:
        return self


def label_points(
    axes: Axes,
    points: np.ndarray,
    intervals: np.ndarray,
    names: Sequence[str],
    is_frontier: np.ndarray,
    curve: np.ndarray,
    radii: np.ndarray,
) -> None:
    """Write names beside points, clear of points, the curve, the frame and each other.

    A thin leader line connects a name with its point. Names on the frontier come first and are
    bold; the others follow in the given order as far as there is room. A name is not placed where
    it is much nearer to another point than to its own. Points that hide each other have one label.

    Parameters
    ----------
    axes : Axes
        Axes with final limits, scales and size.
    points, intervals : array of shape (n, 2)
        Points, and lower and upper limits of their intervals or NaN, in data coordinates.
    names : sequence of str, length n
    is_frontier : array of bool of shape (n,)
        Points on the frontier.
    curve : array of shape (m, 2)
        The frontier in data coordinates.
    radii : array of shape (n,)
        Radii of the markers in points.
    """
    panel = _Panel(axes, points, intervals, list(names), curve, radii)
    is_dense = len(points) > MAX_DENSITY * axes.bbox.width * axes.bbox.height / axes.figure.dpi**2
    searches = DENSE_SEARCHES if is_dense else FRONTIER_SEARCHES
    frontier = panel.join_names(np.flatnonzero(is_frontier), len(points))
    has_room = not is_dense and all(
        panel.place_clearly(index, SEARCHES, "bold") for index in frontier
    )
    if len(points) > CROWDED and not has_room:
        low, high = axes.get_ylim()
        for share in HEADROOM_STEPS:
            panel.remove_names()
            axes.set_ylim(low, high + share * HEADROOM * len(frontier) * (high - low))
            if all(panel.place_clearly(index, searches, "bold") for index in frontier):
                break
    for index in frontier[len(panel.labels) :]:
        if not panel.place_clearly(index, searches, "bold"):
            panel.place_anywhere(index, searches, "bold")
    if is_dense:
        return
    is_visible = ~is_frontier & ~panel.find_hidden(np.flatnonzero(is_frontier)).any(axis=0)
    n_failures = 0
    for index in panel.join_names(np.flatnonzero(is_visible), MAX_JOINED):
        n_failures += not panel.place_clearly(index, SEARCHES, "normal")
        if n_failures == MAX_FAILURES:
            break


@dataclass
class _Panel:
    """Axes with points, and the names that were placed."""

    axes: Axes
    points: np.ndarray
    intervals: np.ndarray
    names: list[str]
    curve: np.ndarray
    radii: np.ndarray
    labels: list[Text] = field(default_factory=list)
    leaders: list[Line2D] = field(default_factory=list)

    def find_hidden(self, indices: np.ndarray) -> np.ndarray:
        """Return which markers are so close to each of some that one hides the other.

        The shape is (some, all).
        """
        centers = self.axes.transData.transform(self.points)
        distances = np.hypot(*np.moveaxis(centers[indices, np.newaxis] - centers, -1, 0))
        return distances < COVERED * self.radii * self.axes.figure.dpi / 72

    def join_names(self, indices: np.ndarray, max_joined: int) -> list[int]:
        """Join the names of markers that hide each other; return the points to name.

        Points have no name if more than `max_joined` hide each other.
        """
        named, is_open = [], np.isin(np.arange(len(self.points)), indices)
        for index, hides in zip(indices.tolist(), self.find_hidden(indices), strict=True):
            together = np.flatnonzero(hides & is_open & is_open[index])
            is_open[together] = False
            if 0 < len(together) <= max_joined:
                self.names[index] = ",\n".join(self.names[each] for each in together)
                named.append(index)
        return named

    def remove_names(self) -> None:
        """Remove all names and leader lines."""
        _remove(*self.labels, *self.leaders)
        self.labels.clear()
        self.leaders.clear()

    def place_clearly(self, index: int, searches: Sequence[Search], weight: str) -> bool:
        """Place the name of a point if it is obvious whose name it is; return whether it is placed.

        The limits of intervals stay visible if there is room elsewhere.
        """
        kept = None
        for search in searches:
            label, leader = self._allocate(index, search, weight)
            if label is None:
                continue
            is_clear = self._is_clear(index, label, leader)
            is_best = is_clear and not self._hides_limits(label)
            if is_best or (is_clear and kept is None):
                _remove(*kept or ())
                kept = label, leader
            else:
                _remove(label, leader)
            if is_best:
                break
        if kept:
            self._keep(*kept)
        return kept is not None

    def place_anywhere(self, index: int, searches: Sequence[Search], weight: str) -> None:
        """Place the name of a point where there is room; if there is none, extend the axis."""
        for _ in range(1 + MAX_EXTENSIONS):
            for search in searches:
                label, leader = self._allocate(index, search, weight)
                if label is not None:
                    self._keep(label, leader)
                    return
            low, high = self.axes.get_ylim()
            self.axes.set_ylim(low, high + EXTENSION * (high - low))

    def _allocate(
        self, index: int, search: Search, weight: str
    ) -> tuple[Text | None, Line2D | None]:
        """Place a name with textalloc; return the text, None without room, and its leader line.

        textalloc converts coordinates one by one, which is slow, so it gets pixels.
        """
        to_pixels = self.axes.transData.transform
        pixels = self.axes.figure.dpi / 72  # of a point
        width = self.axes.bbox.width
        inside = self.axes.bbox.padded(-MARGIN * pixels).get_points()
        limits = self.axes.transData.inverted().transform(inside)
        clearances = np.full(len(self.points), search.clearance)
        clearances[index] = 0.5
        centers = to_pixels(self.points)
        lines = self._lines(search)
        with redirect_stdout(io.StringIO()):  # textalloc prints a message if there is no room
            *_, labels, leaders = allocate(
                self.axes,
                *centers[[index]].T,
                [self.names[index]],
                x_scatter=centers[:, 0],
                y_scatter=centers[:, 1],
                scatter_sizes=(self.radii + clearances) * pixels,
                x_lines=[line[:, 0] for line in lines] or None,
                y_lines=[line[:, 1] for line in lines] or None,
                textsize=style.NAME_SIZE,
                textcolor=style.INK,
                fontweight=weight,
                margin=MARGIN * pixels / width,
                min_distance=(self.radii[index] + 1.2 * MARGIN) * pixels / width,
                max_distance=search.max_distance,
                nbr_candidates=search.n_candidates,
                draw_all=False,
                xlims=limits[:, 0],
                ylims=limits[:, 1],
                auto_ha=False,
                va="bottom",
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0},
                transform=_Pixels(),
                # Above grid, intervals and frontier, below the markers.
                plot_kwargs={"linewidth": 0.5, "c": style.LEADER_COLOR, "zorder": 2.5},
            )
        self._move_to_data(labels[0], leaders[0])
        return labels[0], leaders[0]

    def _move_to_data(self, label: Text | None, leader: Line2D | None) -> None:
        """Convert the pixel coordinates of a name and its leader line to data coordinates."""
        to_data = self.axes.transData.inverted().transform
        if label is not None:
            x, y = to_data(label.get_position())
            label.set_position((x, y))
            label.set_transform(self.axes.transData)
        if leader is not None:
            leader.set_data(*to_data(leader.get_xydata()).T)
            leader.set_transform(self.axes.transData)

    def _lines(self, search: Search) -> list[np.ndarray]:
        """Return the lines that a name must not cross, in pixels."""
        to_pixels = self.axes.transData.transform
        lines = [to_pixels(np.asarray(leader.get_xydata())) for leader in self.leaders]
        for label in self.labels:  # outline and diagonals
            lines.append(label.get_window_extent().corners()[[0, 1, 3, 2, 0, 3, 1, 2]])
        if search.avoids_curve:
            lines.append(to_pixels(self.curve))
        if search.avoids_intervals:
            has_interval = np.isfinite(self.intervals).all(axis=1)
            for (x, _), limits in zip(
                self.points[has_interval], self.intervals[has_interval], strict=True
            ):
                lines.append(to_pixels(np.column_stack([[x, x], limits])))
        return lines

    def _keep(self, label: Text, leader: Line2D | None) -> None:
        self.labels.append(label)
        self.leaders += [leader] if leader else []

    def _hides_limits(self, label: Text) -> bool:
        """Return whether a name covers a limit of an interval."""
        limits = np.column_stack([np.repeat(self.points[:, 0], 2), self.intervals.ravel()])
        distances = _distances(label.get_window_extent(), self.axes.transData.transform(limits))
        return bool((distances == 0).any())

    def _is_clear(self, index: int, label: Text, leader: Line2D | None) -> bool:
        """Return whether it is obvious to which point a name belongs."""
        to_pixels = self.axes.transData.transform
        centers = to_pixels(self.points)
        gaps = (
            _distances(label.get_window_extent(), centers) - self.radii * self.axes.figure.dpi / 72
        )
        if gaps[index] > MAX_RATIO * np.delete(gaps, index).min(initial=np.inf):
            return False
        if leader is None:
            return True
        line = to_pixels(np.asarray(leader.get_xydata()))
        vector = np.abs(line[1] - line[0])
        is_like_interval = (
            vector[0] < MIN_SLOPE * vector[1]
            and vector[1] > SHORT_LEADER * self.axes.figure.dpi / 72
            and np.isfinite(self.intervals).any()
        )
        path = Path(line)
        others = np.delete(np.arange(len(centers)), index)
        radii = self.radii[others] * self.axes.figure.dpi / 72
        markers = [
            Bbox.from_extents(*(center - radius), *(center + radius))
            for center, radius in zip(centers[others], radii, strict=True)
            if np.hypot(*(center - centers[index])) > radius
        ]
        boxes = [*markers, *(label.get_window_extent() for label in self.labels)]
        earlier = [Path(to_pixels(np.asarray(other.get_xydata()))) for other in self.leaders]
        return not (
            is_like_interval
            or any(path.intersects_bbox(box) for box in boxes)
            or any(path.intersects_path(other) for other in earlier)
        )


def _remove(*artists: Text | Line2D | None) -> None:
    for artist in filter(None, artists):
        artist.remove()


def _distances(box: Bbox, points: np.ndarray) -> np.ndarray:
    """Return the distances of points, shape (n, 2), from a box; an array of shape (n,)."""
    outside = np.maximum(box.min - points, points - box.max)
    return np.hypot(*np.maximum(outside, 0).T)

"""Pareto frontiers and distances to them.

A point is a pair of a cost (smaller is better) and a score (larger is better). A cost may be any
quantity to be minimised, such as a latency.
"""

import numpy as np
import numpy.typing as npt

# Points closer to the frontier than this, in min-max scaled units, are on it. The tolerance absorbs
# the rounding of collinear points, a few 1e-16, and is far below any real gap.
TOLERANCE = 1e-12

BLOCK_SIZE = 1 << 16  # pairs of a point and a segment that are held in memory at a time


def min_max_scale(values: npt.ArrayLike) -> np.ndarray:
    """Scale values to [0, 1]; constant values, up to rounding, scale to 0.

    Parameters
    ----------
    values : array_like of shape (n,)
        Finite numbers in any unit.

    Returns
    -------
    ndarray of shape (n,)
        Numbers without a unit.
    """
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        return values
    low, high = values.min(), values.max()
    if high - low <= TOLERANCE * max(abs(low), abs(high)):
        return np.zeros_like(values)
    return (values - low) / (high - low)


def pareto_efficient(cost: npt.ArrayLike, score: npt.ArrayLike) -> np.ndarray:
    """Mark the points that no other point dominates, in O(n log n).

    A point dominates another if its cost is not higher, its score is not lower, and one of the two
    is better. Identical points do not dominate each other. Values that differ by less than 1e-12 of
    the largest one are equal, since sums in another order may differ by rounding.

    Parameters
    ----------
    cost, score : array_like of shape (n,)
        Finite numbers in any unit.

    Returns
    -------
    ndarray of bool of shape (n,)

    Raises
    ------
    ValueError
        If the shapes differ or a value is not finite.

    Notes
    -----
    This is the skyline of Kung, Luccio and Preparata (1975), doi:10.1145/321906.321910.
    """
    cost, score = map(_merge_close, _as_points(cost, score))
    order = np.lexsort((-score, cost))
    sorted_cost, sorted_score = cost[order], score[order]
    best_so_far = np.maximum.accumulate(sorted_score)
    best_of_cheaper = np.concatenate([[-np.inf], best_so_far[:-1]])
    beats_cheaper = sorted_score > best_of_cheaper
    # A copy of an efficient point follows it directly and does not beat it.
    is_copy = np.zeros(len(cost), dtype=bool)
    is_copy[1:] = (np.diff(sorted_cost) == 0) & (np.diff(sorted_score) == 0)
    first_of_copies = np.maximum.accumulate(np.where(is_copy, 0, np.arange(len(cost))))
    is_efficient = np.empty(len(cost), dtype=bool)
    is_efficient[order] = beats_cheaper[first_of_copies]
    return is_efficient


def pareto_frontier(cost: npt.ArrayLike, score: npt.ArrayLike) -> np.ndarray:
    """Mark the points on the frontier: Pareto-efficient and on the upper convex hull.

    Points on a segment of the hull and copies of points on the frontier belong to it. Parameters,
    returned array and errors are those of `pareto_efficient`.
    """
    return pareto_efficient(cost, score) & (distance_to_frontier(cost, score) == 0)


def distance_to_frontier(cost: npt.ArrayLike, score: npt.ArrayLike) -> np.ndarray:
    """Compute the Euclidean distance of each point to the frontier, in min-max scaled units.

    The frontier is the polyline through the vertices of the upper convex hull of the
    Pareto-efficient points, from the cheapest to the best one. If the hull has a single vertex, the
    frontier is that point.

    Parameters
    ----------
    cost, score : array_like of shape (n,)
        Finite numbers in any unit.

    Returns
    -------
    ndarray of shape (n,)
        Numbers without a unit; exactly 0 on the frontier.

    Raises
    ------
    ValueError
        If the shapes differ or a value is not finite.

    Notes
    -----
    The hull is a monotone chain (Andrew 1979, doi:10.1016/0020-0190(79)90072-3).
    """
    cost, score = _as_points(cost, score)
    if cost.size == 0:
        return np.zeros(0)
    scaled = np.column_stack([min_max_scale(cost), min_max_scale(score)])
    vertices = _upper_hull(np.unique(scaled[pareto_efficient(cost, score)], axis=0))
    if len(vertices) == 1:
        distance = np.hypot(*(scaled - vertices[0]).T)
    else:
        distance = _distance_to_polyline(scaled, vertices)
    distance[distance <= TOLERANCE] = 0.0
    return distance


def _as_points(cost: npt.ArrayLike, score: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    cost, score = np.asarray(cost, dtype=float), np.asarray(score, dtype=float)
    if cost.ndim != 1 or cost.shape != score.shape:
        raise ValueError(
            "cost and score must be one-dimensional and of equal length; "
            f"got shapes {cost.shape} and {score.shape}"
        )
    if not (np.isfinite(cost).all() and np.isfinite(score).all()):
        raise ValueError("cost and score must be finite")
    return cost, score


def _merge_close(values: np.ndarray) -> np.ndarray:
    """Replace values by their order, with the same number for values that rounding separates."""
    order = np.argsort(values)
    gaps = np.diff(values[order])
    numbers = np.zeros(len(values), dtype=int)
    numbers[order[1:]] = np.cumsum(gaps > TOLERANCE * np.abs(values).max(initial=0))
    return numbers


def _upper_hull(staircase: np.ndarray) -> np.ndarray:
    """Return the vertices, shape (h, 2), of the concave chain over sorted, rising points."""
    vertices: list[tuple[float, float]] = []
    # A loop, since the vertices that a point removes depend on those removed before.
    for x, y in staircase.tolist():
        while len(vertices) >= 2:
            (x0, y0), (x1, y1) = vertices[-2:]
            if (x1 - x0) * (y - y0) < (x - x0) * (y1 - y0):
                break
            vertices.pop()
        vertices.append((x, y))
    return np.array(vertices)


def _distance_to_polyline(points: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """Compute the distance of points, shape (n, 2), to a polyline, shape (h, 2), in O(n h)."""
    start_x, start_y = vertices[:-1].T
    lengths = np.hypot(*np.diff(vertices, axis=0).T)
    direction_x, direction_y = np.diff(vertices, axis=0).T / lengths
    distances = np.empty(len(points))
    step = max(1, BLOCK_SIZE // len(lengths))
    for first in range(0, len(points), step):
        x, y = points[first : first + step, :, None].swapaxes(0, 1)
        along = (x - start_x) * direction_x + (y - start_y) * direction_y
        along = np.clip(along, 0, lengths)
        to_foot = x - (start_x + along * direction_x), y - (start_y + along * direction_y)
        distances[first : first + step] = np.hypot(*to_foot).min(axis=1)
    return distances

"""Pareto frontiers and distances to them, on plain arrays, and the runs that compete for them.

Reads and writes nothing. A point is a pair of a cost (smaller is better) and a score
(larger is better); `cost` may be any quantity that one wants little of, such as a latency.
"""

import numpy as np

# Points nearer to the frontier than this, in min-max scaled units, lie on it: it absorbs the
# rounding of points that are collinear on paper, a few 1e-16, and is far below any real gap.
TOLERANCE = 1e-12


def min_max_scale(values):
    """Scale values to [0, 1]; a column without spread becomes 0.

    Parameters
    ----------
    values : array_like, shape (n,), finite, in any unit.

    Returns
    -------
    ndarray, shape (n,), without unit.
    """
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        return values
    low, high = values.min(), values.max()
    if low == high:
        return np.zeros_like(values)
    return (values - low) / (high - low)


def pareto_efficient(cost, score):
    """Mark the points that no other point dominates. O(n log n).

    A point dominates another if it is as cheap and scores as much, and is better in one of the
    two. Coinciding points do not dominate each other, so they are efficient together or not at all.

    Parameters
    ----------
    cost, score : array_like, shape (n,), finite, in any unit.

    Returns
    -------
    ndarray of bool, shape (n,).

    Raises
    ------
    ValueError
        If the shapes differ or a value is not finite.

    Source: the skyline of Kung, Luccio and Preparata (1975), doi:10.1145/321906.321910.
    """
    cost, score = _points(cost, score)
    order = np.lexsort((-score, cost))
    sorted_cost, sorted_score = cost[order], score[order]
    best_so_far = np.maximum.accumulate(sorted_score)
    best_of_cheaper = np.concatenate([[-np.inf], best_so_far[:-1]])
    beats_cheaper = sorted_score > best_of_cheaper
    # A copy of an efficient point stands right behind it and does not beat it.
    repeats = np.zeros(len(cost), dtype=bool)
    repeats[1:] = (np.diff(sorted_cost) == 0) & (np.diff(sorted_score) == 0)
    first_of_copies = np.maximum.accumulate(np.where(repeats, 0, np.arange(len(cost))))
    efficient = np.empty(len(cost), dtype=bool)
    efficient[order] = beats_cheaper[first_of_copies]
    return efficient


def pareto_frontier(cost, score):
    """Mark the points on the frontier: Pareto-efficient and on the upper convex hull.

    Points on a straight segment of the hull and copies of frontier points belong to it.

    Parameters, result and errors as for `pareto_efficient`.
    """
    return pareto_efficient(cost, score) & (distance_to_frontier(cost, score) == 0)


def distance_to_frontier(cost, score):
    """Euclidean distance of each point to the frontier, both coordinates min-max scaled.

    The frontier is the polyline through the corners of the upper convex hull of the
    Pareto-efficient points, from the cheapest to the best; with a single corner, that point.
    The hull is a monotone chain (Andrew 1979, doi:10.1016/0020-0190(79)90072-3).

    Parameters
    ----------
    cost, score : array_like, shape (n,), finite, in any unit.

    Returns
    -------
    ndarray, shape (n,)
        Without unit; exactly 0 on the frontier.

    Raises
    ------
    ValueError
        If the shapes differ or a value is not finite.
    """
    cost, score = _points(cost, score)
    if cost.size == 0:
        return np.zeros(0)
    scaled = np.column_stack([min_max_scale(cost), min_max_scale(score)])
    corners = _upper_hull(np.unique(scaled[pareto_efficient(cost, score)], axis=0))
    distance = _distance_to_concave_polyline(scaled, corners)
    distance[distance <= TOLERANCE] = 0.0
    return distance


def best_runs(runs, cost_column):
    """Per benchmark and model the run of the highest accuracy; of equal ones that of least cost.

    Parameters
    ----------
    runs : DataFrame with benchmark_name, model_name_short, accuracy and `cost_column`
        Runs without a cost do not compete.

    Returns
    -------
    DataFrame
        A row a pair of benchmark and model, sorted by these.
    """
    pair = ["benchmark_name", "model_name_short"]
    ranked = runs.dropna(subset=cost_column).sort_values(
        ["accuracy", cost_column], ascending=[False, True], kind="stable"
    )
    return ranked.drop_duplicates(pair).sort_values(pair, ignore_index=True)


def _points(cost, score):
    cost, score = np.asarray(cost, dtype=float), np.asarray(score, dtype=float)
    if cost.ndim != 1 or cost.shape != score.shape:
        raise ValueError(
            f"cost and score must be one-dimensional and of one length, "
            f"not of shapes {cost.shape} and {score.shape}"
        )
    if not (np.isfinite(cost).all() and np.isfinite(score).all()):
        raise ValueError("cost and score must be finite")
    return cost, score


def _upper_hull(staircase):
    """Corners, shape (h, 2), of the concave chain over points that rise in both coordinates."""
    corners = []
    # One point after the other: which corners a point removes depends on those removed before.
    for x, y in staircase.tolist():
        while len(corners) >= 2:
            (x0, y0), (x1, y1) = corners[-2:]
            if (x1 - x0) * (y - y0) < (x - x0) * (y1 - y0):
                break
            corners.pop()
        corners.append((x, y))
    return np.array(corners)


def _distance_to_concave_polyline(points, corners):
    """Distances, shape (n,), from points, shape (n, 2), to a polyline, shape (h, 2).

    Halves the polyline level by level. A stretch of a concave polyline leaves its chord by at
    most its `sag`, so distance to the chord, plus or minus the sag, bounds the distance to the
    stretch, and stretches that cannot be the nearest are dropped. At the last level each stretch
    is one segment without sag and the bounds meet. O((n + h) log h), unless many points are
    nearly as far from one stretch as from all others.
    """
    segments = len(corners) - 1
    if segments == 0:
        return np.hypot(*(points - corners[0]).T)
    step = 1 << (segments - 1).bit_length()
    point = np.arange(len(points))
    stretch = np.zeros(len(points), dtype=int)
    while True:
        first = np.arange(0, segments, step)
        last = np.minimum(first + step, segments)
        sag = _sags(corners, first, last, step)
        chord_distance = _distance_to_segments(
            points[point], corners[first][stretch], corners[last][stretch]
        )
        nearest = np.full(len(points), np.inf)
        np.minimum.at(nearest, point, chord_distance + sag[stretch])
        if step == 1:
            return nearest
        kept = chord_distance - sag[stretch] <= nearest[point]
        point, stretch = np.repeat(point[kept], 2), np.repeat(2 * stretch[kept], 2)
        stretch[1::2] += 1
        step //= 2
        inside = stretch * step < segments
        point, stretch = point[inside], stretch[inside]


def _sags(corners, first, last, step):
    """Largest distance, shape (k,), of the corners of each stretch from its chord."""
    stretch = np.arange(len(corners) - 1) // step
    chord = corners[last] - corners[first]
    offset = corners[:-1] - corners[first][stretch]
    cross = chord[stretch, 0] * offset[:, 1] - chord[stretch, 1] * offset[:, 0]
    height = np.abs(cross) / np.hypot(*chord.T)[stretch]
    return np.maximum.reduceat(height, first)


def _distance_to_segments(points, starts, ends):
    """Distance, shape (n,), from each point to the segment of the same row; all (n, 2)."""
    length = np.hypot(*(ends - starts).T)
    direction = (ends - starts) / length[:, None]
    along = np.clip(np.sum((points - starts) * direction, axis=1), 0, length)
    foot = starts + along[:, None] * direction
    return np.hypot(*(points - foot).T)

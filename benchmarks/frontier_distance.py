"""Time the Pareto frontier and the distance to it against naive implementations.

    python benchmarks/frontier_distance.py --points 10000 --million

The naive search for efficient points compares every point with every other. The naive distance is
computed for one segment of the frontier after the other, without blocks. Both sides run on the same
random points and must agree: once with a frontier of `--corners` points, once with a frontier of a
few points. `--million` also times the distances of a million points, without the naive
implementation.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hal_analysis.metrics import pareto

Metric = Callable[[np.ndarray, np.ndarray], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--corners", type=int, default=1_000, help="points on the frontier")
    parser.add_argument("--million", action="store_true", help="also time a million points")
    options = parser.parse_args()
    cost, score = make_points(options.points, options.corners)
    print(f"{options.points:,} points, {options.corners:,} of them on the frontier")
    compare("efficient points", pareto.pareto_efficient, naive_efficient, cost, score)
    compare("distances", pareto.distance_to_frontier, naive_distance, cost, score)
    cost, score = make_points(options.points, 0)
    print(f"{options.points:,} points, {count_frontier(cost, score)} of them on the frontier")
    compare("distances", pareto.distance_to_frontier, naive_distance, cost, score)
    if options.million:
        for n_corners in (0, options.corners):
            cost, score = make_points(1_000_000, n_corners)
            _, seconds = timed(pareto.distance_to_frontier, cost, score)
            n_frontier = count_frontier(cost, score)
            print(f"1,000,000 points, {n_frontier:,} of them on the frontier")
            print(f"  {'distances':<20}{seconds:>10.4f} s")


def compare(name: str, metric: Metric, naive: Metric, cost: np.ndarray, score: np.ndarray) -> None:
    """Time two implementations of a metric, check that they agree, and print the times."""
    values, seconds = timed(metric, cost, score)
    naive_values, naive_seconds = timed(naive, cost, score)
    np.testing.assert_allclose(values, naive_values, atol=1e-12)
    ratio = naive_seconds / seconds
    print(f"  {name:<20}{seconds:>10.4f} s, naive {naive_seconds:.4f} s, ratio {ratio:.1f}")


def make_points(n_points: int, n_corners: int) -> tuple[np.ndarray, np.ndarray]:
    """Return costs and scores of random points with `n_corners` points on their frontier.

    Without corners, the points are uniform in the unit square and few are on the frontier.
    Otherwise, they are in a quarter disc, and the first `n_corners` on its arc.
    """
    rng = np.random.default_rng(0)
    if not n_corners:
        return rng.uniform(size=n_points), rng.uniform(size=n_points)
    angle = rng.uniform(np.pi / 2, np.pi, n_points)
    radius = np.sqrt(rng.uniform(0, 0.999, n_points))
    radius[:n_corners] = 1
    return 1 + radius * np.cos(angle), radius * np.sin(angle)


def count_frontier(cost: np.ndarray, score: np.ndarray) -> int:
    """Return the number of points on the frontier."""
    return int(pareto.pareto_frontier(cost, score).sum())


def timed(metric: Metric, cost: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the values of a metric and the seconds that it takes."""
    start = time.perf_counter()
    values = metric(cost, score)
    return values, time.perf_counter() - start


def naive_efficient(cost: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Mark the points that no other point dominates, in O(n²)."""
    is_dominated = [
        ((cost <= x) & (score >= y) & ((cost < x) | (score > y))).any()
        for x, y in zip(cost, score, strict=True)
    ]
    return ~np.array(is_dominated)


def naive_distance(cost: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Compute the distance to the frontier in a loop over its segments."""
    points = np.column_stack([pareto.min_max_scale(cost), pareto.min_max_scale(score)])
    vertices = points[pareto.pareto_frontier(cost, score)]
    vertices = vertices[np.argsort(vertices[:, 0])]
    distances = np.full(len(points), np.inf)
    for start, end in itertools.pairwise(vertices):
        direction = end - start
        fraction = np.clip((points - start) @ direction / (direction @ direction), 0, 1)
        offsets = points - start - fraction[:, None] * direction
        distances = np.minimum(distances, np.hypot(*offsets.T))
    return distances


if __name__ == "__main__":
    main()

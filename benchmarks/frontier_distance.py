"""Frontier and distance (ours) against the naive way, on the same random points, in one go.

    python benchmarks/frontier_distance.py --points 10000 --million

The naive way compares every point with every other for efficiency, vectorised over one of the
two, and measures every point against every segment of the frontier. Points below a quarter
circle whose arc holds `--corners` of them make the frontier as long as one likes. Both sides must
agree. `--million` times ours alone on a million points, half of them on the arc.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import itertools

import pareto


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--corners", type=int, default=1_000)
    parser.add_argument("--million", action="store_true")
    sizes = parser.parse_args()
    cost, score = make_points(sizes.points, sizes.corners)
    for what, ours, naive in (
        ("efficient points", pareto.pareto_efficient, naive_efficient),
        ("distance to the frontier", pareto.distance_to_frontier, naive_distance),
    ):
        fast, seconds_fast = timed(ours, cost, score)
        slow, seconds_slow = timed(naive, cost, score)
        np.testing.assert_allclose(fast, slow, atol=1e-12)
        print(
            f"{what:<26}{sizes.points:>10,} points: ours {seconds_fast:.3f} s, "
            f"naive {seconds_slow:.3f} s, {seconds_slow / seconds_fast:,.0f} times ours"
        )
    if sizes.million:
        for corners in (0, 500_000):
            _, seconds = timed(pareto.distance_to_frontier, *make_points(1_000_000, corners))
            print(f"ours alone, 1,000,000 points, {corners:,} of them on an arc: {seconds:.1f} s")


def make_points(points, corners):
    """Points of a quarter disc, `corners` of them on its arc: all of these are on the frontier."""
    random = np.random.default_rng(0)
    angle = random.uniform(np.pi / 2, np.pi, points)
    radius = np.sqrt(random.uniform(0, 0.999, points))
    radius[:corners] = 1
    return 1 + radius * np.cos(angle), radius * np.sin(angle)


def timed(work, cost, score):
    start = time.perf_counter()
    result = work(cost, score)
    return result, time.perf_counter() - start


def naive_efficient(cost, score):
    as_good = ((cost <= x) & (score >= y) for x, y in zip(cost, score, strict=True))
    better = ((cost < x) | (score > y) for x, y in zip(cost, score, strict=True))
    return np.array([not (a & b).any() for a, b in zip(as_good, better, strict=True)])


def naive_distance(cost, score):
    points = np.column_stack([pareto.min_max_scale(cost), pareto.min_max_scale(score)])
    corners = points[pareto.pareto_frontier(cost, score)]
    corners = corners[np.argsort(corners[:, 0])]
    nearest = np.full(len(points), np.inf)
    for start, end in itertools.pairwise(corners):
        along = end - start
        share = np.clip((points - start) @ along / (along @ along), 0, 1)
        nearest = np.minimum(nearest, np.hypot(*(points - start - share[:, None] * along).T))
    return nearest


if __name__ == "__main__":
    main()

"""Frontiers and distances: by hand, against naive versions in exact arithmetic, and SciPy."""

import itertools
import tracemalloc
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial import ConvexHull

from hal_analysis.metrics import pareto

# On a small grid, many points are duplicate, collinear or degenerate.
GRID_POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=25)
FLOATS = st.floats(0, 1e6, allow_subnormal=False).map(lambda value: round(value, 4))
FLOAT_POINTS = st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=25)


def naive_efficient(points):
    return [
        not any(
            x <= px and y >= py and (x < px or y > py)  # a point that dominates
            for x, y in points
        )
        for px, py in points
    ]


def naive_frontier(points):
    """Return the efficient points that lie below no segment between two efficient points."""
    points = [(Fraction(x), Fraction(y)) for x, y in points]
    efficient = [p for p, ok in zip(points, naive_efficient(points), strict=True) if ok]

    def below_some_segment(p):
        return any(
            a[0] < p[0] < b[0] and a[1] + (b[1] - a[1]) * (p[0] - a[0]) / (b[0] - a[0]) > p[1]
            for a in efficient
            for b in efficient
        )

    return [p in efficient and not below_some_segment(p) for p in points]


def naive_scale(values):
    low, high = min(values), max(values)
    return [0.0 if low == high else float(Fraction(v - low) / (high - low)) for v in values]


def naive_distances(points):
    """Return the distance of each point to the nearest segment of the frontier."""
    on_frontier = naive_frontier(points)
    scaled = list(zip(*(naive_scale(values) for values in zip(*points, strict=True)), strict=True))
    vertices = sorted({p for p, ok in zip(scaled, on_frontier, strict=True) if ok})
    segments = list(itertools.pairwise(vertices)) or [(vertices[0], vertices[0])]
    return [min(naive_segment_distance(p, *segment) for segment in segments) for p in scaled]


def naive_segment_distance(p, a, b):
    """Return the distance of a point, or of columns of points, to the segment from a to b."""
    along = (b[0] - a[0], b[1] - a[1])
    squared = along[0] ** 2 + along[1] ** 2
    t = ((p[0] - a[0]) * along[0] + (p[1] - a[1]) * along[1]) / squared if squared else 0
    t = np.clip(t, 0, 1)
    return np.hypot(p[0] - a[0] - t * along[0], p[1] - a[1] - t * along[1])


def columns(points):
    cost, score = np.array(points, dtype=float).T
    return cost, score


@given(GRID_POINTS)
def test_efficient_points_agree_with_naive_version(points):
    assert_array_equal(pareto.pareto_efficient(*columns(points)), naive_efficient(points))


@given(FLOAT_POINTS)
def test_efficient_points_agree_with_naive_version_on_floats(points):
    """Values are compared up to the tolerance, so the naive version sees values on a grid."""
    points = np.round(points, 6)
    assert_array_equal(pareto.pareto_efficient(*columns(points)), naive_efficient(points.tolist()))


@given(GRID_POINTS)
def test_frontier_agrees_with_naive_version(points):
    assert_array_equal(pareto.pareto_frontier(*columns(points)), naive_frontier(points))


@given(GRID_POINTS)
def test_distances_agree_with_naive_version(points):
    distances = pareto.distance_to_frontier(*columns(points))
    assert_allclose(distances, naive_distances(points), atol=1e-12)
    assert_array_equal(distances == 0, naive_frontier(points))


@given(FLOAT_POINTS)
def test_distances_are_in_range_and_zero_on_the_frontier(points):
    distances = pareto.distance_to_frontier(*columns(points))
    assert (distances >= 0).all()
    assert (distances <= sqrt(2)).all()
    assert (distances[pareto.pareto_frontier(*columns(points))] == 0).all()


@given(FLOAT_POINTS, st.randoms())
def test_order_of_points_does_not_matter(points, random):
    order = list(range(len(points)))
    random.shuffle(order)
    cost, score = columns(points)
    shuffled = pareto.pareto_frontier(cost[order], score[order])
    assert_array_equal(shuffled, pareto.pareto_frontier(cost, score)[order])


@pytest.mark.parametrize("seed", range(30))
def test_frontier_agrees_with_scipy_hull_on_random_points(seed):
    points = np.random.default_rng(seed).normal(size=(200, 2))
    hull = ConvexHull(points)
    # The frontier consists of the facets that face the corner of low costs and high scores.
    faces_corner = (hull.equations[:, 0] < 0) & (hull.equations[:, 1] > 0)
    on_hull = np.zeros(len(points), dtype=bool)
    on_hull[hull.simplices[faces_corner].ravel()] = True
    assert on_hull.any()
    assert_array_equal(pareto.pareto_frontier(*points.T), on_hull)


@pytest.mark.parametrize("seed", range(10))
def test_distances_agree_with_naive_version_on_a_frontier_with_many_vertices(seed):
    random = np.random.default_rng(seed)
    angle = np.sort(random.uniform(np.pi / 2, np.pi, 300))
    arc = np.column_stack([1 + np.cos(angle), np.sin(angle)])
    inside = [1, 0] + random.uniform(0, 0.95, (300, 1)) * random.permutation(arc - [1, 0])
    cost, score = np.vstack([arc, inside]).T
    scaled = np.column_stack([pareto.min_max_scale(cost), pareto.min_max_scale(score)])
    vertices = np.array(sorted(map(tuple, scaled[pareto.pareto_frontier(cost, score)])))
    assert len(vertices) > 200
    expected = [naive_segment_distance(scaled.T, *ends) for ends in itertools.pairwise(vertices)]
    distances = pareto.distance_to_frontier(cost, score)
    assert_allclose(distances, np.min(expected, axis=0), atol=1e-12)


def test_frontier_and_distance_by_hand():
    # A (0, 0), B (1, 2), C (4, 4) are vertices; D (2, 1) and E (4, 0) lie below. Divided by 4,
    # D is (1/2, 1/4). The nearest segment is AB with direction (1, 2)/sqrt(5), at the distance
    # |2 * 1/2 - 1 * 1/4| / sqrt(5). E is (1, 0), which is (3/4, -1/2) from B. The nearest segment
    # is BC with direction (3, 2)/sqrt(13), at the distance |3 * -1/2 - 2 * 3/4| / sqrt(13).
    cost, score = [0, 1, 4, 2, 4], [0, 2, 4, 1, 0]
    assert_array_equal(pareto.pareto_frontier(cost, score), [True, True, True, False, False])
    distances = pareto.distance_to_frontier(cost, score)
    assert_allclose(distances, [0, 0, 0, 0.75 / sqrt(5), 3 / sqrt(13)], rtol=1e-15)


def test_collinear_points_are_on_the_frontier():
    # Rounded to binary floats, 0.1, 0.2 and 0.3 are not exactly collinear.
    assert pareto.pareto_frontier([1, 2, 3], [0.1, 0.2, 0.3]).all()


def test_copies_of_a_point_on_the_frontier_are_on_it():
    assert_array_equal(pareto.pareto_frontier([1, 1, 2], [0.5, 0.5, 0.5]), [True, True, False])


def test_efficient_point_below_the_hull_is_not_on_the_frontier():
    assert_array_equal(pareto.pareto_efficient([0, 1, 2], [0, 0.1, 1]), [True, True, True])
    assert_array_equal(pareto.pareto_frontier([0, 1, 2], [0, 0.1, 1]), [True, False, True])


def test_distance_to_a_frontier_of_one_point():
    # Scaled, the first point is (0, 1), the frontier; the others are (1, 0) and (1/2, 1/2).
    assert_allclose(
        pareto.distance_to_frontier([1, 3, 2], [0.9, 0.1, 0.5]), [0, sqrt(2), sqrt(0.5)]
    )


def test_constant_costs_scale_to_0():
    assert_allclose(pareto.distance_to_frontier([5, 5, 5], [0.2, 0.6, 0.4]), [1, 0, 0.5])


def test_constant_scores_scale_to_0():
    assert_allclose(pareto.distance_to_frontier([5, 9, 7], [0.2, 0.2, 0.2]), [0, 1, 0.5])


def test_sums_that_round_differently_are_equal():
    """A costs as much as B and has a lower score, so B dominates A."""
    cost = [sum([0.1, 0.2, 0.3]) / 3, sum([0.3, 0.2, 0.1]) / 3]
    assert cost[0] > cost[1]
    for swapped in (cost, cost[::-1]):
        for others in ([], [5.0]):  # with and without a range of costs
            costs, scores = swapped + others, [0.5, 0.6] + [0.7] * len(others)
            expected = [False, True] + [True] * len(others)
            assert_array_equal(pareto.pareto_efficient(costs, scores), expected)
            assert_array_equal(pareto.pareto_frontier(costs, scores), expected)
            # The same with scores that round differently, and different costs.
            scores = [1 - value for value in costs]
            assert_array_equal(pareto.pareto_efficient([1, 2, 0.5][: len(costs)], scores)[1], False)


def test_costs_that_differ_by_rounding_only_scale_to_0():
    cost = [sum([0.1, 0.2, 0.3]), sum([0.3, 0.2, 0.1])]
    assert pareto.min_max_scale(cost).tolist() == [0, 0]
    assert pareto.distance_to_frontier(cost, [0.2, 0.6]).tolist() == [1, 0]


def test_single_point_and_no_points():
    assert pareto.distance_to_frontier([5], [0.2]).tolist() == [0]
    assert pareto.pareto_frontier([5], [0.2]).tolist() == [True]
    assert pareto.distance_to_frontier([], []).tolist() == []
    assert pareto.pareto_frontier([], []).tolist() == []


@pytest.mark.parametrize("bad", [[1.0, np.nan], [1.0, np.inf], [[1.0], [2.0]], [1.0, 2.0, 3.0]])
def test_invalid_arrays_raise(bad):
    with pytest.raises(ValueError, match="cost and score must be"):
        pareto.pareto_efficient(bad, [0.1, 0.2])


def test_memory_is_bounded():
    """The arrays of all pairs of a point and a segment would take 80 MB each."""
    angle = np.linspace(np.pi / 2, np.pi, 1000)
    cost, score = np.tile([1 + np.cos(angle), np.sin(angle)], 10)
    tracemalloc.start()
    pareto.distance_to_frontier(cost, score)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6


def test_min_max_scale():
    assert pareto.min_max_scale([2, 4, 3]).tolist() == [0, 1, 0.5]
    assert pareto.min_max_scale([7, 7]).tolist() == [0, 0]

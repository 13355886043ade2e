"""The metrics against other libraries, on random inputs.

Libraries that take seconds to import are imported by slow tests only.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import ConvexHull

from hal_analysis.metrics import bootstrap, pair_tests, pareto, task_tests, win_counts

SEEDS = st.integers(0, 2**32 - 1)
FRACTIONS = st.floats(0, 1)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_binomial_test_of_scipy(only_first, only_second):
    p = task_tests.mcnemar_test(np.array([only_first]), np.array([only_second]))[0]
    n = only_first + only_second
    assert p == pytest.approx(stats.binomtest(only_first, n).pvalue if n else 1)


@pytest.mark.slow
@given(st.lists(FRACTIONS | st.just(float("nan")), max_size=30))
def test_holm_is_that_of_statsmodels(p_values):
    from statsmodels.stats.multitest import multipletests

    p = np.array(p_values, dtype=float)
    adjusted = pair_tests.adjust_holm(p)
    is_test = np.isfinite(p)
    assert np.isnan(adjusted[~is_test]).all()
    if is_test.any():
        expected = multipletests(p[is_test], method="holm")[1]
        assert adjusted[is_test] == pytest.approx(expected)


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]) | FRACTIONS, min_size=1, max_size=20))
def test_wins_and_ties_are_the_ranks_of_scipy(accuracies):
    scores = pd.Series(accuracies)
    results = pd.DataFrame(
        {"model_name_short": [str(i) for i in range(len(scores))], "benchmark_name": "b"}
    )
    counts = win_counts.count_wins(results, ["benchmark_name"], scores, 0.5)
    lowest, highest = (stats.rankdata(scores, method) for method in ("min", "max"))
    assert counts.strict_wins.tolist() == (lowest - 1).tolist()
    assert counts.ties.tolist() == (highest - lowest).tolist()
    assert counts.wins.tolist() == (stats.rankdata(scores) - 1).tolist()
    assert (counts.comparisons == len(scores) - 1).all()


@given(SEEDS, st.integers(1, 12), st.integers(1, 15))
def test_joint_ranks_are_those_of_scipy(seed, n_models, n_resamples):
    rng = np.random.default_rng(seed)
    rates = rng.integers(0, 5, (n_models, n_resamples)) / 4
    low, high = bootstrap._rank(rates)
    assert (low == stats.rankdata(-rates, "min", axis=0)).all()
    assert (high == stats.rankdata(-rates, "max", axis=0)).all()


GRID = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=25)


@pytest.mark.slow
@given(GRID)
def test_efficient_points_are_those_of_paretoset(points):
    from paretoset import paretoset

    cost, score = np.array(points, dtype=float).T
    expected = paretoset(np.column_stack([cost, score]), sense=["min", "max"], distinct=False)
    assert pareto.pareto_efficient(cost, score).tolist() == expected.tolist()


@given(SEEDS, st.integers(3, 30))
def test_corners_of_the_frontier_are_those_of_the_hull_of_scipy(seed, n):
    """Points far away make everything that is worse than another point a part of the hull."""
    cost, score = np.random.default_rng(seed).random((2, n))
    far_away = [(cost.min(), -1e3), (1e3, -1e3), (1e3, score.max())]
    hull = ConvexHull([*zip(cost, score, strict=True), *far_away])
    expected = set(hull.vertices) - {n, n + 1, n + 2}
    assert set(np.flatnonzero(pareto.pareto_frontier(cost, score))) == expected


@pytest.mark.slow
@given(st.integers(0, 60), st.integers(1, 60))
def test_wilson_interval_is_that_of_statsmodels(solved, n_tasks):
    from statsmodels.stats.proportion import proportion_confint

    solved = min(solved, n_tasks)
    limits = task_tests.wilson_intervals(np.array([solved]), np.array([n_tasks]))
    expected = proportion_confint(solved, n_tasks, 0.05, "wilson")
    assert np.ravel(limits) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_sign_flip_test_is_the_permutation_test_of_scipy(seed):
    differences = np.random.default_rng(seed).integers(-8, 9, 12) / 8
    p = task_tests.sign_flip_test(task_tests.count_units(differences)[np.newaxis])[0]
    expected = stats.permutation_test(
        [differences, np.zeros(12)], lambda x, y: (x - y).sum(), permutation_type="samples"
    )
    assert p == pytest.approx(expected.pvalue)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_interval_is_that_of_the_bootstrap_of_arch(seed):
    """Up to the error of 9,999 resamples on either side."""
    from arch.bootstrap import IIDBootstrap

    rng = np.random.default_rng(seed)
    comparisons = rng.integers(3, 9, 12)
    wins = rng.integers(0, comparisons + 1)
    tally = np.array([wins, np.zeros(12), comparisons], dtype=float)[:, np.newaxis]
    low, high = np.ravel(bootstrap.win_rate_intervals(tally, 0))
    resampling = IIDBootstrap(wins, comparisons, seed=seed)
    rates = resampling.apply(lambda wins, comparisons: wins.sum() / comparisons.sum(), 9_999)
    expected = np.quantile(rates, bootstrap.expanded_percentiles(12))
    spread = rates.std()
    assert [low, high] == pytest.approx(expected, abs=0.15 * spread)


@given(SEEDS, st.integers(5, 7))
def test_swap_test_is_a_permutation_test(seed, n_benchmarks):
    """With equal comparisons, exchanging two models is flipping the sign of their difference."""
    rng = np.random.default_rng(seed)
    wins = rng.integers(0, 6, (2, n_benchmarks))
    tallies = np.array([[side, 0 * side, 0 * side + 6] for side in wins], dtype=float)[
        :, :, np.newaxis
    ]
    p = pair_tests.swap_test(*tallies, tie_credit=0)[0]
    expected = stats.permutation_test(
        list(wins.astype(float)), lambda x, y: (x - y).sum(), permutation_type="samples"
    )
    assert p == pytest.approx(expected.pvalue)

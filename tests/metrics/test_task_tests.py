"""Intervals and paired tests against SciPy, plain loops, and numbers by hand."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hal_analysis.metrics import task_tests
from hal_analysis.metrics.task_tests import UNITS

COUNT = st.integers(0, 40)
# Decimals, and means of three, seven or sixteen repeats.
GRADED = st.sampled_from(
    [Fraction(text) for text in ("0", "1/4", "3/10", "1/2", "1", "1/3", "2/3", "3/7", "5/16")]
)


def only(value):
    """Return a value as an array of one."""
    return np.array([value])


def naive_sign_flip_test(differences):
    """Return the p-value of exact fractions."""
    differences = [d for d in differences if d]
    sums = [
        abs(sum(sign * d for sign, d in zip(signs, differences, strict=True)))
        for signs in itertools.product([1, -1], repeat=len(differences))
    ]
    return sum(total >= sums[0] for total in sums) / len(sums)


def test_mcnemar_by_hand():
    # 2 * (C(15,0) + C(15,1) + C(15,2) + C(15,3)) / 2^15 = 2 * 576 / 32768
    p = task_tests.mcnemar_test(np.array([12, 3, 0, 5]), np.array([3, 12, 0, 5]))
    assert p == pytest.approx([1152 / 32768, 1152 / 32768, 1, 1])
    assert round(p[0], 4) == 0.0352


@given(COUNT, COUNT)
def test_mcnemar_agrees_with_binomtest(only_first, only_second):
    p = task_tests.mcnemar_test(only(only_first), only(only_second))[0]
    n = only_first + only_second
    assert p == pytest.approx(stats.binomtest(only_first, n, 0.5).pvalue if n else 1)


@given(st.integers(1, 300), st.floats(0, 1))
def test_wilson_agrees_with_scipy(n_tasks, share):
    successes = round(share * n_tasks)
    low, high = task_tests.wilson_intervals(only(successes), only(n_tasks))
    expected = stats.binomtest(successes, n_tasks).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx(expected, abs=1e-12)
    assert low[0] <= successes / n_tasks <= high[0]


def test_wilson_by_hand():
    # 20 of 50: center (20 + 1.9207) / 53.8415, half width 1.96 * sqrt(12 + 0.9604) / 53.8415.
    low, high = task_tests.wilson_intervals(only(20), only(50))
    assert (low[0], high[0]) == pytest.approx((0.27609, 0.53819), abs=1e-5)
    assert np.isnan(task_tests.wilson_intervals(only(0), only(0))).all()


def test_units_of_a_score_are_as_documented():
    assert UNITS == 7_207_200_000


def test_mean_intervals_are_reproducible():
    """The seed defines the resamples; each is a multinomial count of the ten tasks."""
    scores = np.random.default_rng(3).random((1, 10))
    counts = np.random.default_rng(1947).multinomial(10, [0.1] * 10, size=9_999)
    tail = stats.norm.cdf(-math.sqrt(10 / 9) * stats.t.ppf(0.975, 9))
    expected = np.quantile(counts @ scores[0] / 10, [tail, 1 - tail])
    low, high = task_tests.mean_intervals(scores)
    assert [low[0], high[0]] == pytest.approx(expected, abs=1e-9)


def test_mean_intervals_agree_with_a_loop_over_resamples():
    scores = np.random.default_rng(0).choice([0, 0, 0.3, 0.5, 1], size=(2, 12))
    low, high = task_tests.mean_intervals(scores)
    rng = np.random.default_rng(1)
    tail = stats.norm.cdf(-math.sqrt(12 / 11) * stats.t.ppf(0.975, 11))
    for run in range(2):
        means = [rng.choice(scores[run], 12).mean() for _ in range(9_999)]
        assert (low[run], high[run]) == pytest.approx(
            np.quantile(means, [tail, 1 - tail]), abs=0.02
        )
    assert np.isnan(task_tests.mean_intervals(scores[:, :9])).all()


def test_accuracy_intervals_are_wilson_for_zeros_and_ones_and_bootstrap_for_graded_scores():
    binary, graded = [1.0] * 20 + [0.0] * 30, [0.5, 1.0] * 6
    low, high = task_tests.accuracy_intervals([binary, graded, [], [0.5]])
    assert (low[0], high[0]) == pytest.approx((0.27609, 0.53819), abs=1e-5)
    bootstrap_low, bootstrap_high = task_tests.mean_intervals(np.array([graded]))
    assert (low[1], high[1]) == (bootstrap_low[0], bootstrap_high[0])
    assert np.isnan([low[2:], high[2:]]).all()


@given(st.lists(GRADED, max_size=9), st.lists(GRADED, max_size=9))
def test_exact_sign_flip_test_agrees_with_a_loop_over_all_flips(first, second):
    n = min(len(first), len(second))
    units = [
        task_tests.count_units(np.array(scores[:n], dtype=float)) for scores in (first, second)
    ]
    p = task_tests.sign_flip_test((units[0] - units[1])[np.newaxis])[0]
    differences = [a - b for a, b in zip(first, second, strict=False)]
    assert p == naive_sign_flip_test(differences)


@given(st.integers(0, 20), st.data())
def test_exact_sign_flip_test_of_zeros_and_ones_is_mcnemars(n_differing, data):
    only_first = data.draw(st.integers(0, n_differing))
    differences = np.repeat([UNITS, -UNITS, 0], [only_first, n_differing - only_first, 5])
    p = task_tests.sign_flip_test(differences[np.newaxis])[0]
    expected = task_tests.mcnemar_test(only(only_first), only(n_differing - only_first))[0]
    assert p == pytest.approx(expected)


def test_random_sign_flips_are_close_to_the_exact_test_and_do_not_depend_on_other_pairs():
    differences = np.repeat([[UNITS, -UNITS, 0]], [28, 14, 8], axis=1)
    p = task_tests.sign_flip_test(differences)[0]
    assert p == pytest.approx(task_tests.mcnemar_test(only(28), only(14))[0], abs=0.01)
    both = task_tests.sign_flip_test(np.vstack([np.zeros(50), differences]))
    assert both.tolist() == [1, p]
    certain = task_tests.sign_flip_test(np.full((1, 60), UNITS))
    assert certain == [1 / 10_000]


def test_interval_of_the_difference_of_shares_by_hand():
    # Of 48 tasks, 12 and 3: d = 13/50 - 4/50 = 0.18, half width 1.96 * sqrt((0.34 - 0.0324) / 50).
    low, high = task_tests.share_difference_intervals(only(12), only(3), only(48))
    half_width = 1.959964 * math.sqrt(0.3076 / 50)
    assert (low[0], high[0]) == pytest.approx((0.18 - half_width, 0.18 + half_width), abs=1e-6)


def test_interval_of_a_mean_difference_agrees_with_scipy():
    differences = np.random.default_rng(0).normal(0.1, 0.3, size=30)
    low, high = task_tests.mean_difference_intervals(
        only(differences.mean()), only(differences.var(ddof=1)), only(30)
    )
    expected = stats.ttest_1samp(differences, 0).confidence_interval()
    assert (low[0], high[0]) == pytest.approx(expected)


def test_tasks_for_power_by_hand():
    # psi = 0.3, delta = 0.1: root = 1.96 * sqrt(0.3) + 0.8416 * sqrt(0.29) = 1.5267;
    # without correction (root / 0.1)^2 = 233.1; with it ((root + sqrt(root^2 + 0.4)) / 0.2)^2.
    difference, square = np.array([0.1, -0.1, 0.1, 0.0]), np.full(4, 0.3)
    is_graded = np.array([False, False, True, False])
    n_tasks = task_tests.tasks_for_power(difference, square, is_graded, 0.05)
    corrected = math.ceil(((1.52669 + math.sqrt(1.52669**2 + 0.4)) / 0.2) ** 2)
    assert n_tasks.tolist() == [corrected, corrected, 234, math.inf]

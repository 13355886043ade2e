"""Intervals, rank ranges and differences: by hand, and against plain loops with other seeds."""

import itertools
import math
import random
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hal_analysis.metrics import bootstrap


def plain_rate(model, benchmarks, tie_credit):
    """Return the win rate of one model; the benchmarks may repeat.

    A model is a list of its strict wins, ties and comparisons on each benchmark.
    """
    wins = sum(model[b][0] + tie_credit * model[b][1] for b in benchmarks)
    comparisons = sum(model[b][2] for b in benchmarks)
    return wins / comparisons if comparisons else math.nan


def plain_quantile(values, fraction):
    values = sorted(values)
    position = fraction * (len(values) - 1)
    low = math.floor(position)
    high = min(low + 1, len(values) - 1)
    return values[low] + (position - low) * (values[high] - values[low])


def plain_tail(n):
    return stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1))


def plain_limits(values, n_benchmarks):
    tail = plain_tail(n_benchmarks)
    return plain_quantile(values, tail), plain_quantile(values, 1 - tail)


def plain_interval(model, tie_credit, n_resamples, rng):
    own = [b for b, (_, _, comparisons) in enumerate(model) if comparisons]
    resamples = (rng.choices(own, k=len(own)) for _ in range(n_resamples))
    rates = [plain_rate(model, benchmarks, tie_credit) for benchmarks in resamples]
    return plain_limits(rates, len(own))


def assert_agree(limits, repeated_limits):
    """Check that limits equal those of plain loops, up to the loops' sampling error."""
    for limit, others in zip(limits, zip(*repeated_limits, strict=True), strict=True):
        error = statistics.stdev(others) + 0.002
        assert limit == pytest.approx(statistics.mean(others), abs=4 * error)


def random_tally(seed, n_models=6, n_benchmarks=9, share=0.8):
    """Return a tally of accuracies that are rounded, so that there are ties."""
    rng = np.random.default_rng(seed)
    has_run = rng.random((n_models, n_benchmarks)) < share
    skill = np.linspace(0, 0.6, n_models)[:, None]
    score = np.round(rng.random((n_models, n_benchmarks)) + skill, 1)
    score[~has_run] = np.nan
    wins = (score[:, None] > score).sum(axis=1)
    ties = (score[:, None] == score).sum(axis=1) - has_run
    return np.array([wins, ties, np.where(has_run, has_run.sum(axis=0) - 1, 0)])


def select_model(tally, model):
    return tally[:, model].T.tolist()


@pytest.mark.parametrize("tie_credit", [0, 0.5, pytest.param(0.3, marks=pytest.mark.slow)])
def test_intervals_agree_with_a_plain_loop(tie_credit):
    tally = random_tally(1)
    limits = zip(*bootstrap.win_rate_intervals(tally, tie_credit), strict=True)
    rng = random.Random(5)
    for model, interval in enumerate(limits):
        rows = select_model(tally, model)
        assert_agree(interval, [plain_interval(rows, tie_credit, 2000, rng) for _ in range(5)])


def test_expanded_percentiles_are_those_of_hesterberg():
    """For n = 2 by hand: t is 12.7062, and √2 times t is 17.969."""
    tail, upper = bootstrap.expanded_percentiles(2)
    assert tail == pytest.approx(stats.norm.cdf(-17.9693), rel=1e-3)
    assert upper == 1
    for n in (3, 7, 11, 50):
        assert bootstrap.expanded_percentiles(n) == pytest.approx(
            (plain_tail(n), 1 - plain_tail(n))
        )
    assert bootstrap.expanded_percentiles(10**6)[0] == pytest.approx(0.025, rel=1e-4)


def test_two_benchmarks_by_hand():
    """Win rates of 1 and 0 on two benchmarks give 0, 1/2 and 1 in resamples: limits 0 and 1.

    The interval of a model that wins everywhere has no width. With one benchmark or none, there is
    no interval.
    """
    wins = [[4, 0, 0], [4, 4, 0], [4, 0, 0], [0, 0, 0]]
    comparisons = [[4, 4, 0], [4, 4, 0], [4, 0, 0], [0, 0, 0]]
    tally = np.array([wins, np.zeros((4, 3)), comparisons])
    low, high = bootstrap.win_rate_intervals(tally, 0)
    assert low.tolist()[:2] == [0, 1]
    assert high.tolist()[:2] == [1, 1]
    assert np.isnan(low[2:]).all()
    assert np.isnan(high[2:]).all()


@pytest.mark.parametrize("n", [3, 7, 11])
def test_as_many_benchmarks_are_resampled_as_there_are(n):
    """A model that wins on k of n benchmarks wins on Binomial(n, k/n) benchmarks of a resample."""
    k = np.arange(1, n)
    wins = np.arange(n) < k[:, None]
    tally = np.array([wins, np.zeros_like(wins), np.ones_like(wins)], dtype=float)
    limits = bootstrap.win_rate_intervals(tally, 0)
    for limit, fraction in zip(limits, bootstrap.expanded_percentiles(n), strict=True):
        error = 5 * math.sqrt(fraction * (1 - fraction) / bootstrap.N_RESAMPLES)
        n_wins = limit * n
        assert (n_wins >= stats.binom.ppf(max(fraction - error, 0), n, k / n) - 1e-9).all()
        assert (n_wins <= stats.binom.ppf(min(fraction + error, 1), n, k / n) + 1e-9).all()


def plain_rank_range(tally, tie_credit, n_resamples, rng):
    _, n_models, n_benchmarks = tally.shape
    models = [select_model(tally, model) for model in range(n_models)]
    best_ranks, worst_ranks = [[] for _ in models], [[] for _ in models]
    for _ in range(n_resamples):
        benchmarks = rng.choices(range(n_benchmarks), k=n_benchmarks)
        rates = [plain_rate(model, benchmarks, tie_credit) for model in models]
        for model, rate in enumerate(rates):
            if not math.isnan(rate):
                best_ranks[model].append(1 + sum(other > rate for other in rates))
                worst_ranks[model].append(sum(other >= rate for other in rates))
    return (
        [np.quantile(ranks, 0.025, method="inverted_cdf") for ranks in best_ranks],
        [np.quantile(ranks, 0.975, method="inverted_cdf") for ranks in worst_ranks],
    )


@pytest.mark.parametrize("tie_credit", [0, 0.5])
def test_rank_ranges_agree_with_a_plain_loop(tie_credit):
    tally = random_tally(2, n_models=5, n_benchmarks=6)
    ranges = bootstrap.rank_ranges(tally, tie_credit)
    rng = random.Random(3)
    repeated = [plain_rank_range(tally, tie_credit, 1000, rng) for _ in range(7)]
    assert (np.min(repeated, axis=0) <= ranges).all()
    assert (ranges <= np.max(repeated, axis=0)).all()


def test_rank_ranges_by_hand():
    """A beats B and C everywhere; B and C tie everywhere, so both take the ranks 2 and 3."""
    wins = [[2, 2], [0, 0], [0, 0], [0, 0]]
    ties = [[0, 0], [1, 1], [1, 1], [0, 0]]
    comparisons = [[2, 2], [2, 2], [2, 2], [0, 0]]
    low, high = bootstrap.rank_ranges(np.array([wins, ties, comparisons]), 0)
    assert low[:3].tolist() == [1, 2, 2]
    assert high[:3].tolist() == [1, 3, 3]
    assert np.isnan([low[3], high[3]]).all()


def test_rank_ranges_of_more_models_than_a_byte_can_count():
    """On both benchmarks, model i beats the models after it."""
    n_models = 300
    wins = np.repeat(np.arange(n_models)[::-1, np.newaxis], 2, axis=1)
    tally = np.array([wins, 0 * wins, np.full_like(wins, n_models - 1)], dtype=float)
    for limit in bootstrap.rank_ranges(tally, 0):
        assert limit.tolist() == [*range(1, n_models + 1)]


@pytest.mark.parametrize("tie_credit", [0.1, 1 / 3])
def test_models_whose_every_comparison_is_a_tie_share_all_ranks(tie_credit):
    """A to E tie 1 to 5 times on each benchmark, so the rate of each is the tie credit."""
    ties = np.outer([1, 2, 3, 4, 5], [1, 1, 3])
    tally = np.array([0 * ties, ties, ties], dtype=float)
    low, high = bootstrap.rank_ranges(tally, tie_credit)
    assert low.tolist() == [1] * 5
    assert high.tolist() == [5] * 5
    difference, *_ = bootstrap.difference_intervals(tally[:, :4], tally[:, 1:], tie_credit)
    assert difference.tolist() == [0] * 4


def test_no_ranks_without_comparisons():
    low, high = bootstrap.rank_ranges(np.zeros((3, 2, 4)), 0)
    assert np.isnan([low, high]).all()
    assert low.shape == high.shape == (2,)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, math.nan]), min_size=1, max_size=6))
@settings(max_examples=30)
def test_ranks_agree_with_counting(rates):
    """On a single benchmark, all resamples are equal to it."""
    wins = [[0 if math.isnan(rate) else int(2 * rate)] for rate in rates]
    comparisons = [[0 if math.isnan(rate) else 2] for rate in rates]
    tally = np.array([wins, np.zeros_like(wins), comparisons])
    for rate, low, high in zip(rates, *bootstrap.rank_ranges(tally, 0), strict=True):
        if math.isnan(rate):
            assert math.isnan(low)
            assert math.isnan(high)
        else:
            assert low == 1 + sum(other > rate for other in rates)
            assert high == sum(other >= rate for other in rates)


def test_differences_agree_with_a_plain_loop():
    tally = random_tally(4)
    first, second = tally[:, [5, 4, 3]], tally[:, [4, 3, 0]]
    difference, low, high, n_common = bootstrap.difference_intervals(first, second, 0.5)
    rng = random.Random(8)
    for pair in range(3):
        one, other = select_model(first, pair), select_model(second, pair)
        common = [b for b in range(9) if one[b][2] and other[b][2]]
        assert n_common[pair] == len(common)
        assert difference[pair] == pytest.approx(
            plain_rate(one, common, 0.5) - plain_rate(other, common, 0.5)
        )
        repeated = []
        for _ in range(5):
            resamples = [rng.choices(common, k=len(common)) for _ in range(2000)]
            values = [plain_rate(one, b, 0.5) - plain_rate(other, b, 0.5) for b in resamples]
            repeated.append(plain_limits(values, len(common)))
        assert_agree((low[pair], high[pair]), repeated)


def test_differences_with_one_common_benchmark_or_none():
    first = np.array([[[1, 0], [1, 0]], np.zeros((2, 2)), [[1, 0], [1, 0]]])
    second = np.array([[[0, 1], [0, 1]], np.zeros((2, 2)), [[0, 1], [1, 1]]])
    difference, low, high, n_common = bootstrap.difference_intervals(first, second, 0)
    assert n_common.tolist() == [0, 1]
    assert math.isnan(difference[0])
    assert difference[1] == 1
    assert np.isnan([low, high]).all()


def test_order_of_models_and_repeated_calls_do_not_matter():
    tally = random_tally(6)
    for function in (bootstrap.win_rate_intervals, bootstrap.rank_ranges):
        expected = np.array(function(tally, 0.3))
        for order in itertools.islice(itertools.permutations(range(6)), 0, 720, 239):
            order = list(order)
            np.testing.assert_array_equal(function(tally[:, order], 0.3), expected[:, order])


@pytest.mark.parametrize("block_size", [100, 12_345, 1 << 30])
def test_size_of_blocks_changes_no_number(monkeypatch, block_size):
    tally = random_tally(3, n_models=7, n_benchmarks=11, share=0.7)
    sides = tally[:, [0, 0, 1, 5]], tally[:, [1, 2, 2, 6]]

    def compute():
        bootstrap._resample_counts.cache_clear()
        return [
            *bootstrap.win_rate_intervals(tally, 0.5),
            *bootstrap.rank_ranges(tally, 0.5),
            *bootstrap.difference_intervals(*sides, 0.5),
        ]

    expected = compute()
    monkeypatch.setattr(bootstrap, "BLOCK_SIZE", block_size)
    monkeypatch.setattr(bootstrap, "MODELS_AT_A_TIME", 3)
    assert all(map(np.array_equal, compute(), expected, [True] * 8))


def test_at_most_one_set_of_resamples_is_kept():
    tally = np.tril(np.ones((3, 30, 30))) * [[[1]], [[0]], [[2]]]
    bootstrap.win_rate_intervals(tally, 0)
    assert bootstrap._resample_counts.cache_info().currsize <= 1


def test_limits_are_those_of_the_first_implementation():
    """All resamples at once, and the quantiles of NumPy."""
    tally = random_tally(8, n_models=4, n_benchmarks=6, share=1)
    indices = np.random.default_rng(bootstrap.SEED).integers(6, size=(bootstrap.N_RESAMPLES, 6))
    wins, ties, comparisons = tally[:, :, indices].sum(axis=3)
    rates = (wins + 0.5 * ties) / comparisons
    expected = np.quantile(rates, bootstrap.expanded_percentiles(6), axis=1)
    assert np.array_equal(bootstrap.win_rate_intervals(tally, 0.5), expected)


@pytest.mark.parametrize("n", [4, 9, 50, 9_999])
def test_quantiles_are_exactly_those_of_numpy(n):
    values = np.random.default_rng(n).random((20, n))
    for fractions in ((0.01, 0.99), (0.3, 0.61), (0.0, 1.0), (0.12345, 0.5)):
        expected = np.quantile(values, fractions, axis=1)
        assert np.array_equal(bootstrap._quantiles(values.copy(), fractions), expected)

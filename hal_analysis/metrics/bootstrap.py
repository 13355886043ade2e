"""Uncertainty of win rates: the bootstrap over benchmarks.

A tally is an array of whole numbers of shape (3, models, benchmarks): the strict wins, ties and
comparisons of each model on each benchmark, 0 where it has no comparison. A win rate over
benchmarks is the sum of (wins + tie_credit * ties) divided by the sum of comparisons.

Benchmarks are resampled with replacement, as many as there are (Efron and Tibshirani 1993, An
Introduction to the Bootstrap). All sums are sums of whole numbers and therefore exact in any order,
so the same input gives the same limits on any machine.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import numpy as np
from scipy.special import ndtr, stdtrit

N_RESAMPLES = 9_999
SEED = 1979  # the year of the first paper on the bootstrap
LEVEL = 0.95
MAX_DENOMINATOR = 1_000_000  # of the tie credit
BLOCK_SIZE = 1 << 22  # numbers that are held in memory at a time
MODELS_AT_A_TIME = BLOCK_SIZE // N_RESAMPLES
CACHE_BLOCK_SIZE = 1 << 16  # of arrays that are read several times, so they should fit the cache


def win_rate_intervals(tally: np.ndarray, tie_credit: float) -> tuple[np.ndarray, np.ndarray]:
    """Compute the 95% interval of each model's win rate, at expanded percentiles.

    Parameters
    ----------
    tally : ndarray of shape (3, models, benchmarks)
        For each model, the benchmarks with comparisons are resampled.
    tie_credit : float from 0 to 1

    Returns
    -------
    low, high : ndarrays of float of shape (models,)
        Fractions; NaN for models with comparisons on fewer than two benchmarks.
    """
    return _percentile_limits(tally[2] > 0, [tally], tie_credit)


def difference_intervals(
    first: np.ndarray, second: np.ndarray, tie_credit: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Compute the 95% intervals of differences of win rates, with paired resampling.

    Parameters
    ----------
    first, second : ndarrays of shape (3, pairs, benchmarks)
        The tallies of the two models of each pair.
    tie_credit : float from 0 to 1

    Returns
    -------
    difference, low, high : ndarrays of float of shape (pairs,)
        The first win rate minus the second, over the benchmarks on which both models have
        comparisons, and its limits. All are NaN for pairs without a common benchmark, the limits
        also for pairs with one.
    n_common : ndarray of int of shape (pairs,)
        The number of common benchmarks.
    """
    in_common = (first[2] > 0) & (second[2] > 0)
    all_once = np.ones((1, in_common.shape[1]))
    rates = [
        _win_rates([all_once], tally * in_common, tie_credit)[:, 0] for tally in (first, second)
    ]
    low, high = _percentile_limits(in_common, [first, second], tie_credit)
    return rates[0] - rates[1], low, high, in_common.sum(axis=1)


def rank_ranges(tally: np.ndarray, tie_credit: float) -> tuple[np.ndarray, np.ndarray]:
    """Compute the ranks that each model takes in 95% of joint resamples; 1 is the best rank.

    All models are compared on the same resampled benchmarks; benchmarks without any comparison are
    left out. Tied models take all ranks that they share. A model has no rank in resamples without
    any of its benchmarks, and does not count in the ranks of the others there.

    Parameters
    ----------
    tally : ndarray of shape (3, models, benchmarks)
    tie_credit : float from 0 to 1

    Returns
    -------
    low, high : ndarrays of float of shape (models,)
        Whole numbers; NaN for models without comparisons.
    """
    tally = tally[:, :, tally[2].any(axis=0)]
    if not tally.size:
        no_ranks = np.full(tally.shape[1], np.nan)
        return no_ranks, no_ranks
    low, high = np.empty((2, tally.shape[1], N_RESAMPLES), dtype=np.min_scalar_type(tally.shape[1]))
    step = max(1, CACHE_BLOCK_SIZE // tally.shape[1])
    start = 0
    for resamples in _resample_blocks(tally.shape[2]):
        for block in np.split(resamples, range(step, len(resamples), step)):
            part = slice(start, start + len(block))
            low[:, part], high[:, part] = _rank(_win_rates([block], tally, tie_credit))
            start += len(block)
    tail = (1 - LEVEL) / 2
    return _rank_quantile(low, tail), _rank_quantile(high, 1 - tail)


def expanded_percentiles(n: int) -> tuple[float, float]:
    """Return the percentiles, as fractions, of the limits among resamples of n benchmarks.

    Plain percentiles give intervals that are too narrow for few benchmarks. The expanded ones are
    α′/2 = Φ(−√(n/(n−1)) · t₍₁₋α/2, n−1₎) and 1 − α′/2 (Hesterberg 2015, What Teachers Should Know
    About the Bootstrap, doi:10.1080/00031305.2015.1089789).
    """
    tail = ndtr(-np.sqrt(n / (n - 1)) * stdtrit(n - 1, (1 + LEVEL) / 2))
    return tail, 1 - tail


def _percentile_limits(
    is_compared: np.ndarray, tallies: list[np.ndarray], tie_credit: float
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the limits of one win rate, or of the difference of two, for each row."""
    low, high = np.full((2, len(is_compared)), np.nan)
    n_benchmarks = is_compared.sum(axis=1)
    for n in np.unique(n_benchmarks[n_benchmarks > 1]):
        rows = np.flatnonzero(n_benchmarks == n)
        cells = [tally[:, rows][:, is_compared[rows]].reshape(3, -1, n) for tally in tallies]
        get_rates = _distinct_win_rates(np.concatenate(cells, axis=1), tie_credit)
        for start in range(0, len(rows), MODELS_AT_A_TIME):
            block = np.arange(start, min(start + MODELS_AT_A_TIME, len(rows)))
            statistic = get_rates(block)
            if len(tallies) == 2:
                statistic -= get_rates(len(rows) + block)
            low[rows[block]], high[rows[block]] = _quantiles(statistic, expanded_percentiles(n))
    return low, high


def _quantiles(values: np.ndarray, fractions: tuple[float, float]) -> list[np.ndarray]:
    """Return the same quantiles of each row as `np.quantile`, but faster.

    The rows must not contain NaN, and are partly sorted in place.
    """
    quantiles = []
    for fraction in fractions:
        position = (values.shape[1] - 1) * fraction
        below, above = int(position), int(np.ceil(position))
        values.partition(below, axis=1)  # of one position, which is faster than of several
        low, high = values[:, below].copy(), values[:, above:].min(axis=1)
        weight = position - below
        step = high - low  # interpolated from the nearer side, as in NumPy
        quantiles.append(low + step * weight if weight < 0.5 else high - step * (1 - weight))
    return quantiles


def _distinct_win_rates(tally: np.ndarray, tie_credit: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function of models that computes their win rates in all resamples.

    A model may occur in many pairs. If the distinct ones are few, they are computed once.
    """
    n_models, n = tally.shape[1:]
    keys = tally.swapaxes(0, 1).reshape(n_models, -1)
    _, first, copies = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    if len(first) > MODELS_AT_A_TIME:
        return lambda models: _win_rates(_resample_blocks(n), tally[:, models], tie_credit)
    rates = _win_rates(_resample_blocks(n), tally[:, first], tie_credit)
    copies = copies.ravel()  # NumPy 2.0 adds a dimension
    return lambda models: rates[copies[models]]


def _resample_blocks(n: int) -> Iterable[np.ndarray]:
    """Return how often each of n benchmarks occurs in each resample, in blocks of resamples.

    Only the last set of resamples is kept, and only if it is small.
    """
    return [_resample_counts(n)] if N_RESAMPLES * n <= BLOCK_SIZE else _draw_resamples(n)


@functools.lru_cache(maxsize=1)
def _resample_counts(n: int) -> np.ndarray:
    return np.concatenate(list(_draw_resamples(n)))


def _draw_resamples(n: int) -> Iterator[np.ndarray]:
    """Yield blocks of shape (resamples, n); their sizes do not change the random numbers."""
    rng = np.random.default_rng(SEED)
    step = max(1, BLOCK_SIZE // (4 * n))
    for start in range(0, N_RESAMPLES, step):
        n_rows = min(step, N_RESAMPLES - start)
        cells = rng.integers(n, size=(n_rows, n)) + n * np.arange(n_rows)[:, np.newaxis]
        counts = np.bincount(cells.ravel(), minlength=n_rows * n)
        yield counts.reshape(n_rows, n).astype(float)


def _win_rates(
    resample_blocks: Iterable[np.ndarray], tally: np.ndarray, tie_credit: float
) -> np.ndarray:
    """Return win rates, shape (models, resamples), NaN in resamples without a comparison."""
    strict_wins, ties, comparisons = tally
    # Sums of whole numbers are exact, so equal rates are equal with any tie credit, such as 0.1.
    credit = Fraction(tie_credit).limit_denominator(MAX_DENOMINATOR)
    wins = credit.denominator * strict_wins + credit.numerator * ties
    comparisons = credit.denominator * comparisons
    blocks = []
    for resamples in resample_blocks:
        n_comparisons = comparisons @ resamples.T
        n_comparisons[n_comparisons == 0] = np.nan
        rates = wins @ resamples.T
        rates /= n_comparisons
        blocks.append(rates)
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)


def _rank(rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the best and the worst rank that each model shares in each resample; 0 for NaN.

    Parameters and returned arrays have the shape (models, resamples).
    """
    losses = np.negative(rates.T, order="C")
    order = np.argsort(losses, axis=1)  # NaN comes last
    in_order = np.take_along_axis(losses, order, axis=1)
    differs = in_order[:, 1:] != in_order[:, :-1]
    n_models = len(rates)
    best, worst = np.ones_like(order), np.full_like(order, n_models)
    np.copyto(best[:, 1:], np.arange(2, n_models + 1), where=differs)
    np.copyto(worst[:, :-1], np.arange(1, n_models), where=differs)
    np.maximum.accumulate(best, axis=1, out=best)
    np.minimum.accumulate(worst[:, ::-1], axis=1, out=worst[:, ::-1])
    low, high = np.empty_like(order), np.empty_like(order)
    np.put_along_axis(low, order, best, axis=1)
    np.put_along_axis(high, order, worst, axis=1)
    has_rank = np.isfinite(losses)
    return (low * has_rank).T, (high * has_rank).T


def _rank_quantile(ranks: np.ndarray, fraction: float) -> np.ndarray:
    """Return a quantile of the ranks of each model over resamples, shape (models,)."""
    quantiles = np.full(len(ranks), np.nan)
    for model, model_ranks in enumerate(ranks):
        has_rank = model_ranks > 0
        if has_rank.any():
            quantiles[model] = np.quantile(model_ranks[has_rank], fraction, method="inverted_cdf")
    return quantiles

"""Uncertainty of win rates: the bootstrap over benchmarks.

A tally is an array of whole numbers of shape (3, models, benchmarks): the strict wins, ties and
comparisons of each model on each benchmark, 0 where it has no comparison. A win rate over
benchmarks is the sum of (wins + tie_credit * ties) divided by the sum of comparisons.

Benchmarks are resampled with replacement, as many as there are (Efron and Tibshirani 1993, An
Introduction to the Bootstrap). All sums are sums of whole numbers and therefore exact in any order,
so the same input gives the same limits on any machine.
"""

import functools
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtrit

N_RESAMPLES = 9_999
SEED = 1979  # the year of the first paper on the bootstrap
LEVEL = 0.95


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
    all_once = np.ones(in_common.shape[1])
    rates = [_win_rates(all_once, tally * in_common, tie_credit) for tally in (first, second)]
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
    rates = _win_rates(_resample_counts(tally.shape[2]), tally, tie_credit)
    tail = (1 - LEVEL) / 2
    return _rank_quantile(rates, "min", tail), _rank_quantile(rates, "max", 1 - tail)


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
        rows = n_benchmarks == n
        resamples = _resample_counts(n)
        rates = [
            _win_rates(
                resamples, tally[:, rows][:, is_compared[rows]].reshape(3, -1, n), tie_credit
            )
            for tally in tallies
        ]
        statistic = rates[0] if len(rates) == 1 else rates[0] - rates[1]
        low[rows], high[rows] = np.quantile(statistic, expanded_percentiles(n), axis=0)
    return low, high


@functools.cache
def _resample_counts(n: int) -> np.ndarray:
    """Return how often each of n benchmarks occurs in each resample, shape (resamples, n)."""
    indices = np.random.default_rng(SEED).integers(n, size=(N_RESAMPLES, n))
    cells = indices + n * np.arange(N_RESAMPLES)[:, np.newaxis]
    counts = np.bincount(cells.ravel(), minlength=N_RESAMPLES * n)
    return counts.reshape(N_RESAMPLES, n).astype(float)


def _win_rates(resamples: np.ndarray, tally: np.ndarray, tie_credit: float) -> np.ndarray:
    """Return win rates, shape (resamples, models), NaN in resamples without a comparison."""
    strict_wins, ties, comparisons = tally
    n_comparisons = resamples @ comparisons.T
    credit = resamples @ strict_wins.T + tie_credit * (resamples @ ties.T)
    return credit / np.where(n_comparisons > 0, n_comparisons, np.nan)


def _rank_quantile(rates: np.ndarray, method: Literal["min", "max"], fraction: float) -> np.ndarray:
    """Return a quantile of the ranks of each model over resamples, shape (models,)."""
    ranks = pd.DataFrame(rates).rank(axis=1, method=method, ascending=False).to_numpy()
    quantiles = np.full(ranks.shape[1], np.nan)
    for model in np.flatnonzero(np.isfinite(ranks).any(axis=0)):
        model_ranks = ranks[np.isfinite(ranks[:, model]), model]
        quantiles[model] = np.quantile(model_ranks, fraction, method="inverted_cdf")
    return quantiles

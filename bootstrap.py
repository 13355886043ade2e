"""How sure win rates are: bootstrap over benchmarks, on plain arrays.

Reads and writes nothing. A board is three arrays of whole numbers, shape (models, benchmarks): the
wins, ties and comparisons of each model in each benchmark, 0 where it is compared with nobody.
A tie is worth `tie_credit`. A win rate over benchmarks is (wins + credit * ties) summed over
comparisons summed.

A draw takes as many benchmarks as there are, with replacement (Efron and Tibshirani 1993, An
Introduction to the Bootstrap). Sums are of whole numbers, so exact in any order: the same input
gives the same limits on any machine.
"""

import functools

import numpy as np
from scipy.special import ndtr, stdtrit

DRAWS = 9_999
SEED = 1979  # of the bootstrap's first paper
LEVEL = 0.95


def intervals(wins, ties, comparisons, tie_credit):
    """Limits of each model's win rate: draws of its own benchmarks, at expanded percentiles.

    Parameters
    ----------
    wins, ties, comparisons : array of int, shape (models, benchmarks)
    tie_credit : float from 0 to 1

    Returns
    -------
    low, high : array of float, shape (models,)
        Fractions of 1; NaN for models that are compared in fewer than two benchmarks.
    """
    return _limits(comparisons > 0, [(wins, ties, comparisons)], tie_credit)


def difference_intervals(better, worse, tie_credit):
    """Limits of the differences of pairs of models: the same draws of the benchmarks of both.

    Parameters
    ----------
    better, worse : tuple of (wins, ties, comparisons)
        Arrays as for `intervals`, shape (pairs, benchmarks), of the two models of each pair.
    tie_credit : float from 0 to 1

    Returns
    -------
    difference, low, high : array of float, shape (pairs,)
        The first model's win rate less the second's, over the benchmarks in which both are
        compared, and its limits. NaN for pairs without a common benchmark, limits also for those
        with one.
    common : array of int, shape (pairs,)
        The number of these benchmarks.
    """
    both = (better[2] > 0) & (worse[2] > 0)
    once = np.ones(both.shape[1])
    rates = [
        _rates(once, *(np.where(both, part, 0) for part in side), tie_credit)
        for side in (better, worse)
    ]
    low, high = _limits(both, [better, worse], tie_credit)
    return rates[0] - rates[1], low, high, both.sum(axis=1)


def rank_ranges(wins, ties, comparisons, tie_credit):
    """Ranks that each model takes in 95 % of the joint draws of all benchmarks; 1 is the best.

    Models that tie in a draw take all the ranks that they share. In draws without any benchmark of
    a model it has no rank.

    Parameters as for `intervals`.

    Returns
    -------
    low, high : array of float, shape (models,)
        Whole numbers; NaN for models that are compared with nobody.
    """
    if not comparisons.any():
        return np.full((2, len(comparisons)), np.nan)
    rates = _rates(_drawn(comparisons.shape[1]), wins, ties, comparisons, tie_credit)
    best, worst = _ranks(rates)
    tail = (1 - LEVEL) / 2
    return _quantiles(best, tail), _quantiles(worst, 1 - tail)


def expanded_percentiles(n):
    """Where the limits stand among the draws of n benchmarks, as fractions of 1.

    α′/2 = Φ(−√(n/(n−1)) · t₍₁₋α/2, n−1₎): plain percentiles are too narrow for few benchmarks.

    Source: Hesterberg 2015, What Teachers Should Know About the Bootstrap,
    doi:10.1080/00031305.2015.1089789.
    """
    tail = ndtr(-np.sqrt(n / (n - 1)) * stdtrit(n - 1, (1 + LEVEL) / 2))
    return tail, 1 - tail


def _limits(is_compared, sides, tie_credit):
    """Limits of the win rate of one side, or of the difference of two, of each row."""
    low, high = np.full((2, len(is_compared)), np.nan)
    number = is_compared.sum(axis=1)
    for n in np.unique(number[number > 1]):
        rows = number == n
        drawn = _drawn(n)
        rates = [
            _rates(
                drawn, *(part[rows][is_compared[rows]].reshape(-1, n) for part in side), tie_credit
            )
            for side in sides
        ]
        statistic = rates[0] if len(rates) == 1 else rates[0] - rates[1]
        low[rows], high[rows] = np.quantile(statistic, expanded_percentiles(n), axis=0)
    return low, high


@functools.cache
def _drawn(n):
    """How often each of n benchmarks is in each draw, shape (draws, n); the same in every call."""
    indices = np.random.default_rng(SEED).integers(n, size=(DRAWS, n))
    cells = indices + n * np.arange(DRAWS)[:, np.newaxis]
    return np.bincount(cells.ravel(), minlength=DRAWS * n).reshape(DRAWS, n).astype(float)


def _rates(drawn, wins, ties, comparisons, tie_credit):
    """Win rates, shape (draws, models), NaN where no benchmark of the model was drawn."""
    compared = drawn @ comparisons.T
    credit = drawn @ wins.T + tie_credit * (drawn @ ties.T)
    return credit / np.where(compared > 0, compared, np.nan)


def _ranks(rates):
    """First and last rank of each rate in its row, those that tie sharing ranks; NaN for NaN."""
    order = np.argsort(-rates, axis=1)
    in_order = np.take_along_axis(rates, order, axis=1)
    places = np.arange(rates.shape[1])
    begins = np.ones(rates.shape, bool)
    begins[:, 1:] = in_order[:, 1:] != in_order[:, :-1]
    ends = np.roll(begins, -1, axis=1)
    ends[:, -1] = True
    first = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, places, places[-1])[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty((2, *rates.shape), np.float32)
    for rank, found in zip(ranks, (first, last), strict=True):
        np.put_along_axis(rank, order, found.astype(np.float32) + 1, axis=1)
        rank[np.isnan(rates)] = np.nan
    return ranks


def _quantiles(ranks, fraction):
    """A quantile of each column that one of its values is, NaN left out."""
    in_order = np.sort(ranks, axis=0)  # NaN at the end
    stated = np.isfinite(ranks).sum(axis=0)
    place = np.maximum(np.ceil(fraction * stated).astype(int) - 1, 0)
    return np.take_along_axis(in_order, place[np.newaxis], axis=0)[0].astype(float)

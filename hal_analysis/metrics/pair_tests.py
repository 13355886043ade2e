"""Paired tests of win rates, and the correction for many of them."""

import numpy as np

MIN_COMMON_BENCHMARKS = 5
MAX_EXACT = 13  # common benchmarks; up to here, all 2^n swaps are enumerated
N_SWAPS = 9_999  # random swaps for more common benchmarks
SEED = 1935
BLOCK_SIZE = 1 << 22  # pairs times swaps that are held in memory at a time


def swap_test(first: np.ndarray, second: np.ndarray, tie_credit: float) -> np.ndarray:
    """Test whether the models of each pair have equal win rates.

    If they have, their results on each common benchmark are exchangeable. The two-sided p-value is
    the share of swaps whose absolute difference of win rates is at least the observed one. All
    swaps are enumerated, or 9,999 random ones are drawn if there are more than 13 common
    benchmarks.

    Parameters
    ----------
    first, second : ndarrays of shape (3, pairs, benchmarks)
        The tallies of the two models of each pair (see `bootstrap`).
    tie_credit : float from 0 to 1

    Returns
    -------
    ndarray of float of shape (pairs,)
        NaN for pairs with fewer than five common benchmarks.

    Notes
    -----
    This is a permutation test (Fisher 1935, The Design of Experiments, section 21).
    """
    in_common = (first[2] > 0) & (second[2] > 0)
    n_common = in_common.sum(axis=1)
    p = np.full(len(n_common), np.nan)
    for n in np.unique(n_common[n_common >= MIN_COMMON_BENCHMARKS]):
        swaps = _swaps(n)
        rows = np.flatnonzero(n_common == n)
        step = max(1, BLOCK_SIZE // len(swaps))
        for block in np.split(rows, range(step, len(rows), step)):
            p[block] = _share_of_larger_differences(
                first[:, block][:, in_common[block]].reshape(3, -1, n),
                second[:, block][:, in_common[block]].reshape(3, -1, n),
                swaps,
                tie_credit,
            )
    return p


def adjust_holm(p: np.ndarray) -> np.ndarray:
    """Adjust p-values for multiple tests by the step-down method of Holm (1979).

    Parameters
    ----------
    p : ndarray of shape (tests,)
        NaN for pairs without a test, which do not count.

    Returns
    -------
    ndarray of shape (tests,)
        Scandinavian Journal of Statistics 6, 65-70: the k-th smallest of m p-values is multiplied
        by m - k + 1; the result is made monotone and at most 1.
    """
    adjusted = np.full(len(p), np.nan)
    order = np.argsort(p)[: np.isfinite(p).sum()]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1)
    return adjusted


def _swaps(n: int) -> np.ndarray:
    """Return swaps as 0 and 1, shape (swaps, n); the first one swaps nothing."""
    if n <= MAX_EXACT:
        return (np.arange(2**n)[:, np.newaxis] >> np.arange(n) & 1).astype(float)
    swaps = np.random.default_rng(SEED).integers(2, size=(N_SWAPS + 1, n)).astype(float)
    swaps[0] = 0
    return swaps


def _share_of_larger_differences(
    first: np.ndarray, second: np.ndarray, swaps: np.ndarray, tie_credit: float
) -> np.ndarray:
    """Return the p-values of pairs; tallies have shape (3, pairs, benchmarks)."""
    credit = [tally[0] + tie_credit * tally[1] for tally in (first, second)]
    moved_credit = (credit[1] - credit[0]) @ swaps.T
    moved_comparisons = (second[2] - first[2]) @ swaps.T
    rates = [
        (credit[side].sum(axis=1, keepdims=True) + sign * moved_credit)
        / (tally[2].sum(axis=1, keepdims=True) + sign * moved_comparisons)
        for side, sign, tally in ((0, 1, first), (1, -1, second))
    ]
    differences = np.abs(rates[0] - rates[1])
    return (differences >= differences[:, :1] - 1e-12).mean(axis=1)

"""Paired tests of win rates, and the correction for many of them."""

import functools
from collections.abc import Iterable, Iterator

import numpy as np

MAX_EXACT = 13  # common benchmarks; up to here, all 2^n swaps are enumerated
N_SWAPS = 9_999  # random swaps for more common benchmarks
SEED = 1935
BLOCK_SIZE = 1 << 20  # numbers that are held in memory at a time
PAIRS_AT_A_TIME = BLOCK_SIZE // (N_SWAPS + 1)


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
        NaN for pairs without common benchmarks.

    Notes
    -----
    This is a permutation test (Fisher 1935, The Design of Experiments, section 21).
    """
    in_common = (first[2] > 0) & (second[2] > 0)
    n_common = in_common.sum(axis=1)
    p = np.full(len(n_common), np.nan)
    for n in np.unique(n_common[n_common > 0]):
        rows = np.flatnonzero(n_common == n)
        for block in np.split(rows, range(PAIRS_AT_A_TIME, len(rows), PAIRS_AT_A_TIME)):
            p[block] = _share_of_larger_differences(
                first[:, block][:, in_common[block]].reshape(3, -1, n),
                second[:, block][:, in_common[block]].reshape(3, -1, n),
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


def _swap_blocks(n: int) -> Iterable[np.ndarray]:
    """Return swaps as 0 and 1, shape (swaps, n), in blocks; the first one swaps nothing."""
    return [_swaps(n)] if n * N_SWAPS <= BLOCK_SIZE else _draw_swaps(n)


@functools.lru_cache(maxsize=1)
def _swaps(n: int) -> np.ndarray:
    if n <= MAX_EXACT:
        return (np.arange(2**n)[:, np.newaxis] >> np.arange(n) & 1).astype(float)
    return np.concatenate(list(_draw_swaps(n)))


def _draw_swaps(n: int) -> Iterator[np.ndarray]:
    """Yield blocks of random swaps; their sizes do not change the random numbers."""
    rng = np.random.default_rng(SEED)
    step = max(1, BLOCK_SIZE // n)
    for start in range(0, N_SWAPS + 1, step):
        swaps = rng.integers(2, size=(min(step, N_SWAPS + 1 - start), n)).astype(float)
        if start == 0:
            swaps[0] = 0
        yield swaps


def _share_of_larger_differences(
    first: np.ndarray, second: np.ndarray, tie_credit: float
) -> np.ndarray:
    """Return the p-values of pairs; tallies have shape (3, pairs, benchmarks)."""
    credit = [tally[0] + tie_credit * tally[1] for tally in (first, second)]
    credits = [side.sum(axis=1, keepdims=True) for side in credit]
    totals = [tally[2].sum(axis=1, keepdims=True) for tally in (first, second)]
    more_credit, more_comparisons = credit[1] - credit[0], second[2] - first[2]
    observed = np.abs(credits[0] / totals[0] - credits[1] / totals[1])
    n_larger, n_swaps = np.zeros(len(observed)), 0
    for swaps in _swap_blocks(first.shape[2]):
        moved_credit = more_credit @ swaps.T
        moved = more_comparisons @ swaps.T if more_comparisons.any() else np.zeros((1, 1))
        differences = credits[0] + moved_credit
        differences /= totals[0] + moved
        second_rates = np.subtract(credits[1], moved_credit, out=moved_credit)
        second_rates /= totals[1] - moved
        differences -= second_rates
        np.abs(differences, out=differences)
        n_larger += (differences >= observed - 1e-12).sum(axis=1)
        n_swaps += len(swaps)
    return n_larger / n_swaps

"""Intervals and paired tests from the scores of single tasks.

Sums of scores are computed in whole units of 1 / 7,207,200,000. They are exact, so the same input
gives the same result on any machine. Sums of differences that can differ by rounding to units alone
are equal. For evaluations with few tasks, Miller 2024 (Adding Error Bars to Evals,
arXiv:2411.00640) recommends paired differences, and Bowyer et al. 2025 (Position: Don't Use the CLT
in LLM Evals With Fewer Than a Few Hundred Datapoints, arXiv:2503.01747) intervals that do not rely
on the normal approximation.
"""

import functools
import math
from itertools import chain

import numpy as np
from scipy.special import bdtr, ndtri, stdtrit

from hal_analysis.metrics.bootstrap import expanded_percentiles

MIN_TASKS = 10  # for a test, and for an interval of graded scores
LEVEL = 0.95
POWER = 0.8
N_RESAMPLES = 9_999  # for the bootstrap, and of random sign flips
SEED = 1947  # the year of McNemar's test
MAX_EXACT = 20  # differing tasks; up to here, all sign flips are counted
# Units of a score of 1. All means of up to 16 scores with up to four decimals are whole units, and
# the sum of a million scores is below 2^53.
UNITS = math.lcm(*range(1, 17)) * 10_000
BLOCK_SIZE = 1 << 23  # numbers that are held in memory at a time


def count_units(scores: np.ndarray) -> np.ndarray:
    """Convert scores to whole units, which float64 adds without rounding."""
    return np.rint(scores * UNITS)


def wilson_intervals(successes: np.ndarray, n_tasks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the 95% score interval of a share (Wilson 1927, doi:10.2307/2276774).

    Parameters
    ----------
    successes, n_tasks : ndarrays of shape (runs,)
        Solved tasks, and all tasks.

    Returns
    -------
    low, high : ndarrays of float of shape (runs,)
        Fractions; NaN without tasks.
    """
    n = np.where(n_tasks > 0, n_tasks, np.nan)
    z = ndtri((1 + LEVEL) / 2)
    center = (successes + z**2 / 2) / (n + z**2)
    half_width = z * np.sqrt(successes * (n - successes) / n + z**2 / 4) / (n + z**2)
    low, high, share = center - half_width, center + half_width, successes / n
    # Rounding must not exclude a share of 0 or 1.
    return np.clip(np.minimum(low, share), 0, 1), np.clip(np.maximum(high, share), 0, 1)


def mean_intervals(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the 95% interval of mean scores by the bootstrap over tasks.

    Parameters
    ----------
    scores : ndarray of shape (runs, tasks)

    Returns
    -------
    low, high : ndarrays of float of shape (runs,)
        Limits at the expanded percentiles of `bootstrap`; NaN for fewer than ten tasks.
    """
    n_runs, n_tasks = scores.shape
    low, high = np.full((2, n_runs), np.nan)
    if n_tasks < MIN_TASKS:
        return low, high
    step = max(1, BLOCK_SIZE // N_RESAMPLES)
    for start in range(0, n_runs, step):
        block = slice(start, start + step)
        means = _resample_counts(n_tasks) @ count_units(scores[block]).T / (n_tasks * UNITS)
        low[block], high[block] = np.quantile(means, expanded_percentiles(n_tasks), axis=0)
    return low, high


def accuracy_intervals(task_scores: list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    """Compute the 95% interval of the accuracy of each run.

    Parameters
    ----------
    task_scores : list of list of float
        The scores of the tasks of each run.

    Returns
    -------
    low, high : ndarrays of float of shape (runs,)
        Wilson's interval if all scores are 0 or 1, else that of `mean_intervals`; NaN without
        tasks.
    """
    n_runs = len(task_scores)
    n_tasks = np.array([len(scores) for scores in task_scores], dtype=int)
    run_of_task = np.repeat(np.arange(n_runs), n_tasks)
    scores = np.fromiter(chain.from_iterable(task_scores), dtype=float)
    totals = np.bincount(run_of_task, scores, minlength=n_runs)
    low, high = wilson_intervals(totals, n_tasks)
    is_graded = np.zeros(n_runs, dtype=bool)
    is_graded[run_of_task[(scores > 0) & (scores < 1)]] = True
    for n in np.unique(n_tasks[is_graded]):
        runs = np.flatnonzero(is_graded & (n_tasks == n))
        low[runs], high[runs] = mean_intervals(np.array([task_scores[run] for run in runs]))
    return low, high


def mcnemar_test(only_first: np.ndarray, only_second: np.ndarray) -> np.ndarray:
    """Test whether two models solve equally many tasks (McNemar 1947, doi:10.1007/BF02295996).

    Parameters
    ----------
    only_first, only_second : ndarrays of shape (pairs,)
        Tasks that only the first or only the second model solved.

    Returns
    -------
    ndarray of float of shape (pairs,)
        Exact two-sided p-values: under the null hypothesis, each of these tasks is equally likely
        to be solved by either model.
    """
    n_differing = only_first + only_second
    return np.minimum(2 * bdtr(np.minimum(only_first, only_second), n_differing, 0.5), 1)


def sign_flip_test(differences: np.ndarray) -> np.ndarray:
    """Test whether paired scores differ by flipping the signs of their differences.

    Parameters
    ----------
    differences : ndarray of shape (pairs, tasks)
        Whole units; 0 where a task does not count.

    Returns
    -------
    ndarray of float of shape (pairs,)
        Two-sided p-values: the share of flips whose absolute sum is at least the observed one (up
        to rounding). All flips are counted for up to 20 differences other than 0. Otherwise, 9,999
        random flips and the observed signs are. (Fisher 1935, The Design of Experiments, section
        21.)
    """
    n_differing = (differences != 0).sum(axis=1)
    p = np.empty(len(differences))
    for pair in np.flatnonzero(n_differing <= MAX_EXACT):
        p[pair] = _exact_sign_flip_test(differences[pair][differences[pair] != 0])
    many = np.flatnonzero(n_differing > MAX_EXACT)
    step = max(1, BLOCK_SIZE // N_RESAMPLES)
    for pairs in (many[start : start + step] for start in range(0, len(many), step)):
        sums = np.abs(_random_signs(differences.shape[1]) @ differences[pairs].T)
        n_larger = (sums >= np.abs(differences[pairs].sum(axis=1)) - n_differing[pairs]).sum(axis=0)
        p[pairs] = (n_larger + 1) / (N_RESAMPLES + 1)
    return p


def share_difference_intervals(
    only_first: np.ndarray, only_second: np.ndarray, n_tasks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the 95% interval of the difference of two paired shares.

    Parameters
    ----------
    only_first, only_second, n_tasks : ndarrays of shape (pairs,)

    Returns
    -------
    low, high : ndarrays of float of shape (pairs,)
        The adjusted Wald interval of Bonett and Price 2012 (doi:10.3102/1076998611411915).
    """
    first, second = ((count + 1) / (n_tasks + 2) for count in (only_first, only_second))
    difference = first - second
    half_width = ndtri((1 + LEVEL) / 2) * np.sqrt((first + second - difference**2) / (n_tasks + 2))
    return np.clip(difference - half_width, -1, 1), np.clip(difference + half_width, -1, 1)


def mean_difference_intervals(
    difference: np.ndarray, variance: np.ndarray, n_tasks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the 95% interval of the mean of paired differences by Student's t.

    Parameters
    ----------
    difference, variance, n_tasks : ndarrays of shape (pairs,)
        Mean and variance (n - 1) of the differences, and the number of tasks, at least two.
    """
    half_width = stdtrit(n_tasks - 1, (1 + LEVEL) / 2) * np.sqrt(variance / n_tasks)
    return np.clip(difference - half_width, -1, 1), np.clip(difference + half_width, -1, 1)


def tasks_for_power(
    difference: np.ndarray, mean_square: np.ndarray, is_graded: np.ndarray, level: float
) -> np.ndarray:
    """Compute how many tasks give a paired test a power of 80%.

    Parameters
    ----------
    difference : ndarray of shape (pairs,)
        True mean of the paired differences.
    mean_square : ndarray of shape (pairs,)
        Mean of their squares; for scores of 0 and 1, the share of tasks that only one solves.
    is_graded : ndarray of bool of shape (pairs,)
    level : float
        Two-sided level of the test.

    Returns
    -------
    ndarray of float of shape (pairs,)
        Whole numbers; infinity if the difference is 0.

    Notes
    -----
    Connor 1987 (doi:10.2307/2531961): √n · |δ| = z₁₋α/₂ √ψ + z₁₋β √(ψ − δ²), for the mean square ψ
    and the difference δ. For scores of 0 and 1, McNemar's continuity correction is added because
    the exact test is conservative: n · |δ| − 1 takes the place of n · |δ|.
    """
    size = np.where(difference != 0, np.abs(difference), np.nan)
    spread = np.sqrt(np.maximum(mean_square - size**2, 0))
    root = ndtri(1 - level / 2) * np.sqrt(mean_square) + ndtri(POWER) * spread
    correction = np.where(is_graded, 0, 4 * size)
    n_tasks = ((root + np.sqrt(root**2 + correction)) / (2 * size)) ** 2
    return np.where(np.isnan(size), np.inf, np.ceil(n_tasks))


@functools.lru_cache(maxsize=2)
def _resample_counts(n: int) -> np.ndarray:
    """Return how often each of n tasks occurs in each resample, shape (resamples, n)."""
    rng = np.random.default_rng(SEED)
    return rng.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES).astype(float)


@functools.lru_cache(maxsize=2)
def _random_signs(n: int) -> np.ndarray:
    """Return signs -1 and 1, shape (flips, n)."""
    return np.random.default_rng(SEED).choice([-1.0, 1.0], size=(N_RESAMPLES, n))


def _exact_sign_flip_test(differences: np.ndarray) -> float:
    """Return the p-value over all flips of some differences.

    Each sum is one of the sums of the first half plus one of the second half. Sorting the second
    ones lets a binary search count the pairs whose absolute sum is large enough.
    """
    half = len(differences) // 2
    first, second = (_signed_sums(part) for part in (differences[:half], differences[half:]))
    second = np.sort(second)
    observed = abs(differences.sum()) - len(differences)  # each is rounded by at most a unit
    n_above = len(second) - np.searchsorted(second, observed - first, side="left")
    n_below = np.searchsorted(second, -observed - first, side="right")
    n_larger = n_above.sum() + n_below.sum() if observed > 0 else 2 ** len(differences)
    return n_larger / 2 ** len(differences)


def _signed_sums(values: np.ndarray) -> np.ndarray:
    """Return the sums of some values with all combinations of signs."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums - value, sums + value])
    return sums

"""Measure how often the 95% interval of a win rate contains the true win rate.

    python benchmarks/interval_coverage.py --simulations 1000

The score of a model on a benchmark is its skill plus noise, both normal with a standard deviation
of 1. A model therefore beats another with probability Φ((skill - other skill) / √2), and its true
win rate is the mean of these probabilities over the other models. The expanded percentiles of
`hal_analysis.metrics.bootstrap` are compared with plain percentiles, 2.5 and 97.5, of the same
resamples. With `--share 0.85`, each model runs on each benchmark with probability 0.85, so the
intervals are based on fewer benchmarks.
"""

import argparse
import sys
from pathlib import Path
from unittest import mock

import numpy as np
from scipy.special import ndtr

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hal_analysis.metrics import bootstrap

N_MODELS = 9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulations", type=int, default=1000, help="default: 1000")
    parser.add_argument("--share", type=float, default=1, help="of benchmarks run (default: 1)")
    options = parser.parse_args()
    print(f"{'benchmarks':>10}{'expanded':>10}{'plain':>10}   % of {options.simulations:,}")
    for n_benchmarks in (7, 9, 11, 20):
        rng = np.random.default_rng(n_benchmarks)
        contains_truth = np.concatenate(
            [check_intervals(n_benchmarks, options.share, rng) for _ in range(options.simulations)],
            axis=1,
        )
        expanded, plain = 100 * contains_truth.mean(axis=1)
        print(f"{n_benchmarks:>10}{expanded:>10.1f}{plain:>10.1f}")


def check_intervals(n_benchmarks: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Simulate models once; return which intervals contain their true win rates.

    Returns
    -------
    ndarray of bool of shape (2, models)
        The expanded and the plain intervals, without models that have no interval.
    """
    skill = rng.normal(size=N_MODELS)
    win_probability = ndtr((skill[:, np.newaxis] - skill) / np.sqrt(2))
    truth = (win_probability.sum(axis=1) - 0.5) / (N_MODELS - 1)
    tally = simulate_tally(skill, n_benchmarks, share, rng)
    limits = [bootstrap.win_rate_intervals(tally, tie_credit=0)]
    with mock.patch.object(bootstrap, "expanded_percentiles", lambda n: (0.025, 0.975)):
        limits.append(bootstrap.win_rate_intervals(tally, tie_credit=0))
    has_interval = np.isfinite(limits[0][0])
    return np.array([(low <= truth) & (truth <= high) for low, high in limits])[:, has_interval]


def simulate_tally(
    skill: np.ndarray, n_benchmarks: int, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Return strict wins, ties and comparisons, shape (3, models, benchmarks)."""
    has_run = rng.random((len(skill), n_benchmarks)) < share
    score = np.where(has_run, skill[:, np.newaxis] + rng.normal(size=has_run.shape), np.nan)
    strict_wins = (score[:, np.newaxis] > score).sum(axis=1)
    comparisons = np.where(has_run, has_run.sum(axis=0) - 1, 0)
    return np.array([strict_wins, np.zeros_like(strict_wins), comparisons], dtype=float)


if __name__ == "__main__":
    main()

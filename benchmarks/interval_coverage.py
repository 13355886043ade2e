"""How often the 95 % interval of a win rate holds the true one, on simulated boards.

    python benchmarks/interval_coverage.py --boards 1000

A model's score in a benchmark is its skill plus noise, both normal with a standard deviation of 1,
so a model beats another with probability Φ((skill - other skill) / √2) and its true win rate is the
mean of that over the others. Compared are the expanded percentiles of bootstrap.py with plain ones,
2.5 and 97.5, of the same draws. With --share 0.85 each model lacks a benchmark with probability
0.15, so that its interval is of fewer.
"""

import argparse
import sys
from pathlib import Path
from unittest import mock

import numpy as np
from scipy.special import ndtr

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import bootstrap

MODELS = 9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boards", type=int, default=1000, help="simulated (default: 1000)")
    parser.add_argument("--share", type=float, default=1, help="of benchmarks (default: 1)")
    options = parser.parse_args()
    print(f"{'benchmarks':>10}{'expanded':>10}{'plain':>10}   % of {options.boards:,} boards")
    for benchmarks in (7, 9, 11, 20):
        random = np.random.default_rng(benchmarks)
        hits = [covered(benchmarks, options.share, random) for _ in range(options.boards)]
        expanded, plain = 100 * np.concatenate(hits, axis=1).mean(axis=1)
        print(f"{benchmarks:>10}{expanded:>10.1f}{plain:>10.1f}")


def covered(benchmarks, share, random):
    """Which expanded and plain intervals hold the true win rates of a board, shape (2, models)."""
    skill = random.normal(size=MODELS)
    beats = ndtr((skill[:, np.newaxis] - skill) / np.sqrt(2))
    truth = (beats.sum(axis=1) - 0.5) / (MODELS - 1)
    simulated = board(skill, benchmarks, share, random)
    limits = [bootstrap.intervals(*simulated, tie_credit=0)]
    with mock.patch.object(bootstrap, "expanded_percentiles", lambda n: (0.025, 0.975)):
        limits.append(bootstrap.intervals(*simulated, tie_credit=0))
    stated = np.isfinite(limits[0][0])
    return np.array([(low <= truth) & (truth <= high) for low, high in limits])[:, stated]


def board(skill, benchmarks, share, random):
    """Wins, ties and comparisons, shape (models, benchmarks); models run on a share of all."""
    ran = random.random((len(skill), benchmarks)) < share
    score = np.where(ran, skill[:, np.newaxis] + random.normal(size=ran.shape), np.nan)
    wins = (score[:, np.newaxis] > score).sum(axis=1)
    comparisons = np.where(ran, ran.sum(axis=0) - 1, 0)
    return wins, np.zeros_like(wins), comparisons


if __name__ == "__main__":
    main()

"""Intervals, rank ranges and differences of a large board, all draws at once, against a plain loop.

    python benchmarks/bootstrap_draws.py --models 1000 --benchmarks 50

The loop computes the intervals of a few models alone, its time scaled up to all; the limits of both
sides must lie within a few hundredths. Memory is the peak of the whole process (Linux).
"""

import argparse
import random
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import bootstrap
from benchmarks.interval_coverage import board

LOOPED = 5  # models


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--benchmarks", type=int, default=50)
    sizes = parser.parse_args()
    rng = np.random.default_rng(0)
    skill = rng.normal(size=sizes.models)
    parts = board(skill, sizes.benchmarks, 0.9, rng)

    limits, seconds = timed(lambda: bootstrap.intervals(*parts, tie_credit=0))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    looped, seconds_looped = timed(
        lambda: [
            limits_by_loop(*(part[model].tolist() for part in parts)) for model in range(LOOPED)
        ]
    )
    assert np.allclose(np.transpose(looped), np.array(limits)[:, :LOOPED], atol=0.03)
    seconds_looped *= sizes.models / LOOPED
    print(f"{sizes.models:,} models, {sizes.benchmarks} benchmarks, {bootstrap.DRAWS:,} draws")
    print(f"intervals, all at once (ours)   {seconds:>8.2f} s, {memory:.2f} GB")
    print(f"intervals, plain loop, scaled   {seconds_looped:>8.0f} s")
    print(f"ratio                           {seconds_looped / seconds:>8,.0f}")
    pairs = [[part[rows] for part in parts] for rows in (slice(None, -1), slice(1, None))]
    for what, work in (
        ("rank ranges", lambda: bootstrap.rank_ranges(*parts, tie_credit=0)),
        ("differences of neighbours", lambda: bootstrap.difference_intervals(*pairs, tie_credit=0)),
    ):
        _, seconds = timed(work)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{what + ' (ours)':<32}{seconds:>8.2f} s, {memory:.2f} GB")


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def limits_by_loop(wins, ties, comparisons):
    """The limits of one model's win rate, a draw after the other."""
    own = [place for place, number in enumerate(comparisons) if number]
    rates = []
    for _ in range(bootstrap.DRAWS):
        drawn = random.choices(own, k=len(own))
        rates.append(sum(wins[b] for b in drawn) / sum(comparisons[b] for b in drawn))
    return np.quantile(rates, bootstrap.expanded_percentiles(len(own)))


if __name__ == "__main__":
    main()

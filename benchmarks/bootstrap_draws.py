"""Time the bootstrap of many models against a plain loop over the resamples.

    python benchmarks/bootstrap_draws.py --models 1000 --benchmarks 50

The loop computes the intervals of a few models; its time is scaled to all of them. The limits of
both sides must agree within 0.03. Memory is the peak of the whole process (Linux).
"""

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.interval_coverage import simulate_tally
from hal_analysis.metrics import bootstrap

N_LOOP_MODELS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--benchmarks", type=int, default=50)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    tally = simulate_tally(rng.normal(size=options.models), options.benchmarks, 0.9, rng)
    print(
        f"{options.models:,} models, {options.benchmarks} benchmarks, "
        f"{bootstrap.N_RESAMPLES:,} resamples"
    )

    limits, seconds = timed(lambda: bootstrap.win_rate_intervals(tally, tie_credit=0))
    report("intervals", seconds)
    loop_limits, loop_seconds = timed(
        lambda: [interval_by_loop(*tally[:, model].tolist()) for model in range(N_LOOP_MODELS)]
    )
    assert np.allclose(np.transpose(loop_limits), np.array(limits)[:, :N_LOOP_MODELS], atol=0.03)
    loop_seconds *= options.models / N_LOOP_MODELS
    report("intervals, plain loop, scaled", loop_seconds)
    print(f"ratio {loop_seconds / seconds:,.0f}")

    _, seconds = timed(lambda: bootstrap.rank_ranges(tally, tie_credit=0))
    report("rank ranges", seconds)
    better, worse = tally[:, :-1], tally[:, 1:]
    _, seconds = timed(lambda: bootstrap.difference_intervals(better, worse, tie_credit=0))
    report("differences of neighbours", seconds)


def report(name: str, seconds: float) -> None:
    """Print the time of a computation and the peak of memory so far."""
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{name:<32}{seconds:>8.2f} s, {gigabytes:.2f} GB")


def timed(compute: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of a computation and the seconds that it takes."""
    start = time.perf_counter()
    result = compute()
    return result, time.perf_counter() - start


def interval_by_loop(
    strict_wins: list[float], ties: list[float], comparisons: list[float]
) -> np.ndarray:
    """Compute the limits of the win rate of one model, one resample after the other."""
    benchmarks = [i for i, n_comparisons in enumerate(comparisons) if n_comparisons]
    rates = []
    for _ in range(bootstrap.N_RESAMPLES):
        resample = random.choices(benchmarks, k=len(benchmarks))
        rates.append(sum(strict_wins[b] for b in resample) / sum(comparisons[b] for b in resample))
    return np.quantile(rates, bootstrap.expanded_percentiles(len(benchmarks)))


if __name__ == "__main__":
    main()

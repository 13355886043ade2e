"""Time win counts by ranks against comparing every pair of models.

    python benchmarks/win_rates_by_rank.py --models 1000 --benchmarks 50 --scaffolds 2

There are two pairwise implementations: a loop over plain Python numbers, on all runs; and a loop
that looks up each accuracy in the DataFrame, on one group of at most 60 models, with its time
scaled by the number of pairs. All implementations must count the same wins.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hal_analysis.metrics.win_counts import count_wins

GROUP = ["benchmark_name", "agent_name_short"]
MAX_LOOKUP_MODELS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--benchmarks", type=int, default=50)
    parser.add_argument("--scaffolds", type=int, default=2)
    options = parser.parse_args()
    runs = make_runs(options.models, options.benchmarks, options.scaffolds)
    n_groups = options.benchmarks * options.scaffolds
    n_pairs = n_groups * options.models * (options.models - 1)
    print(f"{len(runs):,} runs, {n_pairs:,} ordered pairs")

    counts, seconds = timed(lambda: count_wins(runs, GROUP, runs.accuracy, tie_credit=0))
    loop_wins, loop_seconds = timed(lambda: wins_by_loop(runs))
    assert counts.wins.tolist() == loop_wins
    one_group = runs[: min(options.models, MAX_LOOKUP_MODELS)]
    lookup_wins, lookup_seconds = timed(lambda: wins_by_lookup(one_group))
    assert count_wins(one_group, GROUP, one_group.accuracy, 0).wins.tolist() == lookup_wins
    lookup_seconds *= n_pairs / (len(one_group) * (len(one_group) - 1))

    print(f"{'ranks':<44}{seconds:>12.2f} s")
    for name, pairwise_seconds in (
        ("loop over pairs of plain numbers", loop_seconds),
        ("loop with lookups, scaled from one group", lookup_seconds),
    ):
        print(f"{name:<44}{pairwise_seconds:>12.2f} s, ratio {pairwise_seconds / seconds:,.0f}")


def make_runs(n_models: int, n_benchmarks: int, n_scaffolds: int) -> pd.DataFrame:
    """Return one run per benchmark, scaffold and model; accuracies are rounded, so some tie."""
    names = itertools.product(
        (f"benchmark{i}" for i in range(n_benchmarks)),
        (f"scaffold{i}" for i in range(n_scaffolds)),
        (f"model{i}" for i in range(n_models)),
    )
    runs = pd.DataFrame(names, columns=[*GROUP, "model_name_short"])
    return runs.assign(accuracy=np.random.default_rng(0).integers(0, 101, len(runs)) / 100)


def timed(compute: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of a computation and the seconds that it takes."""
    start = time.perf_counter()
    result = compute()
    return result, time.perf_counter() - start


def wins_by_loop(runs: pd.DataFrame) -> list[int]:
    """Count wins by comparing every pair of plain numbers."""
    wins: list[int] = []
    for _, group in runs.groupby(GROUP, sort=False):
        accuracies = group.accuracy.tolist()
        wins += [sum(accuracy > other for other in accuracies) for accuracy in accuracies]
    return wins


def wins_by_lookup(runs: pd.DataFrame) -> list[int]:
    """Count wins by looking up both accuracies of every pair in the DataFrame."""
    wins = dict.fromkeys(runs.model_name_short, 0)
    for model, other in itertools.permutations(runs.model_name_short, 2):
        accuracy = runs.loc[runs.model_name_short == model, "accuracy"].iloc[0]
        other_accuracy = runs.loc[runs.model_name_short == other, "accuracy"].iloc[0]
        wins[model] += int(accuracy > other_accuracy)
    return list(wins.values())


if __name__ == "__main__":
    main()

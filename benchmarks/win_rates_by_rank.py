"""Win rates by ranks (ours) against comparing every pair, on the same random runs, in one go.

    python benchmarks/win_rates_by_rank.py --models 1000 --benchmarks 50 --scaffolds 2

Two pairwise sides: a loop over plain Python numbers, on all runs, and a loop that looks each
accuracy up in the DataFrame, on one field of at most 60 models,
its time scaled up by the number of pairs. All sides must count the same wins.
"""

import argparse
import itertools
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import win_rates

FIELD = ["benchmark_name", "agent_name_short"]
LOOK_UP_MODELS = 60


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--benchmarks", type=int, default=50)
    parser.add_argument("--scaffolds", type=int, default=2)
    sizes = parser.parse_args()
    runs = make_runs(sizes.models, sizes.benchmarks, sizes.scaffolds)
    fields = sizes.benchmarks * sizes.scaffolds
    pairs = fields * sizes.models * (sizes.models - 1)
    print(f"{len(runs):,} runs, {pairs:,} ordered pairs")

    ranked, seconds_ranked = timed(lambda: win_rates.count_wins(runs, FIELD, runs.accuracy))
    looped, seconds_looped = timed(lambda: wins_by_loop(runs))
    assert ranked.wins.tolist() == looped
    one_field = runs[: min(sizes.models, LOOK_UP_MODELS)]
    looked_up, seconds_one_field = timed(lambda: wins_by_look_up(one_field))
    assert win_rates.count_wins(one_field, FIELD, one_field.accuracy).wins.tolist() == looked_up
    seconds_looked_up = seconds_one_field * pairs / (len(one_field) * (len(one_field) - 1))

    print(f"{'ranks (ours)':<42}{seconds_ranked:>12.2f} s")
    for side, seconds in (
        ("loop over pairs of plain numbers", seconds_looped),
        ("loop with look-ups, scaled from one field", seconds_looked_up),
    ):
        print(f"{side:<42}{seconds:>12.2f} s{seconds / seconds_ranked:>12,.0f} times ours")


def make_runs(models, benchmarks, scaffolds):
    """One run for each benchmark, scaffold and model; accuracies in hundredths, so some tie."""
    names = itertools.product(
        (f"benchmark{i}" for i in range(benchmarks)),
        (f"scaffold{i}" for i in range(scaffolds)),
        (f"model{i}" for i in range(models)),
    )
    runs = pd.DataFrame(names, columns=[*FIELD, "model_name_short"])
    return runs.assign(accuracy=np.random.default_rng(0).integers(0, 101, len(runs)) / 100)


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def wins_by_loop(runs):
    wins = []
    for _, field in runs.groupby(FIELD, sort=False):
        accuracies = field.accuracy.tolist()
        wins += [sum(one > other for other in accuracies) for one in accuracies]
    return wins


def wins_by_look_up(runs):
    accuracy = {}
    for one, other in itertools.permutations(runs.model_name_short, 2):
        first = runs.loc[runs.model_name_short == one, "accuracy"].iloc[0]
        second = runs.loc[runs.model_name_short == other, "accuracy"].iloc[0]
        accuracy[one] = accuracy.get(one, 0) + int(first > second)
    return [accuracy[model] for model in runs.model_name_short]


if __name__ == "__main__":
    main()

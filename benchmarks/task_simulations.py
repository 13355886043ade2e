"""Simulate error, coverage and power of the paired tests and intervals of task results.

    python benchmarks/task_simulations.py
    python benchmarks/task_simulations.py --only coverage --simulations 10000

error     boards of equal models on which a paired test decides at least one comparison, in %. The
          tasks have different difficulties; nine models solve a task with the same probability.
          Graded scores are the share of four parts of a task that a model solved. Repeats are the
          mean of two runs. `best` compares the best of one, two or three configurations of each
          model, chosen on the same tasks.
coverage  intervals of 95% that contain the true value, in %. The true accuracies are uniform from
          0.05 to 0.95; 40% of the graded scores are 0, the others follow a beta distribution.
bias      how often the best of several equal configurations is ahead of a single one in a sample,
          and by how much, in percentage points
power     tasks for a power of 80% by `tasks_for_power`, and the power of the test with them, in %
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hal_analysis.metrics import task_pairs, task_tests

N_MODELS = 9
SIZES = (33, 50, 165, 300)  # tasks: AssistantBench, SWE-bench Verified Mini, GAIA, Online-Mind2Web


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulations", type=int, default=2000, help="default: 2000")
    parser.add_argument("--only", choices=SIMULATIONS, help="one of the four parts")
    options = parser.parse_args()
    for name, simulate in SIMULATIONS.items():
        if options.only in (None, name):
            table = pd.DataFrame(simulate(options.simulations))
            print(f"{name}, {options.simulations:,} simulations\n{table.to_string(index=False)}\n")


def simulate_error(n_simulations):
    for n_tasks in SIZES:
        rng = np.random.default_rng(n_tasks)
        row = {"tasks": n_tasks}
        for column, draw in BOARDS.items():
            n_boards = n_simulations if column in ("binary", "best") else n_simulations // 4
            n_wrong = sum(
                task_pairs.compare_groups(scores, [np.arange(N_MODELS)]).decided.any()
                for scores in (task_tests.count_units(draw(n_tasks, rng)) for _ in range(n_boards))
            )
            row[column] = round(100 * n_wrong / n_boards, 1)
        yield row


def draw_binary(n_tasks, rng, n_runs=1):
    """Return scores of equal models, shape (models, tasks), averaged over some runs."""
    probability = rng.beta(0.5, 0.8, size=n_tasks)
    return rng.binomial(n_runs, probability, size=(N_MODELS, n_tasks)) / n_runs


def draw_best(n_tasks, rng):
    """Return the scores of the best of one, two or three configurations of each model."""
    probability = rng.beta(0.5, 0.8, size=n_tasks)
    scores = (rng.random((3, N_MODELS, n_tasks)) < probability).astype(float)
    solved = scores.sum(axis=2)
    has_run = np.arange(3)[:, np.newaxis] <= np.arange(N_MODELS) % 3
    best = np.where(has_run, solved, -1).argmax(axis=0)
    return scores[best, np.arange(N_MODELS)]


BOARDS = {
    "binary": draw_binary,
    "best": draw_best,
    "repeats": lambda n_tasks, rng: draw_binary(n_tasks, rng, n_runs=2),
    "graded": lambda n_tasks, rng: draw_binary(n_tasks, rng, n_runs=4),
}


def simulate_coverage(n_simulations):
    for n in SIZES:
        rng = np.random.default_rng(n)
        truth = rng.uniform(0.05, 0.95, size=n_simulations)
        successes = rng.binomial(n, truth)
        row = {"tasks": n}
        row["Wilson"] = share_inside(task_tests.wilson_intervals(successes, np.array(n)), truth)
        alpha = rng.uniform(0.5, 3, size=(n_simulations, 1))
        is_positive = rng.random((n_simulations, n)) < 0.6
        graded = np.where(is_positive, rng.beta(alpha, 2, size=(n_simulations, n)), 0)
        graded_truth = 0.6 * (alpha / (alpha + 2))[:, 0]
        row["bootstrap"] = share_inside(task_tests.mean_intervals(graded), graded_truth)
        other = np.where(rng.random(graded.shape) < 0.5, graded, rng.random(graded.shape))
        differences = graded - other
        limits = task_tests.mean_difference_intervals(
            differences.mean(axis=1), differences.var(axis=1, ddof=1), np.array(n)
        )
        row["graded difference"] = share_inside(limits, 0.5 * graded_truth - 0.25)
        outcomes = rng.dirichlet([1, 1, 2], size=n_simulations)
        counts = rng.multinomial(n, outcomes)
        limits = task_tests.share_difference_intervals(counts[:, 0], counts[:, 1], np.array(n))
        row["difference"] = share_inside(limits, outcomes[:, 0] - outcomes[:, 1])
        yield row


def share_inside(limits, truth):
    low, high = limits
    return round(100 * ((low <= truth) & (truth <= high)).mean(), 1)


def simulate_bias(n_simulations):
    for accuracy, n_tasks in ((0.3, 50), (0.3, 165), (0.6, 50), (0.6, 300)):
        rng = np.random.default_rng(n_tasks)
        solved = rng.binomial(n_tasks, accuracy, size=(50 * n_simulations, 6)) / n_tasks
        for n_configurations in (2, 3, 5):
            best, single = solved[:, :n_configurations].max(axis=1), solved[:, -1]
            yield {
                "accuracy": accuracy,
                "tasks": n_tasks,
                "best of": n_configurations,
                "ahead of one, %": round(100 * (best > single).mean(), 1),
                "ahead by": round(100 * (best - single).mean(), 1),
            }


def simulate_power(n_simulations):
    for only_first, only_second in ((0.2, 0.1), (0.15, 0.12), (0.1, 0.02), (0.3, 0.2)):
        for n_tests in (1, 10, 36):
            level = 0.05 / n_tests
            difference = np.array([only_first - only_second])
            square, is_graded = np.array([only_first + only_second]), np.array([False])
            n = int(task_tests.tasks_for_power(difference, square, is_graded, level)[0])
            rng = np.random.default_rng(n)
            shares = [only_first, only_second, 1 - only_first - only_second]
            counts = rng.multinomial(n, shares, size=10 * n_simulations)
            p = task_tests.mcnemar_test(counts[:, 0], counts[:, 1])
            yield {
                "only first": only_first,
                "only second": only_second,
                "tests": n_tests,
                "tasks": n,
                "power": round(100 * (p <= level).mean(), 1),
            }


SIMULATIONS = {
    "error": simulate_error,
    "coverage": simulate_coverage,
    "bias": simulate_bias,
    "power": simulate_power,
}

if __name__ == "__main__":
    main()

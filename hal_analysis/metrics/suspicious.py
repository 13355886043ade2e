"""Runs whose values cannot be right, or that differ from what they seem to state."""

import json
import re

import numpy as np
import pandas as pd

from hal_analysis.metrics.configurations import CONFIGURATION

BROKEN_SHARE = 0.01  # of the median of the repeats of a configuration
PERCENT_BENCHMARKS = "appworld"  # the prefix of benchmarks whose accuracies are converted

HAS_ZERO = re.compile(r"[\[ ]0(?:\.0)?[],]").search  # in a JSON list

Findings = dict[str, list[str]]


def find_suspicious_runs(runs: pd.DataFrame) -> Findings:
    """Find runs with suspicious costs, latencies and accuracies.

    Parameters
    ----------
    runs : DataFrame
        The columns of `CONFIGURATION`, run_id, accuracy, total_cost (USD), mean_latency (s),
        latencies_per_task (a JSON list of seconds) and tasks (a number, NaN if unknown).

    Returns
    -------
    dict of str to list of str
        One line for each run, by title.
    """
    latencies = runs.latencies_per_task.to_numpy(dtype=object)
    conditions = {
        "Cost 0, probably not priced": runs.total_cost == 0,
        "Mean latency 0": runs.mean_latency == 0,
        "More than half of the latencies 0: tasks with one model call record 0": (
            np.array([_are_mostly_zero(text) for text in latencies], dtype=bool)
            & (runs.mean_latency != 0)
        ),
        "More latencies than tasks": _count_latencies(latencies) > runs.tasks,
        "Accuracy in percent: divided by 100": runs.benchmark_name.str.startswith(
            PERCENT_BENCHMARKS
        ),
        f"Cost or latency under {BROKEN_SHARE:.0%} of the median of the repeats": (
            _is_broken(runs, "total_cost") | _is_broken(runs, "mean_latency")
        ),
    }
    names = runs[[*CONFIGURATION, "run_id"]]
    return {
        title: sorted(map(" | ".join, names[is_true].itertuples(index=False)))
        for title, is_true in conditions.items()
    }


def _is_broken(runs: pd.DataFrame, column: str) -> pd.Series:
    """Return which runs have a positive value far below the median of the repeats."""
    values = runs[column].where(runs[column] > 0)
    repeats = values.groupby([runs[name] for name in CONFIGURATION])
    is_far_below = values < BROKEN_SHARE * repeats.transform("median")
    return is_far_below & (repeats.transform("count") > 1)


def _count_latencies(texts: np.ndarray) -> np.ndarray:
    return np.array([text not in ("", "[]") and text.count(",") + 1 for text in texts], dtype=int)


def _are_mostly_zero(text: str) -> bool:
    if not HAS_ZERO(text):
        return False  # without parsing
    seconds = json.loads(text)
    return 2 * seconds.count(0) > len(seconds)

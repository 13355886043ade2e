"""CPU time and memory of the bootstrap and the swap test on many models or many benchmarks.

    python benchmarks/bootstrap_memory.py

Each case runs in a process of its own: intervals, rank ranges, and all pairs of the first 100
models. The limits are 60 CPU s and 1.5 GB.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

MAX_SECONDS, MAX_MEGABYTES = 60, 1500
# Models, benchmarks, and whether the models have different numbers of benchmarks.
CASES = [(300, 300, True), (400, 400, True), (3, 10_000, False), (10_000, 10, False)]


def make_tally(n_models, n_benchmarks, is_ragged):
    """Return random strict wins, ties and comparisons."""
    rng = np.random.default_rng(16)
    comparisons = np.full((n_models, n_benchmarks), max(n_models - 1, 1))
    if is_ragged:  # model i has i benchmarks
        comparisons = np.tril(comparisons)
    wins = rng.integers(0, comparisons + 1)
    ties = rng.integers(0, comparisons - wins + 1)
    return np.array([wins, ties, comparisons], dtype=float)


def run_case(n_models, n_benchmarks, is_ragged):
    """Compute everything that stage 4 computes of a tally; print time and memory."""
    from hal_analysis.metrics import bootstrap
    from hal_analysis.metrics.model_pairs import compare_pairs

    tally = make_tally(n_models, n_benchmarks, is_ragged)
    start = time.process_time()
    bootstrap.win_rate_intervals(tally, 0)
    bootstrap.rank_ranges(tally, 0)
    models = pd.DataFrame(
        {
            "model_name_short": [f"model {i}" for i in range(n_models)],
            "rank": np.arange(1, n_models + 1),
            "overall_win_rate": tally[0].sum(axis=1) / tally[2].sum(axis=1),
        }
    )
    compare_pairs(models, tally, 0, 5)
    seconds = time.process_time() - start
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    verdict = "ok" if seconds <= MAX_SECONDS and megabytes <= MAX_MEGABYTES else "over the limits"
    kind = "up to " * is_ragged
    print(
        f"{n_models:6,} models, {kind}{n_benchmarks:6,} benchmarks: {seconds:5.1f} CPU s "
        f"{megabytes:6.0f} MB  {verdict}",
        flush=True,
    )


def main():
    if len(sys.argv) > 1:
        run_case(*CASES[int(sys.argv[1])])
        return
    for case in range(len(CASES)):
        subprocess.run([sys.executable, __file__, str(case)], check=True)


if __name__ == "__main__":
    main()

"""Measure CPU time and memory of stages 2 to 5 on many runs, optionally for another checkout, too.

    python benchmarks/stages_at_scale.py [OTHER_CHECKOUT] [--models 1000] [--python PYTHON]

The dataset has 50 benchmarks and 20 scaffolds, one run for each model, benchmark and scaffold. A
baseline is a checkout of an earlier commit, such as d9782f7.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent.parent
STAGES = ["check_data", "cost_accuracy_curve", "win_rates", "convex_hull"]
NOT_COPIED = (".git", ".venv", "sample_traces", "visualizations", "tests")
N_BENCHMARKS, N_SCAFFOLDS, N_LATENCIES = 50, 20, 3


def write_dataset(path, n_models):
    """Write random runs: accuracies of 50 tasks, one run in ten without a cost."""
    rng = np.random.default_rng(16)
    n = n_models * N_BENCHMARKS * N_SCAFFOLDS
    benchmark, scaffold, model = np.unravel_index(
        rng.permutation(n), (N_BENCHMARKS, N_SCAFFOLDS, n_models)
    )
    models = [f"model {i:05d}" for i in range(n_models)]
    latencies = rng.gamma(2, 30, (n, N_LATENCIES))
    runs = pd.DataFrame(
        {
            "agent_name": [f"Agent {i:02d} (model)" for i in scaffold],
            "benchmark_name": [f"benchmark_{i:02d}" for i in benchmark],
            "date": "2026-01-01",
            "run_id": [f"benchmark_run_{i:07d}" for i in range(n)],
            "agent_args": [f'{{"model_name": "openai/{models[i]}"}}' for i in model],
            "run_command": "hal-eval --benchmark gaia",
            "agent_name_short": [f"Agent {i:02d}" for i in scaffold],
            "model_name_short": [models[i] for i in model],
            "accuracy": rng.integers(0, 51, n) / 50,
            "total_cost": np.where(rng.random(n) < 0.1, np.nan, rng.gamma(2, 10, n)),
            "latencies_per_task": [str(row) for row in latencies.tolist()],
            "mean_latency": [sum(row) / N_LATENCIES for row in latencies.tolist()],
            "tasks": 50,
            "accuracy_ci_low": None,
            "accuracy_ci_high": None,
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    runs.to_csv(path, index=False)
    return n


def measure(command):
    """Run a command; return its CPU seconds and its peak memory in MB."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, nargs="?")
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--write", type=Path, metavar="CHECKOUT", help="only write the dataset")
    options = parser.parse_args()
    if options.write:
        n = write_dataset(options.write / "data" / "cleaned_all_metrics.csv", options.models)
        print(f"{n:,} runs")
        return
    checkouts = [path for path in (options.other, HERE) if path]
    for checkout in checkouts:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "checkout")  # an earlier commit writes to its own folder only
            shutil.copytree(checkout, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
            # In a process of its own, whose memory does not count as that of the stages.
            command = [sys.executable, __file__, "--models", str(options.models), "--write", copy]
            subprocess.run(command, check=True)
            print(f"{checkout}:")
            for stage in STAGES:
                cpu, memory = measure([options.python, copy / f"{stage}.py"])
                print(f"  {stage:20} {cpu:6.1f} CPU s {memory:7.0f} MB", flush=True)


if __name__ == "__main__":
    main()

"""Measure CPU time and memory of stage 6 (figures and report) for many models.

    python benchmarks/figures_at_scale.py [--boards 10x11 100x11 1000x50]

Each board has two scaffolds, one run for each model, benchmark and scaffold. Stages 3 to 5, which
write the tables, are not measured. Memory is that of the largest process.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
BOARDS = ["10x11", "100x11", "1000x50"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boards", nargs="+", default=BOARDS, metavar="MODELSxBENCHMARKS")
    parser.add_argument("--csv", type=Path, help="file for the measurements")
    options = parser.parse_args()
    rows = []
    print(f"{'board':>10}{'CPU':>10}{'time':>9}{'memory':>10}{'report':>10}")
    for board in options.boards:
        n_models, n_benchmarks = map(int, board.split("x"))
        row = {"n_models": n_models, "n_benchmarks": n_benchmarks}
        row |= measure(n_models, n_benchmarks)
        rows.append(row)
        print(
            f"{board:>10}{row['cpu_seconds']:8.1f} s{row['wall_seconds']:7.1f} s"
            f"{row['peak_mb']:7.0f} MB{row['report_mb']:7.1f} MB"
        )
    if options.csv:
        pd.DataFrame(rows).round(2).to_csv(options.csv, index=False)


def measure(n_models, n_benchmarks):
    """Return CPU time, time, memory of stage 6, and the size of the report, for a board."""
    with tempfile.TemporaryDirectory() as folder:
        write_dataset(Path(folder, "data", "cleaned_all_metrics.csv"), n_models, n_benchmarks)
        for stage in ("cost_accuracy_curve", "win_rates", "convex_hull"):
            run(stage, folder)
        start = time.perf_counter()
        usage = run("visualizations", folder)
        return {
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "wall_seconds": time.perf_counter() - start,
            "peak_mb": usage.ru_maxrss / 1024,
            "report_mb": Path(folder, "visualizations", "report.html").stat().st_size / 1e6,
        }


def run(stage, folder):
    """Run a stage; return its resource usage, child processes included."""
    command = [sys.executable, ROOT / f"{stage}.py", "--output-dir", folder]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, stage
    return usage


def write_dataset(path, n_models, n_benchmarks):
    """Write random runs: accuracies of 50 tasks, one run in ten without a cost."""
    rng = np.random.default_rng(16)
    n = n_models * n_benchmarks * 2
    benchmark, is_specific, model = np.unravel_index(np.arange(n), (n_benchmarks, 2, n_models))
    scaffolds = [
        f"Agent for benchmark {b}" if specific else "HAL Generalist Agent"
        for b, specific in zip(benchmark, is_specific, strict=True)
    ]
    runs = pd.DataFrame(
        {
            "agent_name": scaffolds,
            "benchmark_name": [f"benchmark_{i:02d}" for i in benchmark],
            "date": "2026-01-01",
            "run_id": [f"benchmark_run_{i:06d}" for i in range(n)],
            "agent_args": "{}",
            "run_command": "",
            "agent_name_short": scaffolds,
            "model_name_short": [f"model {i:04d}" for i in model],
            "accuracy": rng.integers(0, 51, n) / 50,
            "total_cost": np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(2, 1.5, n).round(4)),
            "latencies_per_task": "[]",
            "mean_latency": rng.lognormal(4, 1, n).round(3),
            "tasks": 50,
            "accuracy_ci_low": None,
            "accuracy_ci_high": None,
            "prompt_tokens": None,
            "completion_tokens": None,
        }
    )
    path.parent.mkdir(parents=True)
    runs.to_csv(path, index=False)


if __name__ == "__main__":
    main()

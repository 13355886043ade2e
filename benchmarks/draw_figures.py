"""Compare the time of stage 6 and of the whole pipeline with commit d9782f7.

That commit drew the same 18 figures with a layout of its own, without seaborn and without a report.
It is extracted from the repository into a temporary folder and needs the package pyvips.

Two boards are drawn: the sample, and 30 models on 11 benchmarks, for which the pipeline starts at
stage 3. Each pair of runs measures both sides one after the other.
"""

import argparse
import io
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
BASELINE = "d9782f7"
DATASET = "cleaned_all_metrics.csv"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7, help="pairs of runs (default: 7)")
    n_pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as folder:
        baseline = Path(folder, "baseline")
        archive = subprocess.check_output(["git", "archive", BASELINE], cwd=ROOT)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(baseline, filter="data")
        project = Path(folder, "project")
        print(f"{'board':10}{'measured':10}{'project':>9}{'baseline':>10}{'ratio':>7}   (medians)")
        compare("sample", project, baseline, n_pairs, [])
        for side, name in ((project, project / "data"), (baseline, baseline / "data")):
            write_dataset(name / DATASET, with_all_columns=side == project)
        compare("30 x 11", project, baseline, n_pairs, ["--from", "cost_accuracy_curve"])


def compare(board, project, baseline, n_pairs, options):
    """Print the median seconds of both sides, and of their ratios."""
    ours = ["--output-dir", str(project)]
    commands = {
        "pipeline": (
            [ROOT / "run_pipeline.py", *ours, *options],
            [baseline / "run_pipeline.py", *options],
        ),
        "figures": (
            [ROOT / "visualizations.py", *ours, "--no-report"],
            [baseline / "visualizations.py"],
        ),
    }
    for measured, sides in commands.items():
        for side in sides:
            measure_seconds(side)  # files are in the cache from then on
        pairs = [[measure_seconds(side) for side in sides] for _ in range(n_pairs)]
        medians = [statistics.median(seconds) for seconds in zip(*pairs, strict=True)]
        ratio = statistics.median(first / second for first, second in pairs)
        print(f"{board:10}{measured:10}{medians[0]:7.1f} s{medians[1]:8.1f} s{ratio:7.2f}")


def measure_seconds(command):
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def write_dataset(path, with_all_columns):
    """Write 30 models on 11 benchmarks with two scaffolds each."""
    rng = np.random.default_rng(0)
    rows = [
        (f"benchmark_{b}", scaffold, f"model-{m}")
        for b in range(11)
        for scaffold in ("HAL Generalist Agent", f"Only for {b}")
        for m in range(30)
    ]
    columns = ["benchmark_name", "agent_name_short", "model_name_short"]
    runs = pd.DataFrame(rows, columns=columns).assign(
        agent_name="a",
        date="2026-01-01",
        run_id=[f"run{number}" for number in range(len(rows))],
        agent_args="{}",
        run_command="",
        accuracy=rng.random(len(rows)).round(3),
        total_cost=10 ** rng.uniform(-1, 2, len(rows)),
        latencies_per_task="[]",
        mean_latency=10 ** rng.uniform(0, 3, len(rows)),
    )
    if with_all_columns:
        new = ("tasks", "accuracy_ci_low", "accuracy_ci_high", "prompt_tokens", "completion_tokens")
        runs = runs.assign(**dict.fromkeys(new))
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir(parents=True)
    runs.to_csv(path, index=False)


if __name__ == "__main__":
    main()

"""Measure CPU time and memory of stage 1 on many small traces, without and with the cache.

    python benchmarks/stage_1_at_scale.py [--traces 1000 10000 100000] [OTHER_CHECKOUT]

The traces are plain JSON files of about 3 KB in one folder. A baseline is a checkout of an earlier
commit, such as d9782f7.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, nargs="?", metavar="OTHER_CHECKOUT")
    parser.add_argument("--traces", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--csv", type=Path, help="file for the measurements")
    options = parser.parse_args()
    rows = []
    print(f"{'traces':>8}  {'run':24}{'CPU':>10}{'time':>9}{'memory':>10}")
    for n_traces in options.traces:
        with tempfile.TemporaryDirectory() as folder:
            write_traces(Path(folder, "traces"), n_traces)
            for name, checkout in (("this project", ROOT), ("baseline", options.other)):
                for run in ("first", "second") if checkout else ():
                    row = {"n_traces": n_traces, "project": name, "run": run}
                    row |= measure(checkout, folder)
                    rows.append(row)
                    print(
                        f"{n_traces:>8}  {name + ', ' + run:24}{row['cpu_seconds']:8.1f} s"
                        f"{row['wall_seconds']:7.1f} s{row['peak_mb']:7.0f} MB",
                        flush=True,
                    )
    if options.csv:
        pd.DataFrame(rows).round(2).to_csv(options.csv, index=False)


def write_traces(folder, n_traces):
    """Write traces of ten scaffolds, 50 models and 20 benchmarks."""
    folder.mkdir()
    random_numbers = random.Random(16)
    messages = [{"role": "user", "content": "x" * 200}] * 8
    for i in range(n_traces):
        benchmark, model = f"benchmark_{i % 20}", f"openai/model-{i // 20 % 50}"
        trace = {
            "config": {
                "agent_name": f"Scaffold {i // 1000 % 10} ({model})",
                "benchmark_name": benchmark,
                "date": "2026-01-01",
                "run_id": f"{benchmark}_run_{i}",
                "agent_args": {"model_name": model, "temperature": 0.5},
                "run_command": f"hal-eval --benchmark {benchmark} -A model_name={model}",
            },
            "results": {
                "accuracy": random_numbers.randrange(51) / 50,
                "total_cost": random_numbers.random() * 100,
                "latencies": {str(j): {"total_time": random_numbers.random()} for j in range(5)},
            },
            "raw_logging_results": messages,
        }
        Path(folder, f"{benchmark}_{i}_UPLOAD.json").write_text(json.dumps(trace))


def measure(checkout, folder):
    """Run stage 1 of a checkout; return its CPU time, time and memory."""
    name = "results" if checkout == ROOT else "baseline"
    if checkout == ROOT:
        arguments = ["--data-dir", f"{folder}/traces", "--output-dir", f"{folder}/{name}"]
    else:  # earlier commits have no --output-dir
        arguments = ["--data-dir", f"{folder}/traces"]
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, checkout / "generate_cleaned_dataset.py", *arguments],
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, checkout
    return {
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "wall_seconds": time.perf_counter() - start,
        "peak_mb": usage.ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main()

"""Measure the cost of task results in stages 1 and 4, and of paired tests of many models.

    python benchmarks/task_tests_speed.py

The first part runs stages 1, 3 and 4 on 400 traces with 300 tasks each, with and without the lists
of solved and failed tasks, and prints CPU seconds (medians) and their difference. The second part
computes the paired tests of 1,000 models on 50 benchmarks with 100 tasks in a new process, one
benchmark at a time and without writing tables, and prints CPU seconds and the increase of the peak
memory (Linux), and the time of a loop over all pairs (scaled from 435 pairs).
"""

import argparse
import itertools
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hal_analysis.metrics import task_pairs

SCRIPT = Path(__file__).resolve().parent.parent / "run_pipeline.py"
STAGES = ("generate_cleaned_dataset", "cost_accuracy_curve", "win_rates")
N_TASKS = 300


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5, help="default: 5")
    parser.add_argument("--models", type=int, default=1000, help="default: 1000")
    parser.add_argument("--benchmarks", type=int, default=50, help="default: 50")
    parser.add_argument("--tasks", type=int, default=100, help="default: 100")
    parser.add_argument("--second-part", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.second_part:
        compare_many(options.models, options.benchmarks, options.tasks)
        return
    compare_stages(options.repeat)
    sizes = [f"--{name}={getattr(options, name)}" for name in ("models", "benchmarks", "tasks")]
    subprocess.run([sys.executable, __file__, "--second-part", *sizes], check=True)


def compare_stages(repeat):
    """Print CPU seconds of stages 1, 3 and 4 with and without task results."""
    seconds = {True: [], False: []}
    with tempfile.TemporaryDirectory() as folder:
        for with_tasks in seconds:
            write_traces(Path(folder, f"traces_{with_tasks}"), with_tasks)
        for number in range(repeat):
            for with_tasks, times in seconds.items():
                traces = Path(folder, f"traces_{with_tasks}")
                times.append(run_stages(traces, Path(folder, f"results_{with_tasks}_{number}")))
    with_tasks, without = (statistics.median(times) for times in seconds.values())
    print(
        f"stages 1, 3 and 4, 400 runs x {N_TASKS} tasks: {with_tasks:.2f} s with and "
        f"{without:.2f} s without task results, difference {with_tasks - without:.2f} s, "
        f"ratio {with_tasks / without:.2f}"
    )


def run_stages(traces, results):
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, SCRIPT, "--only", *STAGES]
    command += ["--data-dir", traces, "--output-dir", results]
    subprocess.run(command, check=True, capture_output=True)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime


def write_traces(folder, with_tasks):
    rng = random.Random(0)
    folder.mkdir()
    for run in range(400):
        benchmark, scaffold, model = run % 8, run // 8 % 2, run // 16
        tasks = [f"{benchmark}-{task:04d}-0123456789abcdef" for task in range(N_TASKS)]
        rng.shuffle(tasks)
        n_solved = rng.randrange(30, 270)
        results = {"accuracy": n_solved / N_TASKS, "total_cost": rng.random()}
        if with_tasks:
            results |= {"successful_tasks": tasks[:n_solved], "failed_tasks": tasks[n_solved:]}
        config = {
            "agent_name": f"scaffold {scaffold}",
            "benchmark_name": f"b{benchmark}",
            "run_id": f"run {run}",
            "agent_args": {"model_name": f"model {model}"},
        }
        (folder / f"{run}.json").write_text(json.dumps({"config": config, "results": results}))


def compare_many(n_models, n_benchmarks, n_tasks):
    """Print time and memory of the paired tests alone."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rng = np.random.default_rng(0)
    models = pd.MultiIndex.from_product(
        [["scaffold"], [f"model {model:04d}" for model in range(n_models)]],
        names=["agent_name_short", "model_name_short"],
    )
    skill = rng.random((n_models, 1))
    start, n_pairs, n_decided = time.process_time(), 0, 0
    for benchmark in range(n_benchmarks):
        scores = (rng.random((n_models, n_tasks)) < skill).astype(float)
        comparisons = task_pairs.compare_benchmark(
            f"b{benchmark}", pd.DataFrame(scores, models), models.to_frame(index=False)
        )
        n_pairs += len(comparisons.pairs)
        n_decided += comparisons.pairs.decided.sum()
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"paired tests of {n_models:,} models on {n_benchmarks} benchmarks with {n_tasks} tasks: "
        f"{n_pairs:,} pairs, {n_decided:,} decided, {seconds:.1f} s of CPU, "
        f"{memory / 1e6:.2f} GB"
    )
    loop = n_pairs * time_loop(scores[:30])
    print(
        f"a loop over these pairs with SciPy's binomtest: {loop:,.0f} s, ratio {loop / seconds:.0f}"
    )


def time_loop(scores):
    """Return the CPU seconds per pair of a loop, without intervals and power."""
    start, n_pairs = time.process_time(), 0
    for first, second in itertools.combinations(scores, 2):
        only_first, only_second = int((first > second).sum()), int((first < second).sum())
        if only_first + only_second:
            stats.binomtest(only_first, only_first + only_second)
        n_pairs += 1
    return (time.process_time() - start) / n_pairs


if __name__ == "__main__":
    main()

"""Mutation testing of metrics and loaders with Cosmic Ray: score and survivors of each module.

    pip install cosmic-ray
    python benchmarks/mutation_score.py [--mutants 60] [metrics/pareto loaders/usage ...]

Each mutant changes one operator, number or keyword of a module; the tests of the module should
notice. A random part of the mutants is tried, in a copy of the checkout, the same part each time.
Without names, all modules of the metrics are tried. A mutant takes seconds, so this is not a part
of CI.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

HERE = Path(__file__).resolve().parent.parent
PACKAGE = HERE / "hal_analysis"
# Tests that cover a module, besides the file of the module itself.
MORE_TESTS = {
    "metrics/bootstrap": ["tests/test_ranks.py"],
    "metrics/configurations": ["tests/test_repeats.py", "tests/test_cost_accuracy_curve.py"],
    "metrics/model_pairs": ["tests/test_ranks.py"],
    "metrics/win_counts": ["tests/test_win_rates.py"],
    "metrics/pareto": ["tests/test_table_rules.py"],
    "metrics/task_pairs": ["tests/test_task_tables.py"],
    "loaders/cache": ["tests/test_trace_cache.py"],
    "loaders/deflate": ["tests/loaders/test_ends.py"],
    "loaders/encrypted": ["tests/loaders/test_ends.py"],
    "loaders/executors": ["tests/test_dask.py", "tests/test_dask_faults.py"],
    "loaders/json_stream": [
        "tests/loaders/test_hostile_traces.py",
        "tests/loaders/test_damaged_traces.py",
    ],
    "loaders/package": ["tests/loaders/test_cache.py"],
    "loaders/parsing": ["tests/loaders/test_accuracy.py", "tests/loaders/test_traces.py"],
    "loaders/remote_clients": ["tests/loaders/test_remote.py"],
    "loaders/responses": ["tests/loaders/test_remote.py"],
    "loaders/runs": ["tests/test_remote_traces.py", "tests/test_trace_cache.py"],
    "loaders/traces": [
        "tests/loaders/test_task_results.py",
        "tests/loaders/test_hostile_traces.py",
    ],
    "loaders/zip_members": ["tests/loaders/test_encrypted.py", "tests/loaders/test_ends.py"],
}
SLOW_TESTS = ["loaders/executors"]  # modules that only slow tests cover
CONFIG = """\
[cosmic-ray]
module-path = "{module}"
timeout = {timeout}
excluded-modules = []
test-command = "{python} -m pytest -x -q -n 0 -p no:cacheprovider -m '{marks}' {tests}"

[cosmic-ray.distributor]
name = "local"
"""


def score_module(checkout, name, n_mutants):
    """Try mutants of a module; return how many were tried, and the survivors as lines."""
    module = f"hal_analysis/{name}.py"
    package, _, stem = name.partition("/")
    files = [f"tests/{package}/test_{stem}.py", *MORE_TESTS.get(name, [])]
    if package == "metrics":
        files.append("tests/metrics/test_second_opinion.py")
    tests = " ".join(file for file in files if (HERE / file).exists())
    if not tests:
        sys.exit(f"No tests cover {name}: add their files to MORE_TESTS.")
    marks, timeout = ("slow or not slow", 300) if name in SLOW_TESTS else ("not slow", 90)
    config, session = checkout / "mutants.toml", checkout / "mutants.sqlite"
    test_command = {"python": sys.executable, "marks": marks, "tests": tests, "timeout": timeout}
    config.write_text(CONFIG.format(module=module, **test_command))
    session.unlink(missing_ok=True)
    run = [sys.executable, "-m", "cosmic_ray.cli"]
    subprocess.run([*run, "init", config, session], cwd=checkout, check=True)
    with use_db(session, WorkDB.Mode.open) as database:
        items = sorted(database.pending_work_items, key=lambda item: str(item.mutations))
        random.Random(16).shuffle(items)
        for item in items[n_mutants:]:
            database.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED))
    subprocess.run([*run, "exec", config, session], cwd=checkout, check=True)
    survivors, n_tried = [], 0
    with use_db(session, WorkDB.Mode.open) as database:
        changed = {item.job_id: item.mutations[0] for item in database.work_items}
        for job_id, result in database.results:
            if result.worker_outcome != WorkerOutcome.NORMAL:
                continue
            n_tried += 1
            if result.test_outcome == TestOutcome.SURVIVED:
                change = changed[job_id]
                new = [line[1:].strip() for line in result.diff.splitlines() if line[:1] == "+"]
                survivors.append(f"{change.start_pos[0]}: {change.operator_name}: {new[-1]}")
    return n_tried, survivors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--mutants", type=int, default=60, help="maximum number per module")
    options = parser.parse_args()
    metrics = sorted(f"metrics/{path.stem}" for path in PACKAGE.glob("metrics/[a-z]*.py"))
    total = total_survivors = 0
    for name in options.modules or metrics:
        with tempfile.TemporaryDirectory() as folder:
            checkout = Path(folder, "checkout")
            ignored = shutil.ignore_patterns(".git", ".venv", "visualizations", "*.pyc")
            shutil.copytree(HERE, checkout, ignore=ignored)
            n_tried, survivors = score_module(checkout, name, options.mutants)
        print(f"{name}: {n_tried - len(survivors)} of {n_tried} mutants killed", flush=True)
        print("".join(f"  {line}\n" for line in survivors), end="", flush=True)
        total, total_survivors = total + n_tried, total_survivors + len(survivors)
    print(f"{total - total_survivors} of {total} mutants killed")


if __name__ == "__main__":
    main()

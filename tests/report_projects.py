"""Boards for the tests of the report: one with task results, and names that try to be markup.

The tables of task results and comparisons are written as stages 1 and 4 write them. The board has
two scaffolds S and T, three models A, B and C of which C was run twice, on benchmark b1 with 12
tasks. Benchmark b2 has no task results.
"""

import pandas as pd
import pytest
from conftest import Project

from hal_analysis.plots import report
from hal_analysis.schema import DECIDED, TABLES

TABLE_STAGES = ["cost_accuracy_curve", "win_rates", "convex_hull"]
HOSTILE_NAMES = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "a\u2028b\u2029c",
    "{{script}} {{data}}",
    "<!-- &lt; ]]> \\u003c",
    "pro\u202egpt-5\u2066\x1b[31m",
]

RUNS = [
    ("b1", "S", "A", 0.75, 4.0, 10.0),
    ("b1", "S", "B", 0.5, 1.0, 20.0),
    ("b1", "T", "B", 0.25, 3.0, 15.0),
    ("b1", "S", "C", 0.25, 40.0, 5.0),
    ("b1", "S", "C", 0.5, 20.0, 6.0),
    ("b2", "S", "A", 0.9, 8.0, 10.0),
    ("b2", "T", "B", 0.8, None, None),
]
TASKS = [f"task{number:02}" for number in range(12)]
N_SOLVED = [9, 6, 3, 3, 6]  # the first tasks, by each of the first five runs

# Models of the three classes on one benchmark; costs and latencies are the same.
CLASS_RUNS = [
    ("b1", "S", "gpt-cheap", 0.2, 1.0, 1.0),
    ("b1", "S", "qwen-middle", 0.3, 2.0, 2.0),
    ("b1", "S", "gpt-best", 0.9, 3.0, 3.0),
    ("b1", "S", "gpt-worse", 0.5, 4.0, 4.0),
]
CLASSES = {
    "gpt-cheap": "On the convex frontier",
    "qwen-middle": "Not dominated, below the hull",
    "gpt-best": "On the convex frontier",
    "gpt-worse": "Dominated",
}


def make_report(folder, runs, prepare):
    """Write the report of some runs, after `prepare(project)` has run stages; return its path."""
    project = Project(folder)
    with pytest.MonkeyPatch.context() as monkeypatch:
        project.use(monkeypatch)
        project.write_runs(runs)
        prepare(project)
        report.write_report()
    return folder / "visualizations" / "report.html"


def run_stages(project):
    """Run stages 2 to 5."""
    for stage in ["check_data", *TABLE_STAGES]:
        project.run(stage)


def run_stages_with_tasks(project):
    """Run stages 2 to 5 on `RUNS`, and write the tables of tasks and pairs."""
    run_stages(project)
    write_task_tables(project)


def write_task_tables(project):
    """Write the tables of tasks and pairs, and the further columns, after stages 1 to 5."""
    runs = project.table("cleaned_all_metrics.csv")
    has_tasks = runs.benchmark_name == "b1"
    runs["tasks"] = pd.Series(12, runs.index).where(has_tasks)
    runs["accuracy_ci_low"] = (runs.accuracy - 0.2).where(has_tasks)
    runs["accuracy_ci_high"] = (runs.accuracy + 0.2).where(has_tasks)
    runs["prompt_tokens"] = [1000, 2000, 3000, 4000, 6000, 3000, None]
    runs["completion_tokens"] = [100, 200, 300, 400, 600, 300, None]
    runs.to_csv(project.tables / "cleaned_all_metrics.csv", index=False)

    key = ["benchmark_name", "agent_name_short", "model_name_short", "run_id"]
    results = (
        runs.loc[has_tasks, key]
        .assign(n_solved=N_SOLVED)
        .merge(pd.DataFrame({"task_id": TASKS, "position": range(12)}), how="cross")
    )
    results["score"] = (results.position < results.n_solved).astype(float)
    results[[*key, "task_id", "score"]].to_csv(project.tables / "task_results.csv", index=False)
    difficulty = pd.DataFrame({"benchmark_name": "b1", "task_id": TASKS, "configurations": 4})
    # All four configurations solve the first 3 tasks; C, with one of two runs, not the next 3.
    difficulty["solved_share"] = [1.0] * 3 + [0.5] * 3 + [0.25] * 3 + [0.0] * 3
    difficulty.to_csv(project.tables / "task_difficulty.csv", index=False)
    write_pairs(project)


def write_pairs(project):
    """Write the comparisons of tasks and of models, and the decided wins of models."""
    columns = list(TABLES["task_pairs.csv"].columns)
    pairs = [
        ("b1", "max", "A", "S", "B", "S", 12, 3, 0, 0.25, 0.0, 0.5, 0.25, 0.5, False, 9),
        ("b1", "max", "A", "S", "C", "S", 12, 6, 0, 0.5, 0.2, 0.8, 0.03, 0.04, True, None),
        ("b1", "max", "B", "S", "C", "S", 12, 3, 0, 0.25, 0.0, 0.5, 0.25, 0.5, False, 9),
        ("b1", "scaffold", "A", "S", "B", "S", 12, 3, 0, 0.25, 0.0, 0.5, 0.25, 0.5, False, 9),
    ]
    pd.DataFrame(pairs, columns=columns).to_csv(project.tables / "task_pairs.csv", index=False)
    columns = list(TABLES["model_pairs.csv"].columns)
    pairs = [("max", "A", "B", 2, 1.0, None, None, None, None, False)]
    pd.DataFrame(pairs, columns=columns).to_csv(project.tables / "model_pairs.csv", index=False)
    rates = project.table("model_win_rates_max.csv").set_index("model_name_short")
    decided = {"A": [1, 0, 1, 1], "B": [0, 0, 2, 1], "C": [0, 1, 1, 0]}
    columns = list(DECIDED)
    decided = pd.DataFrame.from_dict(decided, orient="index", columns=columns)
    rates = rates.drop(columns=columns).join(decided)
    rates.reset_index(names="model_name_short").to_csv(
        project.tables / "model_win_rates_max.csv", index=False
    )

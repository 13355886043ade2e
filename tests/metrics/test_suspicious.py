"""Suspicious runs: one test for each kind."""

import json

import pandas as pd
import pytest

from hal_analysis.metrics.suspicious import find_suspicious_runs


def find(*runs):
    """Return the IDs of the runs of each finding, without findings that are empty.

    A run is a dict of the values that differ from those of an ordinary run.
    """
    ordinary = {
        "benchmark_name": "gaia",
        "agent_name_short": "S",
        "model_name_short": "m",
        "accuracy": 0.5,
        "total_cost": 10.0,
        "latencies": [3.0, 5.0],
        "tasks": None,
    }
    rows = []
    for number, run in enumerate(runs):
        row = ordinary | {"run_id": f"run{number}"} | run
        latencies = row.pop("latencies")
        row["latencies_per_task"] = json.dumps(latencies)
        row["mean_latency"] = sum(latencies) / len(latencies) if latencies else None
        rows.append(row)
    findings = find_suspicious_runs(pd.DataFrame(rows).astype({"tasks": float}))
    ids = {title: [line.split(" | ")[-1] for line in lines] for title, lines in findings.items()}
    return {title.split(":")[0]: runs for title, runs in ids.items() if runs}


def test_ordinary_runs():
    assert find({}, {"latencies": []}, {"total_cost": None}, {"accuracy": 0}) == {}


def test_line_names_the_run():
    runs = [("b", "S", "m", "id", 0.5, 0.0, "[1.0]", 1.0, 3.0)]
    columns = "benchmark_name agent_name_short model_name_short run_id accuracy total_cost"
    frame = pd.DataFrame(
        runs, columns=[*columns.split(), "latencies_per_task", "mean_latency", "tasks"]
    )
    assert find_suspicious_runs(frame)["Cost 0, probably not priced"] == ["b | S | m | id"]


def test_more_latencies_than_tasks():
    assert find({"tasks": 1}, {"tasks": 2}, {"tasks": None}, {"tasks": 1, "latencies": [1.0]}) == {
        "More latencies than tasks": ["run0"]
    }


def test_cost_0():
    assert find({"total_cost": 0.0}, {"total_cost": 1e-9, "model_name_short": "n"}) == {
        "Cost 0, probably not priced": ["run0"]
    }


def test_mean_latency_0():
    assert find({"latencies": [0.0, 0.0]}, {}) == {"Mean latency 0": ["run0"]}


@pytest.mark.parametrize(
    ("latencies", "is_suspicious"),
    [
        ([0.0, 0.0, 7.0], True),
        ([0.0, 7.0, 0.0], True),
        ([7.0, 0.0, 0.0], True),
        ([0, 0, 7], True),
        ([0.0, 7.0], False),
        ([10.0, 20.05, 0.5], False),
    ],
)
def test_more_than_half_of_the_latencies_0(latencies, is_suspicious):
    expected = {"More than half of the latencies 0": ["run0"]} if is_suspicious else {}
    assert find({"latencies": latencies}) == expected


def test_latencies_0_are_found_without_their_mean():
    runs = [("b", "S", "m", "id", 0.5, 1.0, "[0.0, 0.0, 7.0]", None, None)]
    columns = "benchmark_name agent_name_short model_name_short run_id accuracy total_cost"
    frame = pd.DataFrame(
        runs, columns=[*columns.split(), "latencies_per_task", "mean_latency", "tasks"]
    ).astype({"mean_latency": float, "tasks": float})
    findings = {title.split(":")[0]: lines for title, lines in find_suspicious_runs(frame).items()}
    assert findings["More than half of the latencies 0"] == ["b | S | m | id"]


def test_accuracy_in_percent_is_named():
    assert find({"benchmark_name": "appworld_test_normal", "accuracy": 0.488}) == {
        "Accuracy in percent": ["run0"]
    }


BROKEN = "Cost or latency under 1% of the median of the repeats"


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        ([0.16, 36.7, 63.2], {BROKEN: ["run0"]}),
        ([0.38, 36.7, 63.2], {}),
        ([36.7, 63.2, 0.16], {BROKEN: ["run2"]}),
        ([0.16], {}),
        ([0.16, None, None], {}),
    ],
)
def test_cost_far_below_that_of_the_repeats(costs, expected):
    assert find(*[{"total_cost": cost} for cost in costs]) == expected


def test_latency_far_below_that_of_the_repeats():
    latencies = [[1.0], [280.0], [500.0]]
    assert find(*[{"latencies": values} for values in latencies]) == {BROKEN: ["run0"]}


def test_runs_of_different_configurations_are_not_repeats():
    models = ["m", "n", "o"]
    runs = [
        {"model_name_short": model, "total_cost": cost}
        for model, cost in zip(models, [0.01, 50.0, 60.0], strict=True)
    ]
    assert find(*runs) == {}


def test_suspicious_runs_of_the_sample(sample_project):
    report = (sample_project.tables / "missing_rows_analysis.txt").read_text(encoding="utf-8")
    sections = [part for part in report.split("\n\n") if part.startswith("Suspicious")]
    named = {
        part.splitlines()[0]: part.splitlines()[1:] for part in sections if "  none" not in part
    }
    assert list(map(len, named.values())) == [1, 1]
    (free, broken) = named.values()
    assert free[0].startswith(
        "  assistantbench | Assistantbench Browser Agent | gemini-2.0-flash |"
    )
    assert broken == [
        "  corebench_hard | HAL Generalist Agent | claude-3-7-sonnet-2025-02-19 | "
        "corebench_hard_hal_generalist_agent_1747200995"
    ]


@pytest.mark.parametrize(("latencies", "is_found"), [("[0, 1, 2]", False), ("[0, 0, 3]", True)])
def test_fewer_than_half_of_the_latencies_may_be_0(latencies, is_found):
    run = {
        "benchmark_name": "b",
        "agent_name_short": "S",
        "model_name_short": "A",
        "run_id": "r",
        "accuracy": 0.5,
        "total_cost": 1.0,
        "mean_latency": 1.0,
        "tasks": 3.0,
    }
    findings = find_suspicious_runs(pd.DataFrame([run | {"latencies_per_task": latencies}]))
    found = [entry for title, entry in findings.items() if title.startswith("More than half")]
    assert bool(found[0]) == is_found

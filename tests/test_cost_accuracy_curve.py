"""Stage 3: frontiers and distances."""

import math

import pytest
from small_runs import select_rows


def test_distances_by_hand(small_project):
    distances = small_project.table("pareto_distances.csv")
    assert distances.columns.tolist() == [
        "model_name_short",
        "benchmark_name",
        "total_cost",
        "accuracy",
        "total_cost_scaled",
        "accuracy_scaled",
        "pareto_optimal",
        "pareto_distance",
        "agent_name_short",
        "runs",
        "pareto_efficient",
    ]
    assert distances.pareto_efficient.tolist() == [True, True, False, True, False, True]
    assert distances.runs.tolist() == [1] * 6
    assert select_rows(distances, *distances.columns[:-4]) == [
        ("A", "b1", 10.0, 0.8, 1.0, 1.0, True),
        ("B", "b1", 2.0, 0.4, 0.0, 0.0, True),
        ("C", "b1", 10.0, 0.6, 1.0, pytest.approx(0.5), False),
        ("A", "b2", 4.0, 0.5, 0.0, 0.0, True),
        ("B", "b2", 8.0, 0.5, 1.0, 0.0, False),
        ("C", "b3", 2.0, 0.7, 0.0, 0.0, True),
    ]
    expected = [0, 0, 0.5 / math.sqrt(2), 0, 1, 0]
    assert distances.pareto_distance.tolist() == pytest.approx(expected, rel=1e-12)


def test_printed_lines_count_pairs_with_and_without_a_cost(small_project):
    assert small_project.output["cost_accuracy_curve"] == (
        "6 pairs of benchmark and model with a cost, 1 without\n→ data/pareto_distances.csv\n"
    )


def test_dataset_without_any_cost(project):
    project.write_runs([("b", "S", "A", 0.5, None, None), ("b", "S", "B", 0.6, None, None)])
    for stage in ("cost_accuracy_curve", "win_rates", "convex_hull"):
        project.run(stage)
    assert project.table("pareto_distances.csv").empty
    assert project.table("model_win_rates_pareto.csv").empty
    assert project.table("cost_win_rate_max.csv").empty
    assert project.table("convex_model_latency_accuracy.csv").empty
    assert project.table("model_win_rates_max.csv").wins_sum.tolist() == [0, 1]

"""Stage 5: means of costs and latencies, and frontiers."""

import math

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import select_rows

import convex_hull


def test_means_by_hand(small_project):
    # Costs of A: b1 (6 + 10) / 2 = 8, b2 4. B: b1 2.5, b2 8. C: b1 5.5, b3 2.
    costs = small_project.table("model_mean_cost.csv")
    assert select_rows(costs, "model_name_short", "mean_cost") == [
        ("A", 6.0),
        ("B", 5.25),
        ("C", 3.75),
    ]
    # Latencies of A: b1 25, b2 7. B: b1 40, b2 5. C: b1 25, b2 9.
    latencies = small_project.table("model_mean_latency.csv")
    assert select_rows(latencies, "model_name_short", "mean_of_mean_latency") == [
        ("A", 16.0),
        ("B", 22.5),
        ("C", 17.0),
    ]


def test_frontiers_by_hand(small_project):
    # b1: the faster of B's two runs with 0.4. b2: B (5 s, 0.5), A (7 s, 0.5), C (9 s, 0.7).
    latency = small_project.table("convex_model_latency_accuracy.csv")
    assert select_rows(
        latency, "model_name_short", "benchmark_name", "mean_latency", "accuracy", "pareto_optimal"
    ) == [
        ("A", "b1", 40.0, 0.8, True),
        ("B", "b1", 30.0, 0.4, False),
        ("C", "b1", 30.0, 0.6, True),
        ("A", "b2", 7.0, 0.5, False),
        ("B", "b2", 5.0, 0.5, True),
        ("C", "b2", 9.0, 0.7, True),
    ]
    # Costs 6, 5.25, 3.75 and win rates 2/4, 0/4, 3/4: C has the lowest cost and is best.
    costs = small_project.table("cost_win_rate_max.csv")
    assert select_rows(
        costs, "model_name_short", "mean_cost", "overall_win_rate", "pareto_optimal"
    ) == [("A", 6.0, 0.5, False), ("B", 5.25, 0.0, False), ("C", 3.75, 0.75, True)]
    # Win rates by distance are 2/3, 1/3 and 0/2. All rise with the cost, but B lies below the
    # segment CA, which is at 2/3 * 1.5 / 2.25 = 4/9 for a cost of 5.25.
    costs = small_project.table("cost_win_rate_pareto.csv")
    assert select_rows(costs, "model_name_short", "pareto_optimal") == [
        ("A", True),
        ("B", False),
        ("C", True),
    ]
    # Latencies 16, 22.5, 17 and win rates 2/4, 0/4, 3/4.
    latencies = small_project.table("latency_win_rate_max.csv")
    assert select_rows(latencies, "mean_of_mean_latency", "pareto_optimal") == [
        (16.0, True),
        (22.5, False),
        (17.0, True),
    ]
    latencies = small_project.table("latency_win_rate_pareto.csv")
    assert latencies.pareto_optimal.tolist() == [True, False, False]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from("xyz"),
            st.one_of(st.just(math.nan), st.floats(0, 1e3)),
        ),
        min_size=1,
    )
)
@settings(max_examples=50)
def test_mean_over_benchmarks_agrees_with_a_plain_loop(rows):
    runs = pd.DataFrame(rows, columns=["model_name_short", "benchmark_name", "total_cost"])
    expected = {}
    for model in sorted({model for model, _, _ in rows}):
        means = []
        for benchmark in "xyz":
            costs = [c for m, b, c in rows if (m, b) == (model, benchmark) and not math.isnan(c)]
            if costs:
                means.append(sum(costs) / len(costs))
        if means:
            expected[model] = sum(means) / len(means)
    table = convex_hull.mean_over_benchmarks(runs, "total_cost", "mean_cost")
    assert table.model_name_short.tolist() == list(expected)
    np.testing.assert_allclose(table.mean_cost, list(expected.values()), rtol=1e-12)

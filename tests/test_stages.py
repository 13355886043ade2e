"""Stages 2 to 5 on small datasets whose numbers are worked out by hand, run as scripts."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
import convex_hull
import win_rates


def rows_of(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


# Stage 2


SHEET = """\
Benchmark,Agent,Model,Status,Owner
gaia,HAL Generalist Agent,o4-mini-2025-04-16-high,Uploaded,x
gaia,Open Deep Research,claude-3-7-sonnet-20250219-thinking-high,Uploaded,x
Online-Mind2Web,SeeAct,o3-2025-04-16, uploaded ,
gaia,HAL Generalist Agent,gpt-4o-2024-11-20,Uploaded,excluded
gaia,HAL Generalist Agent,gpt-4.1-2025-04-14,Not done,does not count
Appworld,,,
Cybench
"""


def test_check_against_the_sheet(project):
    project.write_table("agent_run_status.csv", SHEET)
    project.write_runs(
        [
            ("gaia", "HAL Generalist Agent", "o4-mini-2025-04-16 high", 0.5, 1.0, 2.0),
            ("gaia", "HAL Generalist Agent", "o4-mini-2025-04-16 high", 0.6, None, 2.0),
            ("gaia", "HAL Generalist Agent", "gpt-4.1-2025-04-14", 0.5, 1.0, None),
            ("online_mind2web", "SeeAct", "o3-2025-04-16", 0.5, 1.0, 2.0),
        ]
    )
    output = project.run_well("check_data.py")
    report = (project.tables / "missing_rows_analysis.txt").read_text(encoding="utf-8")
    assert (
        report
        == """\
Missing rows: counted in the sheet, not in the dataset (1)
  gaia | HF Open Deep Research | claude-3-7-sonnet-2025-02-19 high

Extra rows: in the dataset, not counted in the sheet (1)
  gaia | HAL Generalist Agent | gpt-4.1-2025-04-14

Doubled runs: more than one of one scaffold, model and benchmark (1)
  gaia | HAL Generalist Agent | o4-mini-2025-04-16 high: 2 runs, run0, run1

Runs without cost: no place in cost frontiers and mean costs (1)
  gaia | HAL Generalist Agent | o4-mini-2025-04-16 high | run1

Runs without latency: no place in latency frontiers and mean latencies (1)
  gaia | HAL Generalist Agent | gpt-4.1-2025-04-14 | run2

Benchmarks of each model, of 2
  gpt-4.1-2025-04-14: 1, without online_mind2web
  o3-2025-04-16: 1, without gaia
  o4-mini-2025-04-16 high: 1, without online_mind2web
  all models share 0: none

Summary
  3 rows of agent_run_status.csv count, 4 runs are in the dataset.
  1 missing rows
  1 extra rows
  1 doubled runs
  1 runs without cost
  1 runs without latency
"""
    )
    assert output.startswith(report)


def test_check_without_a_sheet_says_so_and_goes_on(project):
    project.write_runs([("gaia", "A", "m", 0.5, 1.0, 2.0)] * 2)
    output = project.run_well("check_data.py")
    assert "No status sheet agent_run_status.csv: missing and extra rows are not checked." in output
    assert "1 doubled runs" in output
    assert "Missing rows" not in output


def test_check_with_a_sheet_without_its_columns(project):
    project.write_table("agent_run_status.csv", "Benchmark,Agent,Status\n")
    project.write_runs([("gaia", "A", "m", 0.5, 1.0, 2.0)])
    assert project.fail("check_data.py") == (
        "data/agent_run_status.csv has no column Model but 'Benchmark, Agent, Status': "
        "save it as CSV with the columns Benchmark, Agent, Model, Status, or remove it."
    )


def test_check_with_a_sheet_where_no_row_counts(project):
    project.write_table("agent_run_status.csv", "Benchmark,Agent,Model,Status\na,b,c,Error\n")
    project.write_runs([("gaia", "A", "m", 0.5, 1.0, 2.0)])
    output = project.run_well("check_data.py")
    assert "0 rows of agent_run_status.csv count" in output
    assert "1 extra rows" in output


# Stages 3 to 5, on one dataset
#
# Benchmark b1: the best runs are A 0.8 at 10 USD (with S2), B 0.4 at 2 USD (the cheaper of two
# equal ones), C 0.6 at 10 USD. Scaled: A (1, 1), B (0, 0), C (1, 1/2). The frontier is B–A; C is
# 1/2 * 1/sqrt(2) from it. Benchmark b2: A 0.5 at 4 USD, B 0.5 at 8 USD, C without a cost.
# Scaled: A (0, 0), B (1, 0); the frontier is the one point A.

RUNS = [
    ("b1", "S1", "A", 0.2, 6.0, 10.0),
    ("b1", "S1", "A", 0.9, 99.0, None),
    ("b1", "S1", "B", 0.4, 3.0, 30.0),
    ("b1", "S1", "C", 0.4, 1.0, 20.0),
    ("b1", "S2", "A", 0.8, 10.0, 40.0),
    ("b1", "S2", "B", 0.4, 2.0, 50.0),
    ("b1", "S2", "C", 0.6, 10.0, 30.0),
    ("b2", "S1", "A", 0.5, 4.0, 7.0),
    ("b2", "S1", "B", 0.5, 8.0, 5.0),
    ("b2", "S1", "C", 0.7, None, 9.0),
    ("b3", "S1", "C", 0.7, 2.0, None),
]


@pytest.fixture
def stages(project):
    runs = [run for run in RUNS if run[3:5] != (0.9, 99.0)]
    project.write_runs(runs)
    for script in ("cost_accuracy_curve.py", "win_rates.py", "convex_hull.py"):
        project.run_well(script)
    return project


def test_pareto_distances(stages):
    distances = stages.table("pareto_distances.csv")
    assert distances.columns.tolist() == [
        "model_name_short",
        "benchmark_name",
        "total_cost",
        "accuracy",
        "total_cost_scaled",
        "accuracy_scaled",
        "pareto_optimal",
        "pareto_distance",
    ]
    columns = distances.columns.drop("pareto_distance")
    assert rows_of(distances, *columns) == [
        ("A", "b1", 10.0, 0.8, 1.0, 1.0, True),
        ("B", "b1", 2.0, 0.4, 0.0, 0.0, True),
        ("C", "b1", 10.0, 0.6, 1.0, pytest.approx(0.5), False),
        ("A", "b2", 4.0, 0.5, 0.0, 0.0, True),
        ("B", "b2", 8.0, 0.5, 1.0, 0.0, False),
        ("C", "b3", 2.0, 0.7, 0.0, 0.0, True),
    ]
    expected = [0, 0, 0.5 / math.sqrt(2), 0, 1, 0]
    assert distances.pareto_distance.tolist() == pytest.approx(expected, rel=1e-12)


def test_win_rates_by_scaffold(stages):
    # b1 S1: A 0.2, B 0.4, C 0.4. b1 S2: A 0.8, B 0.4, C 0.6. b2 S1: A 0.5, B 0.5, C 0.7.
    rates = stages.table("benchmark_win_rates.csv")
    assert rows_of(
        rates,
        "model_name_short",
        "benchmark_name",
        "agent_name_short",
        "wins_sum",
        "comparisons_sum",
    ) == [
        ("A", "b1", "S1", 0, 2),
        ("A", "b1", "S2", 2, 2),
        ("A", "b2", "S1", 0, 2),
        ("B", "b1", "S1", 1, 2),
        ("B", "b1", "S2", 0, 2),
        ("B", "b2", "S1", 0, 2),
        ("C", "b1", "S1", 1, 2),
        ("C", "b1", "S2", 1, 2),
        ("C", "b2", "S1", 2, 2),
        ("C", "b3", "S1", 0, 0),
    ]
    assert rates.overall_win_rate.tolist()[:9] == [0, 1, 0, 0.5, 0, 0, 0.5, 0.5, 1]
    assert rates.iloc[9].isna()[["win_rate_mean", "win_rate_std", "overall_win_rate"]].all()
    models = stages.table("model_win_rates.csv")
    assert rows_of(
        models,
        "model_name_short",
        "win_rate_mean",
        "win_rate_std",
        "win_rate_count",
        "wins_sum",
        "comparisons_sum",
        "overall_win_rate",
    ) == [
        ("A", pytest.approx(1 / 3), pytest.approx(math.sqrt(1 / 3)), 3, 2, 6, pytest.approx(2 / 6)),
        (
            "B",
            pytest.approx(1 / 6),
            pytest.approx(math.sqrt(1 / 12)),
            3,
            1,
            6,
            pytest.approx(1 / 6),
        ),
        (
            "C",
            pytest.approx(2 / 3),
            pytest.approx(math.sqrt(1 / 12)),
            3,
            4,
            6,
            pytest.approx(4 / 6),
        ),
    ]


def test_win_rates_by_best_accuracy(stages):
    # b1: A 0.8, B 0.4, C 0.6. b2: A 0.5, B 0.5, C 0.7. b3: C alone.
    models = stages.table("model_win_rates_max.csv")
    assert rows_of(models, "model_name_short", "wins_sum", "comparisons_sum", "win_rate_count") == [
        ("A", 2, 4, 2),
        ("B", 0, 4, 2),
        ("C", 3, 4, 2),
    ]


def test_win_rates_by_distance(stages):
    # b1: A 0, B 0, C 0.35. b2: A 0, B 1; C has no cost there. b3: C alone.
    models = stages.table("model_win_rates_pareto.csv")
    assert rows_of(models, "model_name_short", "wins_sum", "comparisons_sum", "win_rate_count") == [
        ("A", 2, 3, 2),
        ("B", 1, 3, 2),
        ("C", 0, 2, 1),
    ]


def test_means(stages):
    # A cost: b1 (6 + 10) / 2 = 8, b2 4. B: b1 2.5, b2 8. C: b1 5.5, b3 2.
    assert rows_of(stages.table("model_mean_cost.csv"), "model_name_short", "mean_cost") == [
        ("A", 6.0),
        ("B", 5.25),
        ("C", 3.75),
    ]
    # A latency: b1 25, b2 7. B: b1 40, b2 5. C: b1 25, b2 9.
    latencies = stages.table("model_mean_latency.csv")
    assert rows_of(latencies, "model_name_short", "mean_of_mean_latency") == [
        ("A", 16.0),
        ("B", 22.5),
        ("C", 17.0),
    ]


def test_frontiers(stages):
    # b1: B's faster run of the two of 0.4 counts. b2: B (5 s, 0.5), A (7 s, 0.5), C (9 s, 0.7).
    latency = stages.table("convex_model_latency_accuracy.csv")
    assert rows_of(
        latency, "model_name_short", "benchmark_name", "mean_latency", "accuracy", "pareto_optimal"
    ) == [
        ("A", "b1", 40.0, 0.8, True),
        ("B", "b1", 30.0, 0.4, False),
        ("C", "b1", 30.0, 0.6, True),
        ("A", "b2", 7.0, 0.5, False),
        ("B", "b2", 5.0, 0.5, True),
        ("C", "b2", 9.0, 0.7, True),
    ]
    # Cost 6, 5.25, 3.75 and win rates 2/4, 0/4, 3/4: C is cheapest and best.
    costs = stages.table("cost_win_rate_max.csv")
    assert rows_of(
        costs, "model_name_short", "mean_cost", "overall_win_rate", "pareto_optimal"
    ) == [("A", 6.0, 0.5, False), ("B", 5.25, 0.0, False), ("C", 3.75, 0.75, True)]
    # Win rates by distance 2/3, 1/3, 0/2: all rise with the cost, but B lies below the line
    # from C to A: at 5.25 it is at 2/3 * 1.5 / 2.25 = 4/9.
    costs = stages.table("cost_win_rate_pareto.csv")
    assert rows_of(costs, "model_name_short", "pareto_optimal") == [
        ("A", True),
        ("B", False),
        ("C", True),
    ]
    # Latency 16, 22.5, 17 and win rates 2/4, 0/4, 3/4.
    latencies = stages.table("latency_win_rate_max.csv")
    assert rows_of(latencies, "mean_of_mean_latency", "pareto_optimal") == [
        (16.0, True),
        (22.5, False),
        (17.0, True),
    ]
    assert stages.table("latency_win_rate_pareto.csv").pareto_optimal.tolist() == [
        True,
        False,
        False,
    ]


def test_the_first_of_several_runs_stands_within_a_scaffold(project):
    project.write_runs(
        [("b", "S", "A", 0.1, 1, 1), ("b", "S", "A", 0.9, 1, 1), ("b", "S", "B", 0.5, 1, 1)]
    )
    project.run_well("cost_accuracy_curve.py")
    project.run_well("win_rates.py")
    assert project.table("model_win_rates.csv").wins_sum.tolist() == [0, 1]
    assert project.table("model_win_rates_max.csv").wins_sum.tolist() == [1, 0]


def test_tie_credit(project):
    project.configure("TIE_CREDIT = 0.5\n")
    accuracies = {"A": 0.5, "B": 0.5, "C": 0.5, "D": 0.2}
    project.write_runs([("b", "S", model, score, 1, 1) for model, score in accuracies.items()])
    project.run_well("cost_accuracy_curve.py")
    project.run_well("win_rates.py")
    # A, B and C beat D and tie with two others each.
    rates = project.table("model_win_rates_max.csv")
    assert rates.wins_sum.tolist() == [2, 2, 2, 0]
    assert rates.comparisons_sum.tolist() == [3, 3, 3, 3]


def test_a_dataset_without_any_cost(project):
    project.write_runs([("b", "S", "A", 0.5, None, None), ("b", "S", "B", 0.6, None, None)])
    for script in ("cost_accuracy_curve.py", "win_rates.py", "convex_hull.py"):
        project.run_well(script)
    assert project.table("pareto_distances.csv").empty
    assert project.table("model_win_rates_pareto.csv").empty
    assert project.table("cost_win_rate_max.csv").empty
    assert project.table("convex_model_latency_accuracy.csv").empty
    assert project.table("model_win_rates_max.csv").wins_sum.tolist() == [0, 1]


# Ranks against pairwise comparison


def naive_wins(scores, tie_credit):
    wins = [0] * len(scores)
    for i, j in itertools.permutations(range(len(scores)), 2):
        wins[i] += (scores[i] > scores[j]) + tie_credit * (scores[i] == scores[j])
    return wins


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])), min_size=1
    ),
    st.sampled_from([0, 0.5]),
)
def test_wins_by_rank_agree_with_pairwise_comparison(results, tie_credit):
    frame = pd.DataFrame(results, columns=["benchmark_name", "accuracy"])
    frame["model_name_short"] = [f"m{i}" for i in range(len(frame))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "TIE_CREDIT", tie_credit)
        counts = win_rates.count_wins(frame, ["benchmark_name"], frame.accuracy)
    for _, rows in frame.groupby("benchmark_name"):
        assert counts.wins[rows.index].tolist() == naive_wins(rows.accuracy.tolist(), tie_credit)
        assert (counts.comparisons[rows.index] == len(rows) - 1).all()


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


# Files between the stages that are missing or damaged


def test_a_missing_table_names_file_and_script(project):
    assert project.fail("win_rates.py") == (
        "data/cleaned_all_metrics.csv is missing: run generate_cleaned_dataset.py, which makes it."
    )
    project.write_runs(RUNS)
    assert project.fail("win_rates.py") == (
        "data/pareto_distances.csv is missing: run cost_accuracy_curve.py, which makes it."
    )
    project.run_well("cost_accuracy_curve.py")
    assert project.fail("visualizations.py") == (
        "data/benchmark_win_rates_max.csv is missing: run win_rates.py, which makes it."
    )


def test_a_missing_column_names_file_column_and_script(project):
    project.write_table("cleaned_all_metrics.csv", "agent_name,benchmark_name\n")
    assert project.fail("cost_accuracy_curve.py") == (
        "data/cleaned_all_metrics.csv has no column date but 'agent_name, benchmark_name': "
        "run generate_cleaned_dataset.py, which makes it."
    )


@pytest.mark.parametrize("bad", ["x", "nan", "inf", "1,5"])
def test_a_cell_that_is_no_number_names_line_and_column(stages, bad):
    path = stages.tables / "pareto_distances.csv"
    lines = path.read_text().splitlines()
    cells = lines[3].split(",")
    cells[-1] = f'"{bad}"'
    path.write_text("\n".join([*lines[:3], ",".join(cells), *lines[4:]]))
    assert stages.fail("win_rates.py") == (
        f"data/pareto_distances.csv, line 4, column pareto_distance holds {bad!r}, "
        "expected a number from 0 to 1e12: mend it or run cost_accuracy_curve.py, which makes it."
    )


def test_the_line_counts_line_breaks_in_cells(project):
    project.write_runs(RUNS[:3])
    frame = project.table("cleaned_all_metrics.csv")
    frame["agent_name"] = ["one\ntwo\nthree", "a", "b"]
    frame["accuracy"] = [0.1, "?", 0.3]
    frame.to_csv(project.tables / "cleaned_all_metrics.csv", index=False)
    assert "cleaned_all_metrics.csv, line 5, column accuracy holds '?'" in project.fail(
        "cost_accuracy_curve.py"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "data/cleaned_all_metrics.csv is empty: run generate_cleaned_dataset.py"),
        (b"a,b\n1,2,3\n1,2,3,4\n", "data/cleaned_all_metrics.csv is no readable CSV ("),
        (
            b"a,b\n1,2,3\n",
            "data/cleaned_all_metrics.csv is no readable CSV (rows longer than the header)",
        ),
        (b"a\n\xff\xff\n", "data/cleaned_all_metrics.csv is no readable CSV ("),
    ],
)
def test_a_file_that_is_no_csv(project, content, expected):
    (project.tables / "cleaned_all_metrics.csv").write_bytes(content)
    assert project.fail("win_rates.py").startswith(expected)


def test_a_model_called_none_or_na_keeps_its_name(project):
    project.write_runs([("b", "S", "NA", 0.5, 1, 1), ("b", "S", "None", 0.6, 2, 1)])
    project.run_well("cost_accuracy_curve.py")
    text = (project.tables / "pareto_distances.csv").read_text()
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == ["NA", "None"]

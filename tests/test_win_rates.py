"""Stage 4: win rates, ranks, intervals, and the separation of neighbours."""

import math
import random

import pandas as pd
import pytest
from small_runs import select_rows

import visualizations
from hal_analysis.metrics import bootstrap

TABLES = ["model_win_rates", "model_win_rates_max", "model_win_rates_pareto"]
DECIDED = ",wins_decided,losses_decided,undecided,untested"
STAGES = ["cost_accuracy_curve", "win_rates", "convex_hull"]

# A and B ran on b1 and b2; the benchmark "easy" has two runs of B only.
TWO_MODELS = [
    ("b1", "S", "A", 0.9, 4.0, 1.0),
    ("b1", "S", "B", 0.5, 2.0, 3.0),
    ("b2", "S", "A", 0.4, 8.0, 1.0),
    ("b2", "S", "B", 0.6, 6.0, 5.0),
    ("easy", "S", "B", 0.9, 100.0, 100.0),
    ("easy", "S", "B", 0.8, 100.0, 100.0),
]


def write_random_runs(project, n_models=6, n_benchmarks=7):
    """Write runs of models with rising accuracy, and of one that ran on a single benchmark."""
    rng = random.Random(0)
    rows = [
        (
            f"b{benchmark}",
            scaffold,
            f"m{model}",
            round(rng.random() / 2 + model / n_models / 2, 1),
            rng.random(),
            1.0,
        )
        for model in range(n_models)
        for benchmark in range(n_benchmarks)
        for scaffold in ("S", "T")
        if rng.random() < 0.8
    ]
    rows += [("b0", "S", "once", 0.3, 1.0, 1.0), ("alone", "S", "m0", 0.3, 1.0, 1.0)]
    project.write_runs(rows)


def test_win_rates_by_scaffold(small_project):
    # b1 S1: A 0.2, B 0.4, C 0.4. b1 S2: A 0.8, B 0.4, C 0.6. b2 S1: A 0.5, B 0.5, C 0.7.
    rates = small_project.table("benchmark_win_rates.csv")
    assert select_rows(
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
    models = small_project.table("model_win_rates.csv").set_index("model_name_short")
    expected = pd.DataFrame(
        {
            "win_rate_mean": [1 / 3, 1 / 6, 2 / 3],
            "win_rate_std": [math.sqrt(1 / 3), math.sqrt(1 / 12), math.sqrt(1 / 12)],
            "win_rate_count": [3, 3, 3],
            "wins_sum": [2, 1, 4],
            "comparisons_sum": [6, 6, 6],
            "overall_win_rate": [2 / 6, 1 / 6, 4 / 6],
        },
        index=pd.Index(["A", "B", "C"], name="model_name_short"),
    )
    pd.testing.assert_frame_equal(models[expected.columns], expected, check_dtype=False, rtol=1e-12)


def test_win_rates_by_best_accuracy(small_project):
    # b1: A 0.8, B 0.4, C 0.6. b2: A 0.5, B 0.5, C 0.7. b3: only C.
    models = small_project.table("model_win_rates_max.csv")
    assert select_rows(
        models, "model_name_short", "wins_sum", "comparisons_sum", "win_rate_count"
    ) == [
        ("A", 2, 4, 2),
        ("B", 0, 4, 2),
        ("C", 3, 4, 2),
    ]


def test_win_rates_by_distance(small_project):
    # b1: A 0, B 0, C 0.35. b2: A 0, B 1; C has no cost. b3: only C.
    models = small_project.table("model_win_rates_pareto.csv")
    assert select_rows(
        models, "model_name_short", "wins_sum", "comparisons_sum", "win_rate_count"
    ) == [
        ("A", 2, 3, 2),
        ("B", 1, 3, 2),
        ("C", 0, 2, 1),
    ]


def test_equal_distances_that_round_differently_tie(project):
    """Costs scale to 0, 1/3 and 1, accuracies to 1/4, 0, 1, 1/2 and 0; the frontier is AB.

    By hand, C and D are 2/5 from it; in floating-point numbers, D is at 0.39999999999999997.
    """
    points = {"A": (0.0, 0.15), "C": (0.2, 0.0), "B": (0.6, 0.6), "D": (0.6, 0.3), "E": (0.6, 0.0)}
    project.configure(ZERO_COST_IS_UNKNOWN=False)
    project.write_runs([("b", "S", m, score, cost, 1) for m, (cost, score) in points.items()])
    project.run("cost_accuracy_curve")
    project.run("win_rates")
    distances = project.table("pareto_distances.csv").set_index("model_name_short").pareto_distance
    assert distances[["C", "D"]].tolist() == pytest.approx([0.4, 0.4], abs=1e-15)
    rates = project.table("model_win_rates_pareto.csv").set_index("model_name_short")
    assert rates.ties_sum[["C", "D"]].tolist() == [1, 1]
    assert rates.wins_sum[["C", "D"]].tolist() == [1, 1]


def test_first_of_several_runs_counts_within_a_scaffold_as_published(project):
    project.configure(AVERAGE_REPEATS=False)
    project.write_runs(
        [("b", "S", "A", 0.1, 1, 1), ("b", "S", "A", 0.9, 1, 1), ("b", "S", "B", 0.5, 1, 1)]
    )
    project.run("cost_accuracy_curve")
    project.run("win_rates")
    assert project.table("model_win_rates.csv").wins_sum.tolist() == [0, 1]
    assert project.table("model_win_rates_max.csv").wins_sum.tolist() == [1, 0]


def test_columns_and_empty_cells(project):
    write_random_runs(project)
    project.run("cost_accuracy_curve")
    project.run("win_rates")
    for name in TABLES:
        text = (project.tables / f"{name}.csv").read_text()
        assert text.splitlines()[0] == (
            "model_name_short,win_rate_mean,win_rate_std,win_rate_count,wins_sum,comparisons_sum,"
            "overall_win_rate,win_rate_ci_low,win_rate_ci_high,rank,rank_low,rank_high,benchmarks,"
            "ties_sum" + ("" if name.endswith("pareto") else DECIDED)
        )
        rates = project.table(f"{name}.csv").set_index("model_name_short")
        assert rates.win_rate_ci_low.isna().tolist() == [False] * 6 + [True]
        assert rates.win_rate_ci_high.isna().tolist() == [False] * 6 + [True]
        assert rates.loc["once", "benchmarks"] == 1
        ranked = rates.drop(index="once")
        ordered = ranked.overall_win_rate.sort_values(ascending=False).tolist()
        assert ranked["rank"].tolist() == [1 + ordered.index(r) for r in ranked.overall_win_rate]
        assert (ranked.rank_low <= ranked["rank"]).all()
        assert (ranked["rank"] <= ranked.rank_high).all()
        assert rates.loc["once", ["rank", "rank_low", "rank_high"]].isna().all()
        # Ranks are written as whole numbers, also in a table with empty cells.
        cells = pd.read_csv(project.tables / f"{name}.csv", dtype=str)
        ranks = cells[["rank", "rank_low", "rank_high", "benchmarks"]]
        assert ranks[cells.model_name_short != "once"].map(str.isdecimal).all(axis=None)


def test_separation_of_neighbours(project):
    """A wins on all of eight benchmarks, B beats C and D on four; C and D always tie."""
    rows = []
    for benchmark in range(8):
        second, third = (0.6, 0.4) if benchmark < 4 else (0.4, 0.6)
        scores = {"A": 0.9, "B": second, "C": third, "D": third}
        rows += [(f"b{benchmark}", "S", model, score, 1, 1) for model, score in scores.items()]
    project.write_runs(rows)
    project.run("cost_accuracy_curve")
    project.run("win_rates")
    table = project.table("model_rank_separation.csv")
    assert table.columns.tolist() == [
        "compared_by",
        "rank",
        "model_name_short",
        "next_model",
        "overall_win_rate",
        "next_win_rate",
        "common_benchmarks",
        "difference",
        "difference_ci_low",
        "difference_ci_high",
        "separated",
    ]
    assert set(table.compared_by) == {"scaffold", "max", "pareto"}
    table = table[table.compared_by == "max"].reset_index(drop=True)
    # Wins of three: A 3 on each benchmark; B 2 on four of eight; C and D 1 on the other four.
    assert table.model_name_short.tolist() == ["A", "B", "C"]
    assert table.next_model.tolist() == ["B", "C", "D"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table.overall_win_rate.tolist() == pytest.approx([1, 8 / 24, 4 / 24])
    assert table.difference.tolist() == pytest.approx([16 / 24, 4 / 24, 0])
    # A and B differ by at least 1/3 on each benchmark; C and D do not differ.
    assert table.separated.tolist() == [True, False, False]
    assert table.difference_ci_low[0] >= 1 / 3
    # B and C differ by 2/3 on four benchmarks and by -1/3 on four. The limit is at 0.57 % of the
    # resamples: all eight benchmarks are of the second type in 1 of 256, seven in 8 of 256.
    assert 1 / 256 < bootstrap.expanded_percentiles(8)[0] < 9 / 256
    assert table.difference_ci_low[1] == pytest.approx(2 / 3 - 7 / 8)
    assert table.difference_ci_low[2] == table.difference_ci_high[2] == 0


@pytest.mark.slow
def test_number_of_threads_does_not_change_the_bytes(project, monkeypatch):
    project.configure(TIE_CREDIT=0.3)
    write_random_runs(project, n_models=60, n_benchmarks=20)
    project.run("cost_accuracy_curve")
    contents = set()
    for threads in ("1", "2", "7"):
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            monkeypatch.setenv(name, threads)
        process = project.run_script("win_rates.py")
        assert process.returncode == 0, process.stderr
        paths = sorted(project.tables.glob("model_*.csv"))
        contents.add(tuple(path.read_bytes() for path in paths))
    assert len(contents) == 1


def test_tie_credit(project):
    project.configure(TIE_CREDIT=0.5)
    accuracies = {"A": 0.5, "B": 0.5, "C": 0.5, "D": 0.2}
    project.write_runs([("b", "S", model, score, 1, 1) for model, score in accuracies.items()])
    project.run("cost_accuracy_curve")
    project.run("win_rates")
    # A, B and C beat D and tie with two others each.
    rates = project.table("model_win_rates_max.csv")
    assert rates.wins_sum.tolist() == [2, 2, 2, 0]
    assert rates.comparisons_sum.tolist() == [3, 3, 3, 3]


def test_tie_credit_changes_rates_intervals_and_ranks(project):
    """A and B tie on five benchmarks; each beats C on all."""
    benchmarks = [f"b{number}" for number in range(5)]
    rows = [(b, "S", m, 0.2 if m == "C" else 0.5, 1.0, 1.0) for b in benchmarks for m in "ABC"]
    project.write_runs(rows)
    project.configure(TIE_CREDIT=0.5)
    for stage in STAGES:
        project.run(stage)
    rates = project.table("model_win_rates_max.csv")
    assert rates.overall_win_rate.tolist() == [0.75, 0.75, 0]
    assert rates.win_rate_ci_low.tolist() == [0.75, 0.75, 0]
    assert rates.wins_sum.tolist() == [7.5, 7.5, 0]
    assert rates.ties_sum.tolist() == [5, 5, 0]
    assert rates["rank"].tolist() == [1, 1, 3]
    assert rates.rank_low.tolist() == [1, 1, 3]
    assert rates.rank_high.tolist() == [2, 2, 3]
    frontier = project.table("cost_win_rate_max.csv")
    assert frontier.win_rate_ci_high.tolist() == [0.75, 0.75, 0]


def test_common_benchmarks(project):
    project.write_runs(
        [*TWO_MODELS, ("b1", "S", "C", 0.1, 1.0, 1.0), ("easy", "S", "C", 0.1, 1.0, 1.0)]
    )
    output = project.run("run_pipeline", "--only", *STAGES, "--common-benchmarks")
    # Only b1 is common: A beats B and C, B beats C.
    rates = project.table("model_win_rates_max.csv")
    assert rates.overall_win_rate.tolist() == [1, 0.5, 0]
    assert rates.benchmarks.tolist() == [1, 1, 1]
    assert project.table("model_win_rates_pareto.csv").benchmarks.tolist() == [1, 1, 1]
    assert set(project.table("benchmark_win_rates.csv").benchmark_name) == {"b1"}
    assert project.table("model_mean_cost.csv").mean_cost.tolist() == [4, 2, 1]
    assert project.table("model_mean_latency.csv").mean_of_mean_latency.tolist() == [1, 3, 1]
    assert set(project.table("pareto_distances.csv").benchmark_name) == {"b1", "b2", "easy"}
    assert "win_rates: 3 models on 1 benchmark" in output


def test_tables_with_and_without_the_option_are_not_mixed(project):
    project.write_runs(
        [*TWO_MODELS, ("b1", "S", "C", 0.1, 1.0, 1.0), ("easy", "S", "C", 0.1, 1.0, 1.0)]
    )
    project.run("run_pipeline", "--only", *STAGES, "--common-benchmarks")
    project.configure(COMMON_BENCHMARKS_ONLY=False)
    assert project.fail("visualizations") == (
        "data/benchmark_win_rates.csv was made with COMMON_BENCHMARKS_ONLY = True, which is now "
        "False: run win_rates.py again."
    )
    project.run("win_rates")
    assert project.fail("visualizations") == (
        "data/model_mean_cost.csv was made with COMMON_BENCHMARKS_ONLY = True, which is now "
        "False: run convex_hull.py again."
    )
    project.run("convex_hull")
    assert project.table("model_mean_cost.csv").mean_cost.tolist() == [6, 36, 1]
    visualizations.check_tables()


def test_common_benchmarks_in_config(project):
    project.configure(COMMON_BENCHMARKS_ONLY=True)
    project.write_runs([*TWO_MODELS])
    project.run("cost_accuracy_curve")
    project.run("win_rates")
    assert set(project.table("benchmark_win_rates_max.csv").benchmark_name) == {"b1", "b2"}


@pytest.mark.parametrize("stage", ["win_rates", "convex_hull"])
def test_no_common_benchmark(project, stage):
    project.write_runs([*TWO_MODELS, ("easy", "S", "C", 0.1, 1.0, 1.0)])
    project.run("cost_accuracy_curve")
    assert project.fail(stage, "--common-benchmarks") == (
        "No benchmark was run with all 3 models (C ran on the fewest: 1 of 3): set "
        "COMMON_BENCHMARKS_ONLY = False or omit --common-benchmarks, or exclude models with "
        "EXCLUDED_MODELS in config.py."
    )

"""Ranks, rank ranges and pairs: what models that ran on few benchmarks change."""

import numpy as np
import pandas as pd
import pytest
from small_runs import select_rows

import visualizations
from hal_analysis import ranking
from hal_analysis.metrics import bootstrap

STAGES = ("cost_accuracy_curve", "win_rates", "convex_hull")
MODEL_TABLES = [
    "model_win_rates.csv",
    "model_win_rates_max.csv",
    "model_win_rates_pareto.csv",
    "model_rank_separation.csv",
    "model_pairs.csv",
]
EMPTY_BELOW_5 = ["win_rate_ci_low", "win_rate_ci_high", "rank", "rank_low", "rank_high"]


def rows_of(benchmark, **accuracies):
    """Return one run of each model; the higher the accuracy, the higher the cost."""
    return [(benchmark, "S", m, accuracy, 10 * accuracy, 1.0) for m, accuracy in accuracies.items()]


def x_y_z_w():
    """X beats all, but ran on b1 only; Y and Z ran on b1 to b5, as W, which is always the last."""
    rows = rows_of("b1", X=0.9, Y=0.6, Z=0.5, W=0.1)
    for number in range(2, 6):
        y, z = (0.6, 0.5) if number % 2 else (0.5, 0.6)
        rows += rows_of(f"b{number}", Y=y, Z=z, W=0.1)
    return rows


def run_stages(project, rows, **settings):
    project.configure(**settings)
    project.write_runs(rows)
    for stage in STAGES:
        project.run_quietly(stage)


def test_benchmarks_with_a_single_model_change_nothing(project):
    run_stages(project, x_y_z_w(), MIN_BENCHMARKS=1)
    before = {name: (project.tables / name).read_bytes() for name in MODEL_TABLES}
    alone = [row for number in range(30) for row in rows_of(f"alone{number}", W=0.5)]
    run_stages(project, x_y_z_w() + alone)
    for name in MODEL_TABLES:
        assert (project.tables / name).read_bytes() == before[name], name


def test_model_that_ran_on_one_benchmark_has_no_rank_and_gives_none(project):
    run_stages(project, x_y_z_w())
    models = project.table("model_win_rates_max.csv").set_index("model_name_short")
    assert models.loc["X", ["overall_win_rate", "benchmarks", "wins_sum"]].tolist() == [1, 1, 3]
    assert models.loc["X", EMPTY_BELOW_5].isna().all()
    ranks = models.loc[["Y", "Z", "W"], ["rank", "rank_low", "rank_high"]]
    assert ranks.to_numpy().tolist() == [[1, 1, 2], [2, 1, 2], [3, 3, 3]]
    without_x = [row for row in x_y_z_w() if row[2] != "X"]
    run_stages(project, without_x)
    alone = project.table("model_win_rates_max.csv").set_index("model_name_short")
    pd.testing.assert_frame_equal(alone.loc[ranks.index, ranks.columns], ranks, check_dtype=False)


def test_absent_model_does_not_count_in_the_ranks_of_a_resample():
    """In resamples without b1, X has no rank and W the third of three; in the others the fourth."""
    wins = [[3, 0, 0, 0, 0], [2, 1, 2, 1, 2], [1, 2, 1, 2, 1], [0, 0, 0, 0, 0]]
    comparisons = [[3, 0, 0, 0, 0], *[[3, 2, 2, 2, 2]] * 3]
    low, high = bootstrap.rank_ranges(np.array([wins, np.zeros((4, 5)), comparisons]), 0)
    assert (low[0], high[0]) == (1, 1)
    # b1 is missing in (4/5)^5, or 33 %, of the resamples.
    assert (low[3], high[3]) == (3, 4)


@pytest.mark.parametrize("n", [4, 5])
def test_interval_and_rank_need_five_benchmarks(project, n):
    run_stages(project, [row for b in range(n) for row in rows_of(f"b{b}", A=0.5, B=0.4)])
    models = project.table("model_win_rates_max.csv")
    assert select_rows(models, "overall_win_rate", "benchmarks") == [(1, n), (0, n)]
    assert models[EMPTY_BELOW_5].isna().to_numpy().tolist() == [[n < 5] * 5] * 2
    pairs = project.table("model_pairs.csv").query("compared_by == 'max'")
    assert pairs.separated.tolist() == ([False] if n == 5 else [pytest.approx(np.nan, nan_ok=True)])
    assert pairs.p.isna().tolist() == [n < 5]


def test_benchmarks_without_a_competitor_do_not_count(project):
    """A ran on six benchmarks, but has competitors on four."""
    rows = [row for b in range(4) for row in rows_of(f"b{b}", A=0.5, B=0.4)]
    run_stages(project, rows + rows_of("alone1", A=0.5) + rows_of("alone2", A=0.5))
    models = project.table("model_win_rates_max.csv")
    assert models.benchmarks.tolist() == [4, 4]
    assert models["rank"].isna().all()


def test_minimum_of_benchmarks_is_a_setting(project):
    rows = [row for b in range(3) for row in rows_of(f"b{b}", A=0.5, B=0.4)]
    run_stages(project, rows, MIN_BENCHMARKS=3)
    assert project.table("model_win_rates_max.csv")["rank"].tolist() == [1, 2]
    run_stages(project, rows, MIN_BENCHMARKS=4)
    assert project.table("model_win_rates_max.csv")["rank"].isna().all()


def test_screen_lists_models_with_few_benchmarks_apart(project):
    project.write_runs(x_y_z_w())
    output = project.run("run_pipeline", "--only", "check_data", *STAGES)
    lines = output[output.index("Ranking by best accuracy") :].splitlines()
    first_words = [line.split()[:2] for line in lines if line]
    position = first_words.index(["Not", "ranked:"])
    assert first_words[2:5] == [["1", "Y"], ["2", "Z"], ["3", "W"]]
    assert first_words[position + 2] == ["–", "X"]
    line = next(line for line in lines if line.startswith("Not ranked"))
    assert "fewer than 5 benchmarks" in line


def test_screen_says_that_no_model_is_ranked(project):
    """A wins more often over all, but B on the four benchmarks of both; neither has a rank."""
    rows = [row for b in range(4) for row in rows_of(f"b{b}", A=0.5, B=0.6, C=0.4)]
    rows += [row for b in range(4) for row in rows_of(f"with A {b}", A=0.9, C=0.1, D=0.2)]
    rows += [row for b in range(4) for row in rows_of(f"with B {b}", B=0.1, C=0.3, D=0.2)]
    run_stages(project, rows, MIN_BENCHMARKS=20)
    lines = ranking.format_ranking()
    assert lines[1] == "no model has enough benchmarks to be ranked (MIN_BENCHMARKS = 20)"
    assert [line for line in lines if "ranks above" in line] == []


def test_figure_says_that_there_are_too_few_benchmarks(project):
    run_stages(project, [row for b in range(3) for row in rows_of(f"b{b}", A=0.5, B=0.4)])
    figure = visualizations.FIGURES["model_win_rates_max.png"]()
    texts = " ".join(text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text")))
    assert "Too few benchmarks to tell models apart." in texts
    assert "differ" not in texts


def test_pairs_of_all_rankings_have_the_columns_of_the_issue(project):
    run_stages(project, x_y_z_w())
    pairs = project.table("model_pairs.csv")
    assert pairs.columns.tolist() == [
        *("compared_by", "model_name_short", "other_model_name_short", "common_benchmarks"),
        *("difference", "difference_ci_low", "difference_ci_high", "p", "p_holm", "separated"),
    ]
    assert pairs.groupby("compared_by").size().to_dict() == {"max": 6, "pareto": 6, "scaffold": 6}
    tested = pairs[pairs.common_benchmarks >= 5]
    assert len(tested) == 9
    assert tested[["p", "p_holm", "separated"]].notna().all(axis=None)
    assert pairs[pairs.common_benchmarks < 5][["p", "p_holm", "separated"]].isna().all(axis=None)


def test_order_that_turns_over_on_common_benchmarks_is_named(project):
    """A wins more often over all, but B wins more often on the five benchmarks that both ran on."""
    rows = [row for b in range(5) for row in rows_of(f"b{b}", A=0.5, B=0.6, C=0.4)]
    rows += [row for b in range(5) for row in rows_of(f"with A {b}", A=0.9, C=0.1, D=0.2)]
    rows += [row for b in range(5) for row in rows_of(f"with B {b}", B=0.1, C=0.3, D=0.2)]
    project.write_runs(rows)
    output = project.run("run_pipeline", "--only", *STAGES)
    # A has 15 wins of 20 and B 10 of 20; on b0 to b4, A has 5 of 10 and B 10 of 10.
    assert (
        "A ranks above B, but its win rate is 0.50 lower on the 5 benchmarks that both ran on."
        in output
    )


def test_order_that_turns_over_in_the_sample(sample_project):
    assert (
        "o3-2025-04-16 ranks above claude-3-7-sonnet-2025-02-19 high, but its win rate is 0.02 "
        "lower on the 8 benchmarks that both ran on."
    ) in sample_project.output


# --common-benchmarks.


def test_model_without_a_cost_on_a_shared_benchmark_has_no_win_rate_by_distance(project):
    rows = [*rows_of("b1", A=0.5, B=0.6, C=0.4), *rows_of("b2", A=0.5, B=0.6)]
    run_stages(project, [*rows, ("b2", "S", "C", 0.9, None, 1.0)], COMMON_BENCHMARKS_ONLY=True)
    rates = project.table("model_win_rates_pareto.csv")
    assert select_rows(rates, "model_name_short", "comparisons_sum") == [("A", 2), ("B", 2)]
    assert project.table("model_win_rates_max.csv").comparisons_sum.tolist() == [4, 4, 4]
    assert project.table("cost_win_rate_pareto.csv").model_name_short.tolist() == ["A", "B"]
    visualizations.check_tables()
    project.configure(COMMON_BENCHMARKS_ONLY=False)
    project.run("win_rates")
    assert project.table("model_win_rates_pareto.csv").model_name_short.tolist() == ["A", "B", "C"]


def test_shared_benchmark_without_any_cost_is_left_out(project):
    unpriced = [("b2", "S", model, 0.5, None, 1.0) for model in "AB"]
    run_stages(project, [*rows_of("b1", A=0.5, B=0.6), *unpriced], COMMON_BENCHMARKS_ONLY=True)
    rates = project.table("model_win_rates_pareto.csv")
    assert select_rows(rates, "model_name_short", "comparisons_sum") == [("A", 1), ("B", 1)]
    visualizations.check_tables()

"""A cost of exactly 0 means that HAL had no price for the model."""

import pytest
from matplotlib.collections import PathCollection
from small_runs import select_rows

import visualizations

STAGES = ("cost_accuracy_curve", "win_rates", "convex_hull")
# F is not priced. Read as free, F dominates A: costs scale to F 0, A 1/11, B 2/11, C 1, accuracies
# to F 1/5, A 0, B 2/5, C 1, and the frontier is FBC. Without F, the frontier is ABC.
RUNS = [
    ("b", "S", "A", 0.4, 10.0, 1.0),
    ("b", "S", "B", 0.6, 20.0, 1.0),
    ("b", "S", "C", 0.9, 110.0, 1.0),
    ("b", "S", "F", 0.5, 0.0, 1.0),
]
GEMINI = "gemini-2.0-flash"


def run_stages(project, **settings):
    project.configure(**settings)
    for stage in STAGES:
        project.run_quietly(stage)


def test_free_run_is_left_out_of_frontier_distances_and_means(project):
    project.write_runs(RUNS)
    run_stages(project)
    distances = project.table("pareto_distances.csv")
    assert select_rows(distances, "model_name_short", "pareto_distance", "pareto_optimal") == [
        ("A", 0, True),
        ("B", 0, True),
        ("C", 0, True),
    ]
    rates = project.table("model_win_rates_pareto.csv")
    assert rates.model_name_short.tolist() == ["A", "B", "C"]
    assert rates.overall_win_rate.tolist() == [0, 0, 0]
    assert project.table("model_mean_cost.csv").model_name_short.tolist() == ["A", "B", "C"]
    # Accuracies are compared all the same.
    assert project.table("model_win_rates_max.csv").wins_sum.tolist() == [0, 2, 3, 1]


def test_free_run_counts_as_published_if_asked(project):
    project.write_runs(RUNS)
    run_stages(project, ZERO_COST_IS_UNKNOWN=False)
    distances = project.table("pareto_distances.csv")
    on_frontier = distances[distances.pareto_distance == 0].model_name_short.tolist()
    assert on_frontier == ["B", "C", "F"]
    rates = project.table("model_win_rates_pareto.csv")
    assert rates.overall_win_rate.tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])
    assert project.table("model_mean_cost.csv").mean_cost.tolist() == [10, 20, 110, 0]


def test_priced_run_of_another_scaffold_takes_the_place_of_a_free_run(project):
    project.write_runs([*RUNS, ("b", "T", "F", 0.3, 5.0, 1.0)])
    run_stages(project)
    distances = project.table("pareto_distances.csv").set_index("model_name_short")
    columns = ["agent_name_short", "total_cost", "accuracy"]
    assert distances.loc["F", columns].tolist() == ["T", 5, 0.3]
    best = project.table("benchmark_win_rates_max.csv").set_index("model_name_short")
    assert best.loc["F", "agent_name_short"] == "S"
    assert project.table("model_mean_cost.csv").mean_cost.tolist()[-1] == 5


def test_free_repeat_does_not_count_in_the_mean_cost_of_its_configuration(project):
    project.write_runs([*RUNS[:3], *[("b", "S", "F", 0.5, cost, 1.0) for cost in (0.0, 4.0, 8.0)]])
    run_stages(project)
    distances = project.table("pareto_distances.csv").set_index("model_name_short")
    assert distances.loc["F", ["total_cost", "runs"]].tolist() == [6, 3]


def test_figures_place_no_run_at_0(project):
    project.write_runs(RUNS)
    run_stages(project)
    heatmap = visualizations.FIGURES["heatmaps/task_specific_total_cost_heatmap.png"]().axes[0]
    cells = [text.get_text() for text in heatmap.texts if text.get_position()[0] == 0.5]
    assert sorted(cells[:-1]) == ["10.0", "110", "20.0", "n/a"]
    panel = visualizations.FIGURES["convex_model_cost_accuracy.png"]().axes[0]
    points = [c for c in panel.collections if isinstance(c, PathCollection)]
    costs = sorted(x for each in points for x in each.get_offsets()[:, 0])
    assert costs == pytest.approx([10, 20, 110])


def test_check_names_free_runs(project):
    project.write_runs(RUNS)
    output = project.run("check_data")
    assert "  Suspicious: Cost 0, probably not priced: 1\n    b | S | F | run3\n" in output


def test_run_without_price_in_the_sample(sample_project):
    runs = sample_project.table("cleaned_all_metrics.csv")
    free = runs[runs.total_cost == 0]
    assert select_rows(free, "benchmark_name", "agent_name_short", "model_name_short") == [
        ("assistantbench", "Assistantbench Browser Agent", GEMINI)
    ]
    distances = sample_project.table("pareto_distances.csv")
    assert (distances.total_cost > 0).all()
    # As published, with the 0 as a cost, the mean is 7.569227.
    costs = sample_project.table("model_mean_cost.csv").set_index("model_name_short").mean_cost
    assert costs[GEMINI] == pytest.approx(7.647268255555556, abs=1e-9)

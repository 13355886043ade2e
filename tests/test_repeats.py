"""Repeats: several runs of one benchmark, scaffold and model count with their mean."""

import random

import pytest
from small_runs import select_rows
from trace_files import changed, write_trace

STAGES = ("cost_accuracy_curve", "win_rates", "convex_hull")
# A has three repeats with S, of which the first is broken: 0.4, 6 USD and 20 s on average.
RUNS = [
    ("b", "S", "A", 0.0, 0.1, 0.2),
    ("b", "S", "A", 0.3, 7.9, 29.8),
    ("b", "S", "A", 0.9, 10.0, 30.0),
    ("b", "S", "B", 0.5, 5.0, 10.0),
    ("b", "T", "A", 0.35, 1.0, 5.0),
    ("b", "T", "B", 0.2, 1.0, 5.0),
]
SONNET = "claude-3-7-sonnet-2025-02-19"


def run_stages(project):
    for stage in STAGES:
        project.run_quietly(stage)


def test_mean_of_repeats_counts_everywhere(project):
    project.write_runs(RUNS)
    run_stages(project)
    by_scaffold = project.table("benchmark_win_rates.csv")
    assert select_rows(by_scaffold, "model_name_short", "agent_name_short", "wins_sum") == [
        ("A", "S", 0),
        ("A", "T", 1),
        ("B", "S", 1),
        ("B", "T", 0),
    ]
    best = project.table("benchmark_win_rates_max.csv")
    assert select_rows(best, "model_name_short", "wins_sum", "agent_name_short", "runs") == [
        ("A", 0, "S", 3),
        ("B", 1, "S", 1),
    ]
    columns = ["model_name_short", "agent_name_short", "accuracy", "runs"]
    distances = project.table("pareto_distances.csv")
    assert select_rows(distances, *columns, "total_cost") == [
        ("A", "S", 0.4, 3, 6.0),
        ("B", "S", 0.5, 1, 5.0),
    ]
    latency = project.table("convex_model_latency_accuracy.csv")
    assert select_rows(latency, *columns, "mean_latency") == [
        ("A", "S", 0.4, 3, 20.0),
        ("B", "S", 0.5, 1, 10.0),
    ]
    for table in (distances, latency, best):
        columns = table.columns.drop("pareto_efficient", errors="ignore").tolist()
        assert columns[-2:] == ["agent_name_short", "runs"]


def test_equal_accuracies_tie_whether_they_are_averaged_or_not(project):
    """A has two runs with 1/3, B one; C has a cheap and an expensive scaffold with 1/3.

    D has two runs with 2/3, E one. Each of D and E beats three of four models.
    """
    third = 15 / 45
    runs = []
    for benchmark in ("b1", "b2", "b3", "b4", "b5", "b6"):
        runs += [
            *[(benchmark, "S", "A", third, cost, 1) for cost in (1.0, 1.5)],
            (benchmark, "S", "B", third, 1.0, 1),
            *[(benchmark, "S", "C", third, cost, 1) for cost in (1.0, 1.2)],
            (benchmark, "T", "C", third, 50.0, 1),
            *[(benchmark, "S", "D", 2 * third, cost, 1) for cost in (2.0, 2.5)],
            (benchmark, "S", "E", 2 * third, 2.0, 1),
        ]
    project.write_runs(runs)
    run_stages(project)
    rates = project.table("model_win_rates_max.csv").set_index("model_name_short")
    assert rates.overall_win_rate.sort_index().tolist() == [0, 0, 0, 0.75, 0.75]
    assert rates.wins_sum[["D", "E"]].tolist() == [18, 18]
    distances = project.table("pareto_distances.csv")
    best = distances[distances.model_name_short == "C"]
    assert set(best.agent_name_short) == {"S"}
    assert set(best.total_cost) == {1.1}


def test_single_runs_count_as_published_if_asked(project):
    project.configure(AVERAGE_REPEATS=False)
    project.write_runs(RUNS)
    run_stages(project)
    # By scaffold, the first run of A, with 0; otherwise the best one, with 0.9.
    assert project.table("model_win_rates.csv").wins_sum.tolist() == [1, 1]
    assert project.table("model_win_rates_max.csv").wins_sum.tolist() == [1, 0]
    distances = project.table("pareto_distances.csv")
    assert select_rows(distances, "model_name_short", "accuracy", "total_cost", "runs") == [
        ("A", 0.9, 10.0, 1),
        ("B", 0.5, 5.0, 1),
    ]


def test_mean_costs_and_latencies_of_models_are_means_over_all_runs(project):
    project.write_runs(RUNS)
    run_stages(project)
    # A: (0.1 + 7.9 + 10 + 1) / 4 and (0.2 + 29.8 + 30 + 5) / 4; B: (5 + 1) / 2 and (10 + 5) / 2.
    assert project.table("model_mean_cost.csv").mean_cost.tolist() == pytest.approx([4.75, 3])
    latencies = project.table("model_mean_latency.csv").mean_of_mean_latency
    assert latencies.tolist() == pytest.approx([16.25, 7.5])


def test_values_that_are_not_stated_are_left_out_of_the_mean_of_repeats(project):
    costs = [None, 2.0, 4.0]
    project.write_runs([("b", "S", "A", 0.5, cost, cost) for cost in costs])
    run_stages(project)
    assert project.table("pareto_distances.csv").total_cost.tolist() == [3]
    assert project.table("convex_model_latency_accuracy.csv").mean_latency.tolist() == [3]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0)])
def test_means_that_are_equal_but_round_differently_tie(project, order):
    """In floating-point numbers, the mean of 0.1, 0.2 and 0.3 is larger than 0.2."""
    runs = [("b", "S", "A", x, x, x) for x in (0.1, 0.2, 0.3)] + [("b", "S", "B", 0.2, 0.2, 0.2)]
    project.write_runs([runs[position] for position in order])
    run_stages(project)
    rates = project.table("model_win_rates_max.csv")
    assert select_rows(rates, "wins_sum", "ties_sum") == [(0, 1), (0, 1)]
    assert project.table("pareto_distances.csv").pareto_optimal.tolist() == [True, True]
    assert project.table("convex_model_latency_accuracy.csv").pareto_optimal.tolist() == [True] * 2


def random_traces(n_models=4):
    """Return traces with repeats, equal accuracies, and costs of 0 or none."""
    rng = random.Random(0)
    traces = []
    for benchmark in ("b1", "b2", "b3"):
        for scaffold in ("S", "T"):
            for model in range(n_models):
                for repeat in range(rng.choice([1, 2, 3])):
                    traces.append(
                        changed(
                            config__benchmark_name=benchmark,
                            config__agent_name=scaffold,
                            config__agent_args={"model_name": f"m{model}"},
                            config__run_id=f"{benchmark} {scaffold} {model} {repeat}",
                            results__accuracy=rng.choice([0.1, 0.2, 0.3, 0.7]),
                            results__total_cost=rng.choice([0, 0.1, 0.2, 0.3, None]),
                            results__latencies={"1": rng.choice([0.1, 0.2, 0.7])},
                        )
                    )
    return traces


@pytest.mark.parametrize("tie_credit", [0, 0.5])
def test_names_and_order_of_files_change_no_byte_of_a_result(project, tie_credit):
    project.configure(TIE_CREDIT=tie_credit, MIN_BENCHMARKS=1)
    traces = random_traces()
    contents = set()
    for seed in range(3):
        order = list(range(len(traces)))
        random.Random(seed).shuffle(order)
        for path in project.traces.iterdir():
            path.unlink()
        for name, position in enumerate(order):
            write_trace(project.traces, f"{name:03}.json", traces[position])
        project.run("run_pipeline", "--only", "generate_cleaned_dataset", *STAGES)
        names = sorted(path.name for path in project.tables.glob("*.csv"))
        names.remove("cleaned_all_metrics.csv")  # has one row for each file, in their order
        assert len(names) > 12
        contents.add(tuple((project.tables / name).read_bytes() for name in names))
    assert len(contents) == 1


def test_broken_run_of_the_sample_no_longer_counts_as_the_first(sample_project):
    runs = sample_project.table("cleaned_all_metrics.csv")
    repeats = runs[
        (runs.benchmark_name == "corebench_hard")
        & (runs.agent_name_short == "HAL Generalist Agent")
        & (runs.model_name_short == SONNET)
    ]
    assert repeats.accuracy.tolist() == pytest.approx([0, 4 / 45, 10 / 45])
    assert repeats.total_cost.tolist()[0] == pytest.approx(0.16, abs=5e-3)
    # The mean, 14/135, beats DeepSeek-R1 and Gemini (3/45) and DeepSeek-V3 (4/45); 0 beats none.
    rates = sample_project.table("benchmark_win_rates.csv")
    rates = rates[rates.benchmark_name == "corebench_hard"]
    rates = rates[rates.agent_name_short == "HAL Generalist Agent"].set_index("model_name_short")
    assert rates.wins_sum[SONNET] == 3
    assert rates.wins_sum[["deepseek-ai/DeepSeek-R1", "gemini-2.0-flash"]].tolist() == [0, 0]
    assert rates.wins_sum["deepseek-ai/DeepSeek-V3"] == 2

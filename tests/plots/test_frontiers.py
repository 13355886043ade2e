"""Frontiers of cost or latency and a score."""

import numpy as np
import pandas as pd
import pytest
from figure_checks import sample_figure, visible_strings
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import visualizations
from hal_analysis.plots import style
from hal_analysis.plots.frontiers import Axis, draw_frontiers
from hal_analysis.plots.providers import PROVIDER_COLORS

Point = tuple[str, float, float, bool, bool]


def draw_points(points: list[Point], benchmarks: list[str] | None = None) -> Figure:
    """Draw points of name, cost, accuracy, and whether they are on the frontier or efficient."""
    columns = ["model_name_short", "total_cost", "accuracy", "pareto_optimal", "pareto_efficient"]
    models = pd.DataFrame(points, columns=columns).assign(low=np.nan, high=np.nan)
    if benchmarks:
        models["benchmark_name"] = benchmarks
    return draw_frontiers(
        models,
        Axis("total_cost", "Cost"),
        Axis("accuracy", "Accuracy"),
        models.model_name_short.unique().tolist(),
        panels=sorted(set(benchmarks or ())),
        title="Title",
    )


def test_frontier_is_straight_in_cost_and_extended_to_the_right():
    points = [("A", 0.1, 0.1), ("B", 10, 0.5), ("C", 90.1, 0.7)]
    figure = draw_points([*((*p, True, True) for p in points), ("D", 50, 0.3, False, False)])
    panel = figure.axes[0]
    assert panel.get_xscale() == "log"
    costs, accuracies = panel.lines[0].get_data()
    assert len(costs) > 50
    for cost, accuracy in zip(costs[:-1], accuracies[:-1], strict=True):
        straight = 0.1 + 0.4 * (cost - 0.1) / 9.9 if cost <= 10 else 0.5 + 0.2 * (cost - 10) / 80.1
        assert accuracy == pytest.approx(straight)
    assert (costs[-1], accuracies[-1]) == (panel.get_xlim()[1], 0.7)
    assert [tick.get_text() for tick in panel.get_xticklabels()] == ["0.1", "1", "10", "100"]


@pytest.mark.parametrize(
    ("costs", "scale"), [((1, 9.9), "linear"), ((1, 10), "log"), ((0, 1000), "linear")]
)
def test_scale_of_the_cost_axis(costs, scale):
    points = [(f"m{cost}", cost, 0.1 + cost / 5000, True, True) for cost in costs]
    assert draw_points(points).axes[0].get_xscale() == scale


def test_all_panels_have_the_same_cost_axis():
    points = [("A", 1, 0.5, True, True), ("A", 50, 0.5, True, True), ("A", 900, 0.5, True, True)]
    panels = draw_points(points, ["x", "y", "z"]).axes
    assert {panel.get_xscale() for panel in panels} == {"log"}
    assert len({panel.get_xlim() for panel in panels}) == 1
    assert [panel.get_title("left") for panel in panels] == ["x", "y", "z"]


def test_points_that_hide_each_other_have_one_label():
    """E and F nearly coincide, G is hidden by A, and five models coincide at a cost of 30."""
    points = [
        ("A", 10, 0.2, True, True),
        ("B", 90, 0.9, True, True),
        ("C", 90, 0.9, True, True),
        ("E", 60, 0.3, False, False),
        ("F", 60.1, 0.3, False, False),
        ("G", 10.1, 0.2, False, False),
        *[(f"H{n}", 30, 0.1, False, False) for n in range(5)],
        ("D", 80, 0.15, False, False),
    ]
    texts = {text.get_text(): text for text in draw_points(points).axes[0].texts}
    assert set(texts) == {"A", "B,\nC", "E,\nF", "D"}
    assert texts["B,\nC"].get_fontweight() == "bold"


def test_axis_is_extended_only_if_names_on_the_frontier_need_room():
    """In the second figure, the frontier has 14 points with long names close to each other."""
    frontier = [(f"m{n}", 10 + 8 * n, 0.1 + 0.08 * n, True, True) for n in range(10)]
    below = [(f"low{n}", 20 + 6 * n, 0.05, False, False) for n in range(12)]
    axes = draw_points([*frontier, *below]).axes[0]
    assert axes.get_ylim()[1] == pytest.approx(0.82 + 0.1 * (0.82 - 0.05))
    crowded = [(f"a long name {n}", 50 + n / 2, 0.5 + n / 1000, True, True) for n in range(14)]
    axes = draw_points([*frontier[:1], *crowded, *below]).axes[0]
    assert axes.get_ylim()[1] > 0.6 + 0.4 * (0.6 - 0.05)


def test_three_classes_of_points():
    figure = draw_points(
        [
            ("claude-x", 1, 0.2, True, True),
            ("gpt-y", 3, 0.3, False, True),  # below the line from 0.2 to 0.9
            ("gemini-z", 4, 0.1, False, False),
            ("grok-w", 5, 0.9, True, True),
        ]
    )
    (points,) = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    drawn = {
        float(x): (to_hex(face).upper(), to_hex(edge), size)
        for (x, _), face, edge, size in zip(
            points.get_offsets(),
            points.get_facecolor(),
            points.get_edgecolor(),
            points.get_sizes(),
            strict=True,
        )
    }
    assert drawn[1][:2] == (PROVIDER_COLORS["Anthropic"], style.INK)
    assert drawn[5][:2] == (PROVIDER_COLORS["xAI"], style.INK)
    assert drawn[3][:2] == ("#FFFFFF", PROVIDER_COLORS["OpenAI"].lower())
    assert drawn[4][:2] == (PROVIDER_COLORS["Google"], style.INK)
    assert drawn[1][2] == drawn[5][2] > drawn[3][2] > drawn[4][2]
    labels = [text.get_text() for text in figure.legends[0].texts if text.get_text().strip()]
    assert sorted(labels) == sorted(
        [
            *("On the convex frontier", "Not dominated, below the hull", "Dominated"),
            *("OpenAI", "Anthropic", "Google", "xAI"),
        ]
    )
    bold = {text.get_text() for text in figure.axes[0].texts if text.get_fontweight() == "bold"}
    assert bold == {"claude-x", "grok-w"}


@pytest.mark.parametrize("name", ["cost_win_rate_max", "latency_win_rate_pareto"])
def test_intervals_are_those_of_the_table(sample_project, name):
    models = sample_project.table(f"{name}.csv")
    limits = models[[models.columns[1], "win_rate_ci_low", "win_rate_ci_high"]].to_numpy()
    figure = sample_figure(sample_project, f"{name}.png")
    (intervals,) = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    drawn = [(x, low, high) for (x, low), (_, high) in intervals.get_segments()]
    assert sorted(drawn) == sorted(map(tuple, limits.tolist()))
    assert "95% interval" in visible_strings(figure)


def test_intervals_of_accuracies_are_those_of_the_runs_with_task_results(sample_project):
    figure = sample_figure(sample_project, "convex_model_cost_accuracy.png")
    runs = sample_project.table("cleaned_all_metrics.csv")
    points = sample_project.table("pareto_distances.csv")
    key = ["benchmark_name", "agent_name_short", "model_name_short"]
    single = runs.drop_duplicates(key, keep=False).dropna(subset="accuracy_ci_low")
    expected = points.merge(single[[*key, "accuracy_ci_low", "accuracy_ci_high"]], on=key)
    assert 30 < len(expected) < len(points)
    n_drawn = 0
    for panel in figure.axes:
        rows = expected[expected.benchmark_name == panel.get_title("left")]
        (lines,) = [c for c in panel.collections if isinstance(c, LineCollection)]
        drawn = sorted((x, low, high) for (x, low), (_, high) in lines.get_segments())
        columns = ["total_cost", "accuracy_ci_low", "accuracy_ci_high"]
        assert drawn == sorted(map(tuple, rows[columns].to_numpy().tolist()))
        n_drawn += len(drawn)
    assert n_drawn == len(expected)


def test_models_with_few_benchmarks_are_pale_with_their_number(project):
    runs = [(f"b{n}", "S", model, 0.1 * n, 1, 1) for n in range(6) for model in ("gpt-a", "gpt-b")]
    project.write_runs([*runs, ("b0", "S", "gpt-c", 0.9, 2, 2)])
    for stage in ("cost_accuracy_curve", "win_rates", "convex_hull"):
        project.run(stage)
    figure = visualizations.FIGURES["cost_win_rate_max.png"]()
    assert "gpt-c (n = 1)" in visible_strings(figure)
    assert "Fewer than 5 benchmarks (n)" in visible_strings(figure)
    (points,) = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    # gpt-c wins its two comparisons, so that it is on the frontier.
    few = points.get_offsets().tolist().index([2, 1])
    faces = [to_hex(face) for face in points.get_facecolor()]
    assert faces.count(faces[few]) == 1
    # 35% of #009e73 and 65% of white
    assert faces[few] == "#a6ddce"
    assert to_hex(points.get_edgecolor()[few]) == style.INK


def test_classes_of_models_with_few_benchmarks():
    columns = ["model_name_short", "total_cost", "accuracy", "pareto_optimal", "pareto_efficient"]
    points = [
        ("gpt-a", 1, 0.2, True, True),
        ("gpt-b", 3, 0.3, False, True),  # below the line from 0.2 to 0.9
        ("gpt-c", 4, 0.1, False, False),
        ("gpt-d", 5, 0.9, True, True),
    ]
    models = pd.DataFrame(points, columns=columns).assign(low=np.nan, high=np.nan, benchmarks=2)
    axes = Axis("total_cost", "Cost"), Axis("accuracy", "Accuracy")
    figure = draw_frontiers(models, *axes, ["gpt-d", "gpt-a", "gpt-b", "gpt-c"], title="Title")
    (drawn,) = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    places = [x for x, _ in drawn.get_offsets().tolist()]
    colors = zip(drawn.get_facecolor(), drawn.get_edgecolor(), strict=True)
    styles = {x: tuple(map(to_hex, pair)) for x, pair in zip(places, colors, strict=True)}
    green, pale = PROVIDER_COLORS["OpenAI"].lower(), "#a6ddce"
    assert styles == {
        1: (pale, style.INK),
        3: (style.FEW_COLOR, green),
        4: (pale, style.INK),
        5: (pale, style.INK),
    }

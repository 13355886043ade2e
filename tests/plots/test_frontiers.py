"""Frontiers of cost or latency and a score."""

import pandas as pd
import pytest
from figure_checks import sample_figure, visible_strings
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from hal_analysis.plots.frontiers import draw_frontiers


def draw_points(points: list[tuple[str, float, float, bool]]) -> Figure:
    columns = ["model_name_short", "total_cost", "accuracy", "pareto_optimal"]
    models = pd.DataFrame(points, columns=columns)
    return draw_frontiers(models, "total_cost", "accuracy", xlabel="", ylabel="", title="")


def test_frontier_is_straight_in_cost_on_a_logarithmic_axis():
    points = [("A", 0.1, 0.1, True), ("B", 10, 0.5, True), ("C", 90.1, 0.7, True)]
    panel = draw_points([*points, ("D", 50, 0.3, False)]).axes[0]
    assert panel.get_xscale() == "log"
    costs, accuracies = panel.lines[0].get_data()
    assert len(costs) > 50
    for cost, accuracy in zip(costs, accuracies, strict=True):
        straight = 0.1 + 0.4 * (cost - 0.1) / 9.9 if cost <= 10 else 0.5 + 0.2 * (cost - 10) / 80.1
        assert accuracy == pytest.approx(straight)
    assert [tick.get_text() for tick in panel.get_xticklabels()] == ["0.1", "1", "10", "100"]


@pytest.mark.parametrize(
    ("costs", "scale"), [((1, 100), "linear"), ((1, 101), "log"), ((0, 1000), "linear")]
)
def test_scale_of_the_cost_axis(costs, scale):
    figure = draw_points([(f"m{cost}", cost, 0.1 + cost / 5000, True) for cost in costs])
    assert figure.axes[0].get_xscale() == scale


@pytest.mark.parametrize("name", ["cost_win_rate_max", "latency_win_rate_pareto"])
def test_intervals_are_those_of_the_table(sample_project, name):
    models = sample_project.table(f"{name}.csv")
    limits = models[[models.columns[1], "win_rate_ci_low", "win_rate_ci_high"]].to_numpy()
    figure = sample_figure(sample_project, f"{name}.png")
    (intervals,) = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    drawn = [(x, low, high) for (x, low), (_, high) in intervals.get_segments()]
    assert sorted(drawn) == sorted(map(tuple, limits.tolist()))
    assert "95 % interval" in visible_strings(figure)

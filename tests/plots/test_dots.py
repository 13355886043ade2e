"""Dot plots of win rates."""

import numpy as np
import pandas as pd
import pytest
from figure_checks import sample_figure, visible_strings
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex

from hal_analysis.plots import style
from hal_analysis.plots.display_names import shorten_names
from hal_analysis.plots.dots import draw_win_rate_dots


def test_dots_are_sorted_and_show_their_numbers(sample_project):
    figure = sample_figure(sample_project, "model_win_rates_pareto.png")
    table = sample_project.table("model_win_rates_pareto.csv")
    table = table.sort_values("overall_win_rate", ascending=False, ignore_index=True)
    dots, columns = figure.axes
    (points,) = [c for c in dots.collections if isinstance(c, PathCollection)]
    rows = np.array(sorted(points.get_offsets().tolist(), key=lambda point: point[1]))
    assert rows[:, 0] == pytest.approx(table.overall_win_rate.to_numpy())
    labels = shorten_names(table.model_name_short)
    names = [label.get_text() for label in dots.get_yticklabels()]
    assert names == [labels[name] for name in table.model_name_short]
    texts = [text.get_text() for text in columns.texts]
    assert texts[:3] == ["Win rate", *(f"{rate:.2f}" for rate in table.overall_win_rate[:2])]
    ranks = texts[texts.index("Ranks") + 1 : texts.index("n")]
    assert ranks[:2] == ["1", f"{table.rank_low[1]:.0f}–{table.rank_high[1]:.0f}"]
    assert texts[texts.index("n") + 1 :] == [str(n) for n in table.benchmarks]
    intervals = [c for c in dots.collections if isinstance(c, LineCollection)]
    drawn = {(low, high) for c in intervals for (low, _), (high, _) in c.get_segments()}
    limits = table[["win_rate_ci_low", "win_rate_ci_high"]].to_numpy().tolist()
    assert set(map(tuple, limits)) <= drawn


def test_both_figures_have_the_same_scale(sample_project):
    limits = {
        sample_figure(sample_project, f"model_win_rates_{name}.png").axes[0].get_xlim()
        for name in ("max", "pareto")
    }
    assert limits == {(-0.03, 1.03)}


def test_decided_wins_are_drawn_apart(sample_project):
    figure = sample_figure(sample_project, "model_win_rates_max.png")
    table = sample_project.table("model_win_rates_max.csv")
    table = table.sort_values("overall_win_rate", ascending=False, ignore_index=True)
    outcomes = figure.axes[2]
    n_models = len(table)
    for place, column in enumerate(["wins_decided", "undecided", "untested", "losses_decided"]):
        bars = outcomes.patches[place * n_models : (place + 1) * n_models]
        shares = table[column] / table.comparisons_sum
        assert [bar.get_width() for bar in bars] == pytest.approx(shares.tolist())
    assert {"won", "undecided", "not tested", "lost"} <= set(visible_strings(figure))


def make_rates(n_models: int) -> pd.DataFrame:
    rates = np.linspace(0.9, 0.1, n_models)
    return pd.DataFrame(
        {
            "model_name_short": [f"m{number:02}" for number in range(n_models)],
            "overall_win_rate": rates,
            "win_rate_ci_low": rates - 0.1,
            "win_rate_ci_high": rates + 0.1,
            "rank_low": 1.0,
            "rank_high": 2.0,
            "benchmarks": 9,
        }
    )


def horizontal_lines(figure) -> list[float]:
    """Return the places of the lines across the first axes."""
    return [
        float(line.get_ydata()[0])
        for line in figure.axes[0].lines
        if len(line.get_ydata()) == 2 and line.get_ydata()[0] == line.get_ydata()[1]
    ]


def test_separated_models_have_a_line_below_them():
    figure = draw_win_rate_dots(make_rates(4), ["m01"], title="Title")
    assert horizontal_lines(figure) == [1.5]


def test_models_with_few_benchmarks_come_last_and_are_pale():
    rates = make_rates(4)
    rates.loc[0, ["win_rate_ci_low", "win_rate_ci_high", "rank_low", "rank_high"]] = np.nan
    rates.loc[0, "benchmarks"] = 2
    figure = draw_win_rate_dots(rates, [], title="Title")
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["m01", "m02", "m03", "m00"]
    (points,) = [c for c in axes.collections if isinstance(c, PathCollection)]
    is_pale = np.array([to_hex(face) == style.FEW_COLOR for face in points.get_facecolor()])
    assert points.get_offsets()[is_pale].tolist() == [[0.9, 3]]
    assert horizontal_lines(figure) == [2.5]
    assert "Fewer than 5 benchmarks (n)" in visible_strings(figure)


def test_only_the_first_60_models_are_drawn():
    figure = draw_win_rate_dots(make_rates(61), [], title="Title")
    assert len(figure.axes[0].get_yticks()) == 60
    assert "The first 60 of 61 models; the report has all." in visible_strings(figure)

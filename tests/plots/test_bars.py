"""Bar charts of win rates."""

import pytest
from figure_checks import sample_figure, visible_strings
from matplotlib.collections import LineCollection


def test_bars_are_sorted_and_show_their_values(sample_project):
    axes = sample_figure(sample_project, "model_win_rates_pareto.png").axes[0]
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == sorted(heights, reverse=True)
    assert [text.get_text() for text in axes.texts] == [f"{height:.2f}" for height in heights]


@pytest.mark.parametrize("compared_by", ["max", "pareto"])
def test_bars_show_intervals_and_separated_pairs(sample_project, compared_by):
    rates = sample_project.table(f"model_win_rates_{compared_by}.csv")
    rates = rates.sort_values(["overall_win_rate", "model_name_short"], ascending=[False, True])
    limits = zip(range(9), rates.win_rate_ci_low, rates.win_rate_ci_high, strict=True)
    figure = sample_figure(sample_project, f"model_win_rates_{compared_by}.png")
    intervals = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    drawn = [
        (x, low, high)
        for lines in intervals  # once in white as an edge, once in black
        for (x, low), (_, high) in lines.get_segments()
    ]
    assert sorted(set(drawn)) == list(limits)
    note = (
        "0 of 36 pairs of models differ (p ≤ 0.05 after Holm's correction); 0 of 8 pairs of "
        "neighbours do.\nLines are 95 % intervals."
    )
    assert note in visible_strings(figure)

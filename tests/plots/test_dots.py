"""Dot plots of win rates."""

import numpy as np
import pandas as pd
import pytest
from figure_checks import (
    assert_inside,
    marker_boxes,
    overlapping_texts,
    sample_figure,
    visible_strings,
    visible_texts,
)
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex

import config
from hal_analysis.plots import style
from hal_analysis.plots.display_names import shorten_names
from hal_analysis.plots.dots import draw_win_rate_dots
from hal_analysis.plots.providers import PROVIDER_COLORS


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
    tint = style.tint(PROVIDER_COLORS["other"])
    is_pale = np.array([to_hex(face) == tint for face in points.get_facecolor()])
    assert points.get_offsets()[is_pale].tolist() == [[0.9, 3]]
    assert horizontal_lines(figure) == [2.5]
    assert "Fewer than 5 benchmarks (n)" in visible_strings(figure)


def test_only_the_first_60_models_are_drawn():
    figure = draw_win_rate_dots(make_rates(61), [], title="Title")
    assert len(figure.axes[0].get_yticks()) == 60
    assert "The first 60 of 61 models; the report has all." in visible_strings(figure)


@pytest.mark.parametrize("width", [3.3, 5.1])
def test_long_names_leave_room_for_the_dots(monkeypatch, width):
    monkeypatch.setattr(config, "FIGURE_WIDTH", width)
    rates = make_rates(27)
    rates["overall_win_rate"] = np.linspace(1, 0, 27)
    rates["model_name_short"] += "-maverick-17b-128e-instruct-fp8"
    rates.loc[0, "model_name_short"] = "W" * 40
    rates[["wins_decided", "undecided", "untested", "losses_decided"]] = 1
    with style.rc_context():
        figure = draw_win_rate_dots(rates, [], title="Title", note="A note of a few words. " * 5)
        figure.draw_without_rendering()
        texts = visible_texts(figure)
        assert overlapping_texts(texts) == []
        for text in texts:
            assert_inside(text.get_window_extent(), figure.bbox)
        dots = figure.axes[0]
        names = [label.get_window_extent() for label in dots.get_yticklabels()]
    assert dots.bbox.width / figure.dpi > 1.2
    (points,) = [c for c in dots.collections if isinstance(c, PathCollection)]
    assert not points.get_clip_on()
    markers = marker_boxes(dots)
    assert len(markers) == 27
    assert markers[:, 0].min() > max(name.x1 for name in names)
    assert markers[:, 2].max() < min(text.get_window_extent().x0 for text in figure.axes[1].texts)


def test_only_wide_figures_repeat_the_win_rates_as_numbers(monkeypatch):
    for width, headings in ((6.9, ["Win rate", "Ranks", "n"]), (3.3, ["Ranks", "n"])):
        monkeypatch.setattr(config, "FIGURE_WIDTH", width)
        figure = draw_win_rate_dots(make_rates(2), [], title="Title")
        texts = [text.get_text() for text in figure.axes[1].texts]
        assert texts[:: len(texts) // len(headings)] == headings


def test_note_is_as_wide_as_the_room_above_dots_and_numbers():
    note = "word " * 19 + "last"
    figure = draw_win_rate_dots(make_rates(2), [], title="Title", note=note)
    assert note in visible_strings(figure)  # in one line
    figure = draw_win_rate_dots(make_rates(2), [], title="Title", note=f"{note} {note}")
    with style.rc_context():
        (text,) = [text for text in visible_texts(figure) if "last" in text.get_text()]
        assert text.get_text().replace("\n", " ") == f"{note} {note}"
        assert text.get_window_extent().x1 <= figure.bbox.x1


def test_one_wide_name_does_not_break_the_others(monkeypatch):
    monkeypatch.setattr(config, "FIGURE_WIDTH", 3.3)
    rates = make_rates(2).assign(model_name_short=["claude-sonnet-4-5", "W" * 40])
    figure = draw_win_rate_dots(rates, [], title="Title")
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names[0] == "claude-sonnet-4-5"
    assert "\n" in names[1]

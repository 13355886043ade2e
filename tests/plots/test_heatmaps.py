"""Heatmaps of models × benchmarks."""

import matplotlib as mpl
import numpy as np
import pytest
from figure_checks import HEATMAPS, sample_figure, visible_strings
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

import visualizations
from hal_analysis.plots import style
from hal_analysis.plots.display_names import shorten_names
from hal_analysis.plots.heatmaps import format_value

RUNS = [
    ("b1", "HAL Generalist Agent", "A", 0.25, 1.0, 3.0),
    ("b1", "HAL Generalist Agent", "B", 0.75, None, None),
    ("b2", "HAL Generalist Agent", "B", 0.5, 4.0, 9.0),
    ("b2", "S", "C", 0.25, 4.0, 9.0),
    ("b2", "T", "C", 0.75, 6.0, 11.0),
    ("b2", "T", "A", 0.5, 8.0, None),
]


@pytest.fixture
def drawn_project(project):
    """A project with the tables of a few runs. The ranking by best accuracy is C, B, A."""
    project.write_runs(RUNS)
    for stage in ("cost_accuracy_curve", "win_rates"):
        project.run(stage)
    return project


def cell_texts(figure: Figure) -> list[list[str]]:
    """Return the texts of the cells, row by row, margins included."""
    axes = figure.axes[0]
    cells = [[""] * len(axes.get_xticks()) for _ in axes.get_yticks()]
    for text in axes.texts:
        column, row = np.floor(text.get_position()).astype(int)
        cells[row][column] = text.get_text()
    return cells


def labels(figure: Figure) -> tuple[list[str], list[str]]:
    """Return the labels of rows and columns."""
    axes = figure.axes[0]
    return (
        [label.get_text() for label in axes.get_yticklabels()],
        [label.get_text() for label in axes.get_xticklabels()],
    )


def marked_cells(figure: Figure) -> set[tuple[int, int]]:
    """Return row and column of the cells with a triangle in their corner."""
    (marks,) = [c for c in figure.axes[0].collections if type(c) is PolyCollection]
    return {tuple(np.floor(path.vertices[0]).astype(int)[::-1]) for path in marks.get_paths()}


def test_cells_and_margins(drawn_project):
    figure = visualizations.FIGURES["heatmaps/task_specific_accuracy_heatmap.png"]()
    # B has no run with a task-specific scaffold, but a row in both figures of the pair.
    assert labels(figure) == (["C", "B", "A", "Mean"], ["b2", "Mean", "n"])
    assert cell_texts(figure) == [
        ["0.50", "0.50", "1"],  # the mean of the scaffolds S and T
        ["·", "", "0"],
        ["0.50", "0.50", "1"],
        ["0.50", "", ""],
    ]
    assert marked_cells(figure) == {(0, 0)}
    (explanation,) = [text for text in visible_strings(figure) if "no runs" in text]
    assert "mean of several scaffolds or runs" in explanation
    assert "n/a" not in explanation
    figure = visualizations.FIGURES["heatmaps/generalist_total_cost_heatmap.png"]()
    assert labels(figure) == (["C", "B", "A", "Mean"], ["b2", "b1", "Mean", "n"])
    assert cell_texts(figure) == [
        ["·", "·", "", "0"],
        ["4.00", "n/a", "4.00", "1"],
        ["·", "1.00", "1.00", "1"],
        ["4.00", "1.00", "", ""],
    ]
    assert marked_cells(figure) == set()


def test_overall_win_rate_weights_benchmarks_by_their_comparisons(drawn_project):
    figure = visualizations.FIGURES["heatmaps/max_acc_overall_win_rate_heatmap.png"]()
    # On b1, B beats A. On b2, C (0.75) beats A and B (0.5 each).
    assert cell_texts(figure) == [
        ["1.00", "·", "1.00", "1"],
        ["0.00", "1.00", "0.33", "2"],
        ["0.00", "0.00", "0.00", "2"],
        ["0.33", "0.50", "", ""],
    ]
    assert labels(figure)[0] == ["C", "B", "A", "Mean"]


def test_pair_shares_the_limits_of_its_colours(drawn_project):
    limits = {
        visualizations.FIGURES[f"heatmaps/{group}_total_cost_heatmap.png"]().axes[1].get_xlim()
        for group in ("generalist", "task_specific")
    }
    assert limits == {(0, 8)}


def test_one_outlier_does_not_hide_the_differences_of_the_rest(project):
    costs = [0, 0.001, 1, 2, 4, 10_000]
    project.write_runs([("b", "S", f"m{n}", 0.5, cost, 1) for n, cost in enumerate(costs)])
    project.configure(ZERO_COST_IS_UNKNOWN=False, FIGURE_ORDER="name")
    figure = visualizations.FIGURES["heatmaps/task_specific_total_cost_heatmap.png"]()
    figure.draw_without_rendering()
    assert [row[0] for row in cell_texts(figure)] == [
        *("0", "0.001", "1.00", "2.00", "4.00", "10,000", "1,668")
    ]
    faces = figure.axes[0].collections[0].get_facecolor()[::3]  # of the only benchmark
    # Logarithmic from 0.001 to 10,000: 1 is at 3/7 of the scale; 0 has the palest colour.
    colors = mpl.colormaps[style.AMOUNT_COLORS]
    expected = [colors(position) for position in (0.0, 0.0, 3 / 7)]
    assert np.abs(np.array(faces[:3]) - expected).max() < 1e-9
    assert np.abs(np.array(faces[5]) - colors(1.0)).max() < 1e-9


def test_rows_are_ordered_by_win_rate_in_all_heatmaps(sample_project):
    table = sample_project.table("model_win_rates_max.csv")
    table = table.sort_values("overall_win_rate", ascending=False)
    names = shorten_names(table.model_name_short)
    expected = [*(names[name] for name in table.model_name_short), "Mean"]
    for name in HEATMAPS:
        assert labels(sample_figure(sample_project, name))[0] == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [("win rate", ["C", "B", "A"]), ("name", ["A", "B", "C"]), ("mean cost", ["B", "A", "C"])],
)
def test_another_order(drawn_project, order, expected):
    drawn_project.run("convex_hull")
    drawn_project.configure(FIGURE_ORDER=order)  # mean costs: A 4.5, B 4, C 5
    figure = visualizations.FIGURES["heatmaps/task_specific_accuracy_heatmap.png"]()
    assert labels(figure)[0] == [*expected, "Mean"]


def test_only_the_first_60_models_are_drawn(project):
    project.write_runs([("b", "S", f"m{n:02}", 0.01 * n, 1, 1) for n in range(61)])
    project.run("cost_accuracy_curve")
    project.run("win_rates")
    figure = visualizations.FIGURES["heatmaps/task_specific_accuracy_heatmap.png"]()
    rows, _ = labels(figure)
    assert (len(rows), rows[0], rows[-2]) == (61, "m60", "m01")
    assert "The first 60 of 61 models; the report has all." in visible_strings(figure)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0004, "<0.001"),
        (0.0123, "0.012"),
        (0.0999, "0.0999"),
        (1, "1.00"),
        (99.9, "99.9"),
        (99.96, "100"),
        (12_345, "12,345"),
        (123_456, "123k"),
        (12_300_000, "12.3M"),
        (1e12, "1e+12"),
    ],
)
def test_amounts(value, text):
    assert format_value(value, is_fraction=False) == text

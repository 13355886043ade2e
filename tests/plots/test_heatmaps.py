"""Heatmaps of models × benchmarks."""

import io
import re

import matplotlib as mpl
import matplotlib.image
import numpy as np
import pytest
from figure_checks import HEATMAPS, contrast, sample_figure, visible_strings
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import visualizations
from hal_analysis.plots import style
from hal_analysis.plots.display_names import shorten_names
from hal_analysis.plots.export import figure_to_bytes
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


def explanations(figure: Figure) -> list[str]:
    """Return the explanations of marks and empty cells."""
    key = figure.axes[0].get_xlabel()
    return [item.replace("\u00a0", " ") for item in re.split("\u00a0{3,} |\n", key)]


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
    (explanation,) = [item for item in explanations(figure) if "◥" in item]
    assert explanation == "◥  mean of several scaffolds or runs"
    assert "n/a  no value" not in explanations(figure)
    figure = visualizations.FIGURES["heatmaps/generalist_total_cost_heatmap.png"]()
    assert labels(figure) == (["C", "B", "A", "Mean"], ["b2", "b1", "Mean", "n"])
    assert cell_texts(figure) == [
        ["·", "·", "", "0"],
        ["4.00", "n/a", "4.00", "1"],
        ["·", "1.00", "1.00", "1"],
        ["4.00", "1.00", "", ""],
    ]
    assert marked_cells(figure) == set()


@pytest.mark.parametrize("width", [6.9, 4.5, 3.3])
def test_lines_of_the_key_break_between_explanations_only(drawn_project, width):
    drawn_project.write_runs([*RUNS, ("b1", "S", "B", 0.5, None, 1.0), ("b1", "T", "C", 1, 1, 1)])
    drawn_project.configure(FIGURE_WIDTH=width)
    figure = visualizations.FIGURES["heatmaps/task_specific_total_cost_heatmap.png"]()
    assert explanations(figure) == [
        "n  benchmarks with a value",
        "·  no runs",
        "n/a  no value",
        "◥  mean of several scaffolds or runs",
    ]
    key = figure.axes[0].get_xlabel()
    assert "  " not in key  # SVG viewers would collapse it
    assert ("\n" in key) == (width < 6)
    figure.draw_without_rendering()
    box = figure.axes[0].xaxis.label.get_window_extent()
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1


def test_marks_fill_the_corners_of_cells_and_are_visible_on_all_colours(project):
    rows = [(b, s, m, x, 1, 1) for b in "ab" for m, x in [("m", 0), ("n", 1)] for s in "ST"]
    project.write_runs(rows)
    project.run("cost_accuracy_curve")
    project.run("win_rates")
    figure = visualizations.FIGURES["heatmaps/task_specific_accuracy_heatmap.png"]()
    assert marked_cells(figure) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    content = figure_to_bytes(figure, "png")
    picture = matplotlib.image.imread(io.BytesIO(content), "png")[..., :3]
    to_pixels = figure.axes[0].transData.transform
    for row, column in marked_cells(figure):
        x, y = to_pixels((column + 1, row)).round().astype(int)
        line = picture[picture.shape[0] - y + 3, x - 50 : x]
        # From the right: the white line between cells, the mark, its white edge and the cell.
        colors = [to_hex(color) for color in line[::-1]]
        is_dark = [color == style.INK for color in colors]
        n_white, n_dark = is_dark.index(True), sum(is_dark)
        assert n_white <= (9 if column == 1 else 4)
        assert all(contrast(color, style.INK) > 3 for color in colors[: n_white - 1])
        assert all(is_dark[n_white : n_white + n_dark])
        assert n_dark > 9
        assert max(contrast(color, style.INK) for color in colors[n_white + n_dark :][:4]) > 10


def test_colour_bar_has_no_seams_in_vector_formats(sample_project):
    figure = sample_figure(sample_project, HEATMAPS[0])
    content = figure_to_bytes(figure, "svg").decode()
    bar = content.split('<g id="QuadMesh_2">')[1].split("</g>")[0]
    styles = re.findall(r'style="(.*?)"', bar)
    assert len(styles) == 256
    for text in styles:
        assert re.match(r"fill: (#\w{6}); stroke: \1", text), text


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
